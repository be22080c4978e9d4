/**
 * The phone's side of registration (RFC 3261 §10.2): REGISTER with digest, refreshed in time, taken back at the end. After a failed refresh it tries
 * again, each time after twice as long (RFC 5626 §4.5).
 *
 * Leaves out: several contacts, outbound flows and GRUU (RFC 5626, RFC 5627).
 */
import type { DigestClient } from '../auth/digest-client.ts';
import { withCredentials } from '../auth/digest-client.ts';
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { buildRequest } from '../message/build-request.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { HeaderPair } from '../session/session-port.ts';
import type { TransactionPort } from '../transaction/transaction-port.ts';
import type { Target } from '../transport/flow.ts';
import { PhoneError } from './phone-error.ts';

export interface RegistrationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transactions: TransactionPort;
  readonly digest: DigestClient;
  readonly target: Target;
  /** Request-URI: the domain, without a user. */
  readonly registrar: string;
  /** The address of record, as name-addr. */
  readonly aor: string;
  /** Our Contact URI, when it is sent. */
  readonly contact: () => string;
  readonly headers: readonly HeaderPair[];
  readonly expiresSec: number;
  /** A refresh failed, or a later one went well again. */
  readonly onChange: (state: RegistrationState) => void;
}

export type RegistrationState =
  | { readonly isRegistered: true; readonly expiresSec: number }
  | { readonly isRegistered: false; readonly error: PhoneError | null };

type Settle = (outcome: { readonly grantedSec: number } | { readonly error: PhoneError }) => void;

const firstRetryMs = 30_000;
const longestRetryMs = 1_800_000;
/** One challenge, one stale nonce, one raised interval. */
const mostAttempts = 4;

export class Registration implements TimerOwner {
  readonly #options: RegistrationOptions;
  readonly #callId: string;
  readonly #tag: string;
  #seq = 0;
  #expiresSec: number;
  #timer: TimerId = 0;
  #retryMs = firstRetryMs;
  #isWanted = false;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#callId = options.random.token(24);
    this.#tag = options.random.token(12);
    this.#expiresSec = options.expiresSec;
  }

  /** Resolves with the seconds granted; rejects with a {@link PhoneError}, and then nothing is tried again. */
  start(): Promise<number> {
    this.#isWanted = true;
    return new Promise((resolve, reject) => {
      this.#send(this.#expiresSec, mostAttempts, (outcome) => {
        if ('error' in outcome) {
          this.#isWanted = false;
          reject(outcome.error);
        } else {
          this.#registered(outcome.grantedSec);
          resolve(outcome.grantedSec);
        }
      });
    });
  }

  /** Takes the binding back; resolves when the server has said so, or could not be asked. */
  stop(): Promise<void> {
    const wasWanted = this.#isWanted;
    this.#isWanted = false;
    this.#disarm();
    if (!wasWanted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#send(0, mostAttempts, () => {
        this.#options.onChange({ isRegistered: false, error: null });
        resolve();
      });
    });
  }

  onTimer(): void {
    this.#timer = 0;
    this.#send(this.#expiresSec, mostAttempts, (outcome) => {
      if (!this.#isWanted) return;
      if ('error' in outcome) {
        this.#options.onChange({ isRegistered: false, error: outcome.error });
        this.#arm(this.#retryMs);
        this.#retryMs = Math.min(2 * this.#retryMs, longestRetryMs);
      } else this.#registered(outcome.grantedSec);
    });
  }

  #registered(grantedSec: number): void {
    if (!this.#isWanted) return;
    this.#retryMs = firstRetryMs;
    this.#options.onChange({ isRegistered: true, expiresSec: grantedSec });
    // A minute before the end, or at half time when that is later: time for a lost REGISTER to be repeated.
    this.#arm(Math.max(grantedSec - 60, grantedSec / 2) * 1000);
  }

  #arm(afterMs: number): void {
    this.#disarm();
    this.#timer = this.#options.clock.arm(afterMs, this, 0);
  }

  #disarm(): void {
    this.#options.clock.disarm(this.#timer);
    this.#timer = 0;
  }

  #send(expiresSec: number, attempts: number, settle: Settle, answer?: readonly HeaderPair[]): void {
    const built = this.#build(expiresSec);
    const request = withCredentials(built, answer ?? this.#options.digest.authorize(built));
    this.#options.transactions.request(request, this.#options.target, {
      onResponse: (response) => {
        if (response.isFinal) this.#answered({ request, response, expiresSec, attempts, settle });
      },
      onTimeout: () =>
        settle({ error: new PhoneError('sip_phone_timeout', 'the server does not answer REGISTER', 408) }),
      onTransportFailure: (failure) => settle({ error: new PhoneError('sip_phone_unreachable', failure.detail) }),
    });
  }

  #answered(round: {
    readonly request: SipRequest;
    readonly response: SipResponse;
    readonly expiresSec: number;
    readonly attempts: number;
    readonly settle: Settle;
  }): void {
    const { request, response, settle } = round;
    const { status, reason } = response;
    const attempts = round.attempts - 1;
    if (response.isSuccess) {
      this.#options.digest.learn(response);
      settle({ grantedSec: this.#grantedSec(response, round.expiresSec) });
      return;
    }
    if ((status === 401 || status === 407) && attempts > 0) {
      const answer = this.#options.digest.answer(request, response);
      if (answer.ok) this.#send(round.expiresSec, attempts, settle, answer.headers);
      else
        settle({
          error: new PhoneError('sip_phone_credentials', `REGISTER: ${status} ${reason} (${answer.why})`, status),
        });
      return;
    }
    // RFC 3261 §10.2.8: the server wants a longer interval.
    const leastSec = Number(response.header('Min-Expires') ?? Number.NaN);
    if (status === 423 && leastSec > round.expiresSec && attempts > 0) {
      this.#expiresSec = leastSec;
      this.#send(leastSec, attempts, settle);
      return;
    }
    const code = status === 401 || status === 403 || status === 407 ? 'sip_phone_credentials' : 'sip_phone_refused';
    settle({ error: new PhoneError(code, `REGISTER: ${status} ${reason}`, status) });
  }

  /** What the server wrote beside our own contact, else for all (RFC 3261 §10.3 step 8). */
  #grantedSec(response: SipResponse, askedSec: number): number {
    const own = response.contacts().find((contact) => contact.uriText === this.#options.contact());
    const granted = Number(own?.params.get('expires') ?? response.expires ?? askedSec);
    return Number.isFinite(granted) && granted > 0 ? granted : askedSec;
  }

  #build(expiresSec: number): SipRequest {
    const { aor, registrar, headers } = this.#options;
    this.#seq += 1;
    return buildRequest({
      method: 'REGISTER',
      uri: registrar,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${aor};tag=${this.#tag}`],
        ['To', aor],
        ['Call-ID', this.#callId],
        ['CSeq', `${this.#seq} REGISTER`],
        ['Contact', `<${this.#options.contact()}>`],
        ['Expires', String(expiresSec)],
        ...headers,
      ],
    });
  }
}
