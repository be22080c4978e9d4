/** REGISTER and OPTIONS towards trunks (RFC 3261 §10.2, §11): sent when the trunk service says so, answers handed back to it. */

import {
  buildRequest,
  type DigestClient,
  type Failover,
  type FailoverUser,
  type Flow,
  type Random,
  type SipRequest,
  type SipResponse,
  type Target,
  withCredentials,
} from '@ringdown/sip';
import type { TrunkId } from '#base/ids';
import type { ProbeResult, RegistrationInput, TrunkRecord, TrunkSignalling } from '#services/trunks';
import { trunkAuthority } from './addresses.ts';
import type { Found } from './servers.ts';

export interface TrunkSignallingOptions {
  readonly random: Random;
  readonly flowTo: (target: Target) => Flow | undefined;
  readonly contact: (flow: Flow) => string;
  /** Where the trunk's servers are; calls back at once when that is known. */
  readonly find: (trunk: TrunkRecord, done: (found: Found) => void) => void;
  readonly failover: Failover;
  readonly digest: (trunk: TrunkRecord) => DigestClient | undefined;
  readonly onRegisterAnswered: (trunk: TrunkId, answer: Omit<RegistrationInput & { kind: 'answer' }, 'kind'>) => void;
  readonly onRegisterFailed: (trunk: TrunkId, why: string) => void;
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
    this.#options.find(trunk, (found) => {
      const flow = 'detail' in found ? undefined : this.#options.flowTo(found.targets[0]);
      if ('detail' in found) this.#options.onRegisterFailed(id, found.detail);
      else if (flow === undefined) this.#options.onRegisterFailed(id, `no way to ${trunk.body.host}`);
      else this.#register(trunk, request, { flow, targets: found.targets });
    });
  }

  #register(
    trunk: TrunkRecord,
    request: { readonly expiresSec: number; readonly withCredentials: boolean },
    way: { readonly flow: Flow; readonly targets: readonly Target[] },
  ): void {
    const id = trunk.id as TrunkId;
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
        ['Contact', `<${this.#options.contact(way.flow)}>`],
        ['Expires', request.expiresSec],
      ],
    });
    const message = request.withCredentials ? withAnswer(built, state) : built;
    this.#options.failover.sendTo(message, way.targets, this.#registerUser(id, state, message));
  }

  #registerUser(id: TrunkId, state: Registered, request: SipRequest): FailoverUser {
    return {
      onResponse: (response) => {
        if (!response.isFinal) return;
        const isChallenge = response.status === 401 || response.status === 407;
        state.challenge = isChallenge ? { request, response } : null;
        this.#options.onRegisterAnswered(id, readAnswer(response));
      },
      onTimeout: () => this.#options.onRegisterFailed(id, 'no answer'),
      onTransportFailure: (failure) => this.#options.onRegisterFailed(id, failure.detail),
      onUnlocated: (failure) => this.#options.onRegisterFailed(id, failure.detail),
    };
  }

  sendOptions(trunk: TrunkRecord, done: (result: ProbeResult) => void): void {
    this.#options.find(trunk, (found) => {
      if ('detail' in found) done({ kind: 'no-answer' });
      else this.#options.failover.sendTo(this.#buildOptions(trunk), found.targets, optionsUser(done));
    });
  }

  #buildOptions(trunk: TrunkRecord): SipRequest {
    const { random } = this.#options;
    const authority = trunkAuthority(trunk);
    return buildRequest({
      method: 'OPTIONS',
      uri: `sip:${authority}`,
      headers: this.#common({
        from: `<sip:ringdown@${authority}>;tag=${random.token(10)}`,
        to: `<sip:${authority}>`,
        callId: random.token(20),
        cseq: '1 OPTIONS',
      }),
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

function optionsUser(done: (result: ProbeResult) => void): FailoverUser {
  const silent = (): void => done({ kind: 'no-answer' });
  return {
    onResponse: (response) => {
      if (response.isFinal) done({ kind: 'answered', status: response.status });
    },
    onTimeout: silent,
    onTransportFailure: silent,
    onUnlocated: silent,
  };
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
