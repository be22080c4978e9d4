/** REGISTER and OPTIONS towards trunks (RFC 3261 §10.2, §11): sent when the trunk service says so, answers handed back to it. */

import {
  buildRequest,
  type ClientTransactionUser,
  type DigestClient,
  type Flow,
  type Random,
  type SipRequest,
  type SipResponse,
  type Target,
  type TransactionPort,
  withCredentials,
} from '@ringdown/sip';
import type { TrunkId } from '#base/ids';
import type { ProbeResult, RegistrationInput, TrunkRecord, TrunkSignalling } from '#services/trunks';

export interface TrunkSignallingOptions {
  readonly transactions: TransactionPort;
  readonly random: Random;
  readonly flowTo: (target: Target) => Flow | undefined;
  readonly contact: (flow: Flow) => string;
  readonly place: (trunk: TrunkRecord) => { readonly authority: string; readonly target: Target } | undefined;
  readonly digest: (trunk: TrunkRecord) => DigestClient | undefined;
  readonly onRegisterAnswered: (trunk: TrunkId, answer: Omit<RegistrationInput & { kind: 'answer' }, 'kind'>) => void;
  readonly onRegisterFailed: (trunk: TrunkId, why: string) => void;
  readonly onOptions: (trunk: TrunkId, result: ProbeResult) => void;
}

interface Registered {
  readonly callId: string;
  readonly fromTag: string;
  seq: number;
  readonly digest: DigestClient | undefined;
  challenge: { readonly request: SipRequest; readonly response: SipResponse } | null;
}

export class SipTrunkSignalling implements TrunkSignalling {
  readonly #options: TrunkSignallingOptions;
  readonly #registered = new Map<string, Registered>();

  constructor(options: TrunkSignallingOptions) {
    this.#options = options;
  }

  sendRegister(trunk: TrunkRecord, request: { readonly expiresSec: number; readonly withCredentials: boolean }): void {
    const id = trunk.id as TrunkId;
    const place = this.#options.place(trunk);
    const flow = place === undefined ? undefined : this.#options.flowTo(place.target);
    if (place === undefined || flow === undefined) {
      this.#options.onRegisterFailed(id, `no way to ${trunk.body.host}`);
      return;
    }
    const state = this.#stateOf(trunk);
    state.seq += 1;
    const aor = trunk.body.registration?.aor ?? `${trunk.body.credentials?.username ?? ''}@${trunk.body.host}`;
    const built = buildRequest({
      method: 'REGISTER',
      uri: `sip:${aor.slice(aor.lastIndexOf('@') + 1)}`,
      headers: [
        ...this.#common({
          from: `<sip:${aor}>;tag=${state.fromTag}`,
          to: `<sip:${aor}>`,
          callId: state.callId,
          cseq: `${state.seq} REGISTER`,
        }),
        ['Contact', `<${this.#options.contact(flow)}>`],
        ['Expires', request.expiresSec],
      ],
    });
    const message = request.withCredentials ? withAnswer(built, state) : built;
    this.#options.transactions.request(message, place.target, this.#registerUser(id, state, message));
  }

  #registerUser(id: TrunkId, state: Registered, request: SipRequest): ClientTransactionUser {
    return {
      onResponse: (response) => {
        if (!response.isFinal) return;
        const isChallenge = response.status === 401 || response.status === 407;
        state.challenge = isChallenge ? { request, response } : null;
        this.#options.onRegisterAnswered(id, readAnswer(response));
      },
      onTimeout: () => this.#options.onRegisterFailed(id, 'no answer'),
      onTransportFailure: (failure) => this.#options.onRegisterFailed(id, failure.detail),
    };
  }

  sendOptions(trunk: TrunkRecord): void {
    const id = trunk.id as TrunkId;
    const place = this.#options.place(trunk);
    if (place === undefined || this.#options.flowTo(place.target) === undefined) {
      this.#options.onOptions(id, { kind: 'no-answer' });
      return;
    }
    const { random } = this.#options;
    const request = buildRequest({
      method: 'OPTIONS',
      uri: `sip:${place.authority}`,
      headers: this.#common({
        from: `<sip:ringdown@${place.authority}>;tag=${random.token(10)}`,
        to: `<sip:${place.authority}>`,
        callId: random.token(20),
        cseq: '1 OPTIONS',
      }),
    });
    this.#options.transactions.request(request, place.target, {
      onResponse: (response) => {
        if (response.isFinal) this.#options.onOptions(id, { kind: 'answered', status: response.status });
      },
      onTimeout: () => this.#options.onOptions(id, { kind: 'no-answer' }),
      onTransportFailure: () => this.#options.onOptions(id, { kind: 'no-answer' }),
    });
  }

  #common(parts: {
    readonly from: string;
    readonly to: string;
    readonly callId: string;
    readonly cseq: string;
  }): [string, string | number][] {
    return [
      ['Max-Forwards', 70],
      ['From', parts.from],
      ['To', parts.to],
      ['Call-ID', parts.callId],
      ['CSeq', parts.cseq],
    ];
  }

  #stateOf(trunk: TrunkRecord): Registered {
    const key = `${trunk.id} ${trunk.version}`;
    let state = this.#registered.get(key);
    if (state === undefined) {
      const { random } = this.#options;
      state = {
        callId: random.token(20),
        fromTag: random.token(10),
        seq: 0,
        digest: this.#options.digest(trunk),
        challenge: null,
      };
      this.#registered.set(key, state);
    }
    return state;
  }
}

/** Answers the last challenge; without one the request goes as it is and will bring one. */
function withAnswer(request: SipRequest, state: Registered): SipRequest {
  if (state.challenge === null || state.digest === undefined) return request;
  const answer = state.digest.answer(state.challenge.request, state.challenge.response);
  return answer.ok ? withCredentials(request, answer.headers) : request;
}

function readAnswer(response: SipResponse): Omit<RegistrationInput & { kind: 'answer' }, 'kind'> {
  const expires = Number(response.contacts()[0]?.params.get('expires') ?? response.expires ?? Number.NaN);
  const minExpires = Number(response.header('Min-Expires') ?? Number.NaN);
  const retryAfter = Number.parseInt(response.header('Retry-After') ?? '', 10);
  const stale = /stale="?true/i.test(
    `${response.header('WWW-Authenticate') ?? ''}${response.header('Proxy-Authenticate') ?? ''}`,
  );
  return {
    status: response.status,
    reason: response.reason,
    ...(Number.isInteger(expires) ? { expiresSec: expires } : {}),
    ...(Number.isInteger(minExpires) ? { minExpiresSec: minExpires } : {}),
    ...(Number.isInteger(retryAfter) ? { retryAfterSec: retryAfter } : {}),
    ...(stale ? { stale } : {}),
  };
}
