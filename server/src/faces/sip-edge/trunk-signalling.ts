/** Our registrations with trunks, and OPTIONS to them (RFC 3261 §10.2, §11): when the trunk service says so, and what becomes of them is told to it. */

import {
  type Adapt,
  buildRequest,
  type Clock,
  type DigestClient,
  type Failover,
  type FailoverUser,
  type Flow,
  type Random,
  Registration,
  type SipRequest,
  type Target,
} from '@ringdown/sip';
import type { TrunkId } from '#base/ids';
import type { ProbeResult, RegistrationNews, TrunkRecord, TrunkSignalling } from '#services/trunks';
import { trunkAuthority } from './addresses.ts';
import type { Found } from './servers.ts';

export interface TrunkSignallingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly flowTo: (target: Target) => Flow | undefined;
  readonly contact: (flow: Flow) => string;
  /** Where the trunk's servers are; calls back at once when that is known. */
  readonly find: (trunk: TrunkRecord, done: (found: Found) => void) => void;
  readonly failover: Failover;
  readonly digest: (trunk: TrunkRecord) => DigestClient | undefined;
  readonly onRegistration: (trunk: TrunkId, news: RegistrationNews) => void;
  /** What is done to requests to a trunk before they are sent; null: nothing. */
  readonly adaptOf: (trunk: TrunkRecord) => Adapt | null;
}

/** So much earlier may a refresh be: many trunks of one carrier do not come at once. */
const spreadSec = 30;

export class SipTrunkSignalling implements TrunkSignalling {
  readonly #options: TrunkSignallingOptions;
  readonly #registrations = new Map<string, Registration>();

  constructor(options: TrunkSignallingOptions) {
    this.#options = options;
  }

  register(trunk: TrunkRecord): void {
    const id = trunk.id as TrunkId;
    const { onRegistration } = this.#options;
    const aor = trunk.body.registration?.aor ?? `${trunk.body.credentials?.username ?? ''}@${trunk.body.host}`;
    const registration = new Registration({
      ...this.#options,
      digest: this.#options.digest(trunk),
      adapt: this.#options.adaptOf(trunk),
      registrar: `sip:${aor.slice(aor.lastIndexOf('@') + 1)}`,
      aor: `<sip:${aor}>`,
      ways: [{ locate: (done) => this.#options.find(trunk, done) }],
      expiresSec: trunk.body.registration?.expiresSec ?? 0,
      spreadSec,
      user: {
        onTrying: () => onRegistration(id, { kind: 'trying' }),
        onRegistered: ({ expiresSec }) => onRegistration(id, { kind: 'taken', expiresSec }),
        onFailed: ({ detail }) => onRegistration(id, { kind: 'failed', why: detail }),
      },
    });
    this.#registrations.get(trunk.id)?.halt();
    this.#registrations.set(trunk.id, registration);
    registration.start();
  }

  unregister(trunk: TrunkRecord): void {
    this.#registrations.get(trunk.id)?.stop();
    this.#registrations.delete(trunk.id);
  }

  /** What was registered over a connection that is closed is registered anew. */
  flowClosed(flow: Flow, detail: string): void {
    for (const registration of this.#registrations.values()) registration.flowClosed(flow, detail);
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
    const built = buildRequest({
      method: 'OPTIONS',
      uri: `sip:${authority}`,
      headers: this.#common({
        from: `<sip:ringdown@${authority}>;tag=${random.token(10)}`,
        to: `<sip:${authority}>`,
        callId: random.token(20),
        cseq: '1 OPTIONS',
      }),
    });
    return this.#options.adaptOf(trunk)?.(built) ?? built;
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
