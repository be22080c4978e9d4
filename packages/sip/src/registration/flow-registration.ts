/**
 * One registration over one flow at a time (RFC 3261 §10.2, RFC 5626 §4.2): REGISTER with digest, refreshed in time; over the next of its ways when one fails, and after all
 * have, again when the wait of RFC 5626 §4.5 is over.
 */
import { withCredentials } from '../auth/digest-client.ts';
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { buildRequest } from '../message/build-request.ts';
import { edit } from '../message/edit.ts';
import { readSeconds } from '../message/read-seconds.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { HeaderPair } from '../session/session-port.ts';
import type { Attempt } from '../transport/failover.ts';
import type { Flow, Target } from '../transport/flow.ts';
import { formatOwnContact, type OwnContact, type ReadRegistered, readRegistered } from './read-registered.ts';
import type { RegistrationFailure, RegistrationOptions, RegistrationWay } from './registration-port.ts';
import { retryWaitMs } from './retry-wait.ts';

/** What it shares with the other flows of its registration. */
export interface FlowOwner {
  readonly options: RegistrationOptions;
  readonly callId: string;
  readonly tag: string;
  /** What is asked for; raised by a 423. */
  expiresSec: number;
  readonly isWanted: boolean;
  /** Of the next REGISTER: all flows have one Call-ID, so that they are one registration. */
  nextSeq(): number;
  hasOtherFlow(flow: FlowRegistration): boolean;
  flowRegistered(flow: FlowRegistration, read: ReadRegistered): void;
  flowFailed(flow: FlowRegistration, failure: RegistrationFailure, retryMs: number): void;
}

/** One REGISTER and those that repeat it. */
interface Round {
  readonly expiresSec: number;
  /** One challenge, one stale nonce, one raised interval, one without outbound. */
  readonly attempts: number;
  readonly credentials: readonly HeaderPair[] | undefined;
  readonly settle: (outcome: RegistrationFailure | ReadRegistered, retryAfterSec?: number) => void;
}

const mostAttempts = 5;

export class FlowRegistration implements TimerOwner {
  /** The flow that it was registered over last, or is tried over. */
  flow: Flow | null = null;
  isRegistered = false;
  readonly #owner: FlowOwner;
  readonly #ways: readonly RegistrationWay[];
  /** Of outbound; 0: none. */
  #regId: number;
  #way = 0;
  #failures = 0;
  #timer: TimerId = 0;
  /** A REGISTER is under way. */
  #isAsked = false;
  /** Answers of rounds before are of no interest. */
  #round = 0;

  constructor(owner: FlowOwner, ways: readonly RegistrationWay[], regId: number) {
    this.#owner = owner;
    this.#ways = ways;
    this.#regId = regId;
  }

  start(): void {
    this.halt();
    this.#try(this.#ways.length);
  }

  /** Nothing more is sent for it. */
  halt(): void {
    this.#round += 1;
    this.#disarm();
  }

  /** Takes the binding back, where there is one. */
  stop(done: () => void): void {
    const mayBeThere = this.isRegistered || this.#isAsked;
    this.halt();
    this.isRegistered = false;
    if (mayBeThere) this.#send({ expiresSec: 0, attempts: mostAttempts, credentials: undefined, settle: done });
    else done();
  }

  /** RFC 5626 §4.5: its flow is closed, so the binding is of no use. */
  closed(detail: string): void {
    if (!this.isRegistered) return;
    this.halt();
    this.#failed({ why: 'unreachable', detail });
  }

  onTimer(): void {
    this.#timer = 0;
    this.#try(this.#ways.length);
  }

  /** @param left ways that are still to be tried before a wait */
  #try(left: number): void {
    if (!this.#owner.isWanted) return;
    this.#owner.options.user.onTrying?.();
    this.#isAsked = true;
    const settle: Round['settle'] = (outcome, retryAfterSec) => {
      this.#isAsked = false;
      if (!('why' in outcome)) this.#registered(outcome);
      else if (left > 1 && mayGoElsewhere(outcome)) {
        this.#way = (this.#way + 1) % this.#ways.length;
        this.#try(left - 1);
      } else this.#failed(outcome, retryAfterSec);
    };
    const { expiresSec } = this.#owner;
    this.#send({ expiresSec, attempts: mostAttempts, credentials: undefined, settle });
  }

  #registered(read: ReadRegistered): void {
    this.isRegistered = true;
    this.#failures = 0;
    const { options } = this.#owner;
    const { expiresSec } = read;
    const spreadSec = expiresSec > 180 ? (options.spreadSec ?? 0) * this.#chance() : 0;
    // A minute before the end, or at half time when that is later: time for a lost REGISTER to be repeated.
    this.#arm(Math.max(expiresSec - 60 - spreadSec, expiresSec / 2) * 1000);
    this.#owner.flowRegistered(this, read);
    if (this.flow !== null && read.isOutbound) options.keepAlive?.(this.flow, this.#keepAliveMs(this.flow, read));
  }

  /** RFC 5626 §4.4.1, §4.4.2. */
  #keepAliveMs({ reliable }: Flow, { flowTimerSec }: ReadRegistered): number {
    if (!reliable) return 24_000 + 5000 * this.#chance();
    return flowTimerSec === undefined ? 95_000 + 25_000 * this.#chance() : flowTimerSec * (800 + 200 * this.#chance());
  }

  #failed(failure: RegistrationFailure, retryAfterSec?: number): void {
    this.isRegistered = false;
    this.#failures += 1;
    const hasOtherFlow = this.#owner.hasOtherFlow(this);
    const retryMs = retryWaitMs({ failures: this.#failures, hasOtherFlow, chance: this.#chance(), retryAfterSec });
    this.#arm(retryMs);
    this.#owner.flowFailed(this, failure, retryMs);
  }

  #chance(): number {
    return this.#owner.options.random.integer(1_000_000) / 1_000_000;
  }

  #arm(afterMs: number): void {
    this.#disarm();
    this.#timer = this.#owner.options.clock.arm(afterMs, this, 0);
  }

  #disarm(): void {
    this.#owner.options.clock.disarm(this.#timer);
    this.#timer = 0;
  }

  #send(round: Round): void {
    this.#round += 1;
    const number = this.#round;
    const way = this.#ways[this.#way];
    way?.locate((found) => {
      if (number !== this.#round) return;
      if ('detail' in found) round.settle({ why: 'unreachable', detail: found.detail });
      else this.#sendTo(found.targets, way, round);
    });
  }

  #sendTo(targets: readonly Target[], way: RegistrationWay, round: Round): void {
    const { options } = this.#owner;
    const built = this.#build(way, round.expiresSec);
    const credentials = round.credentials ?? options.digest?.authorize(built) ?? [];
    const request = credentials.length === 0 ? built : withCredentials(built, credentials);
    const number = this.#round;
    const ifCurrent = (act: () => void): void => {
      if (number === this.#round) act();
    };
    const fail = (why: RegistrationFailure['why'], detail: string) =>
      ifCurrent(() => round.settle({ why, detail, ...(why === 'timeout' ? { status: 408 } : {}) }));
    options.failover.sendTo(request, targets, {
      onAttempt: (asked, target) => this.#attempt(asked, target),
      onResponse: (response) => {
        if (response.isFinal) ifCurrent(() => this.#answered(request, response, round));
      },
      onTimeout: () => fail('timeout', 'the server does not answer REGISTER'),
      onTransportFailure: ({ detail }) => fail('unreachable', detail),
      onUnlocated: ({ detail }) => fail('unreachable', detail),
    });
  }

  /** The Contact is of the flow that it goes by. */
  #attempt(request: SipRequest, target: Target): Attempt {
    const flow = this.#owner.options.flowTo(target);
    if (flow === undefined) return { request, target };
    this.flow = flow;
    return {
      request: edit(request)
        .setHeader('Contact', formatOwnContact(this.#own(flow)))
        .done(),
      target,
    };
  }

  #own(flow: Flow): OwnContact {
    const { contact, instance } = this.#owner.options;
    return { uri: contact(flow), instance, regId: this.#regId };
  }

  #answered(request: SipRequest, response: SipResponse, round: Round): void {
    const { status, reason } = response;
    const attempts = round.attempts - 1;
    const again = (more: Partial<Round>): void => this.#send({ ...round, credentials: undefined, ...more, attempts });
    if (response.isSuccess) this.#taken(response, round);
    else if (status === 401 || status === 407) {
      const answer = this.#owner.options.digest?.answer(request, response);
      if (answer?.ok === true && attempts > 0) again({ credentials: answer.headers });
      else round.settle({ why: 'credentials', detail: `${status} ${reason}: ${fault(answer)}`, status });
    } else if (status === 423 && attempts > 0 && leastOf(response) > round.expiresSec) {
      // RFC 3261 §10.2.8: the server wants a longer interval.
      this.#owner.expiresSec = leastOf(response);
      again({ expiresSec: this.#owner.expiresSec });
    } else if (status === 439 && attempts > 0 && this.#regId > 0) {
      // RFC 5626 §11.6: the first hop does not do it, so it is without.
      this.#regId = 0;
      again({});
    } else {
      const why = status === 403 ? 'credentials' : 'refused';
      round.settle({ why, detail: `${status} ${reason}`, status }, retryAfterOf(response));
    }
  }

  #taken(response: SipResponse, round: Round): void {
    const { digest } = this.#owner.options;
    digest?.learn(response);
    const own = this.flow === null ? { uri: '', instance: undefined, regId: 0 } : this.#own(this.flow);
    round.settle(readRegistered(response, own, round.expiresSec));
  }

  #build(way: RegistrationWay, expiresSec: number): SipRequest {
    const { aor, registrar, headers = [], instance, adapt = null } = this.#owner.options;
    const { callId, tag } = this.#owner;
    // RFC 5626 §4.2.1, RFC 5627 §4.1: what a plain user agent does not say is not said.
    const supported = instance === undefined ? [] : this.#regId > 0 ? ['path', 'outbound', 'gruu'] : ['path', 'gruu'];
    const built = buildRequest({
      method: 'REGISTER',
      uri: registrar,
      headers: [
        ...(way.route ?? []).map((route): HeaderPair => ['Route', route]),
        ['Max-Forwards', '70'],
        ['From', `${aor};tag=${tag}`],
        ['To', aor],
        ['Call-ID', callId],
        ['CSeq', `${this.#owner.nextSeq()} REGISTER`],
        // Of the flow: see #attempt.
        ['Contact', '<sip:nowhere.invalid>'],
        ['Expires', String(expiresSec)],
        ...(supported.length === 0 ? [] : [['Supported', supported.join(', ')] as const]),
        ...headers,
      ],
    });
    return adapt === null ? built : adapt(built);
  }
}

/** A wrong password is wrong everywhere, and so is an address that is not ours. */
function mayGoElsewhere({ why, status = 0 }: RegistrationFailure): boolean {
  return (
    why === 'timeout' ||
    why === 'unreachable' ||
    (why === 'refused' && (status >= 500 || status === 408 || status === 430))
  );
}

function fault(answer: { readonly ok: boolean; readonly why?: string } | undefined): string {
  if (answer === undefined) return 'credentials are asked for, none are set';
  return answer.ok || answer.why === 'rejected'
    ? 'username or password refused'
    : `no answer to the challenge (${answer.why})`;
}

function leastOf(response: SipResponse): number {
  return readSeconds(response.header('Min-Expires')) ?? 0;
}

function retryAfterOf(response: SipResponse): number | undefined {
  return readSeconds(response.header('Retry-After')?.split(/[;( ]/, 1)[0]);
}
