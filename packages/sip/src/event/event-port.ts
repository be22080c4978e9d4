/** The seam of subscriptions (RFC 6665): what both machines need of the world, and what is asked of them. Bodies are opaque here; the packages are beside this folder's machines. */
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { HeaderPair, SessionBody } from '../session/session-bodies.ts';
import type { TransactionPort } from '../transaction/transaction-port.ts';
import type { Flow, Target } from '../transport/flow.ts';

export interface EventAgentOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transactions: Pick<TransactionPort, 'request'>;
  readonly flowTo: (target: Target) => Flow | undefined;
  readonly isOpen: (flow: Flow) => boolean;
  /** Our Contact URI towards that flow, without angle brackets. */
  readonly contact: (flow: Flow) => string;
  /** As of the user agent: where a URI's next hop is, without waiting. */
  readonly nextHop?: (uri: string, flow: Flow) => Target | undefined;
  /** Put on every request and response: User-Agent, Allow … */
  readonly headers?: readonly HeaderPair[];
  /** The packages that we know: Allow-Events (§4.4.4). */
  readonly packages: readonly string[];
  /** The wall clock, for deadlines in snapshots. */
  readonly nowUtcMs?: () => number;
  /** T1 of RFC 3261 §17.1.1.1, milliseconds. */
  readonly t1Ms?: number;
}

/** An event package, and which of several usages in one dialog (§4.1.2.1). */
export interface EventName {
  readonly package: string;
  readonly id?: string | undefined;
}

export interface SubscribeOptions {
  readonly event: EventName;
  /** Request-URI. */
  readonly uri: string;
  /** From and To as name-addr without tag. */
  readonly from: string;
  readonly to: string;
  readonly target: Target;
  readonly route?: readonly string[];
  /** Asked for, seconds. 0: the state as it is now, once (§4.4.3). */
  readonly expiresSec: number;
  /** Media types of Accept; another in a NOTIFY is answered 415. Default: none named, any taken. */
  readonly accept?: readonly string[];
  readonly headers?: readonly HeaderPair[];
  readonly body?: SessionBody | null;
  /** Answers a 401 or 407, as for an INVITE. */
  readonly authenticate?: Authenticate | undefined;
  /**
   * What the package says about a SUBSCRIBE that several have taken (§5.4.9): `one` keeps to the first that sends NOTIFY, others get 481; `all` keeps a subscription with each. Default `one`.
   */
  readonly forks?: 'one' | 'all';
  /** REFER makes a subscription as well (RFC 3515): no Expires, Event or Accept is written then, and it is not refreshed. Default SUBSCRIBE. */
  readonly method?: 'SUBSCRIBE' | 'REFER';
  readonly callId?: string;
}

export type Authenticate = (challenge: SipResponse, request: SipRequest) => readonly HeaderPair[] | undefined;
