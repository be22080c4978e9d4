/** The seam between a registration (RFC 3261 §10.2, RFC 5626 §4) and whoever wants to be registered: a phone, a server at its trunk. */
import type { DigestClient } from '../auth/digest-client.ts';
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import type { Adapt, HeaderPair } from '../session/session-port.ts';
import type { Failover } from '../transport/failover.ts';
import type { Flow, Target } from '../transport/flow.ts';

export type FoundWay =
  | { readonly targets: readonly [Target, ...Target[]] }
  /** Nowhere, and why. */
  | { readonly detail: string };

/** A registrar, or an outbound proxy before it. */
export interface RegistrationWay {
  /** Where it is, the best server first. Calls back at once, or when that is known. */
  readonly locate: (done: (found: FoundWay) => void) => void;
  /** Route values: of the proxy. Default: none, it is the registrar. */
  readonly route?: readonly string[];
}

export interface RegistrationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly failover: Pick<Failover, 'sendTo'>;
  readonly flowTo: (target: Target) => Flow | undefined;
  /** Undefined: a challenge is a refusal. */
  readonly digest: DigestClient | undefined;
  /** Request-URI: the domain, without a user. */
  readonly registrar: string;
  /** The address of record, as name-addr. */
  readonly aor: string;
  /** Our Contact URI on a flow: an address, never a GRUU. */
  readonly contact: (flow: Flow) => string;
  /** Tried one after the other; with outbound each of them has a flow of its own, all at once. */
  readonly ways: readonly [RegistrationWay, ...RegistrationWay[]];
  readonly expiresSec: number;
  readonly headers?: readonly HeaderPair[];
  /** What is done to each REGISTER before it is sent. */
  readonly adapt?: Adapt | null;
  /** What this very user agent is called, for good: `urn:uuid:…` (RFC 5626 §4.1). With it GRUUs are asked for (RFC 5627 §4.1). */
  readonly instance?: string | undefined;
  /** Registers flows (RFC 5626 §4.2), where there is an instance. Default false. */
  readonly outbound?: boolean;
  /** Refreshes come up to so many seconds earlier, by chance: for a program with many registrations. Default 0. */
  readonly spreadSec?: number;
  /** Keeps a registered flow alive: pings that the far end answers (RFC 5626 §4.4), whose silence closes it. */
  readonly keepAlive?: (flow: Flow, everyMs: number) => void;
  readonly user: RegistrationUser;
}

/** Told of what becomes of it. Never from inside a verb of the registration, but for `onTrying`. */
export interface RegistrationUser {
  /** A REGISTER leaves. */
  onTrying?(): void;
  /** Of a flow, also again at each refresh. */
  onRegistered(registered: Registered): void;
  /** A flow is not registered, and will be tried again. `isOver`: the flow was the last. */
  onFailed(failure: RegistrationFailure, next: { readonly retryMs: number; readonly isOver: boolean }): void;
}

export interface Registered {
  readonly flow: Flow;
  readonly expiresSec: number;
  /** Route values for requests (RFC 3608 §6.1). */
  readonly serviceRoute: readonly string[];
  readonly publicGruu: string | undefined;
  readonly temporaryGruu: string | undefined;
  /** The registrar has registered the flow itself. */
  readonly isOutbound: boolean;
}

export interface RegistrationFailure {
  readonly why: 'credentials' | 'refused' | 'timeout' | 'unreachable';
  readonly detail: string;
  readonly status?: number;
}
