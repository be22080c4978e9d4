/** What a user agent core is made of. */
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import type { TransactionPort } from '../transaction/transaction-port.ts';
import type { Flow, Target } from '../transport/flow.ts';
import type { HeaderPair, UserAgentHandlers } from './session-port.ts';

export interface UserAgentOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transactions: TransactionPort;
  readonly handlers: UserAgentHandlers;
  /** The flow that a target leads to: for the Contact of an INVITE before it is sent. */
  readonly flowTo: (target: Target) => Flow | undefined;
  readonly isOpen: (flow: Flow) => boolean;
  /** Our Contact URI towards that flow, without angle brackets. */
  readonly contact: (flow: Flow) => string;
  /** Where a URI's next hop is, without waiting (IP literal or known); undefined: keep to the flow. */
  readonly nextHop?: (uri: string, flow: Flow) => Target | undefined;
  /** Put on every request and response of a session: User-Agent, Allow … */
  readonly headers?: readonly HeaderPair[];
  /** T1 and T2 of RFC 3261 §17.1.1.1, milliseconds. */
  readonly t1Ms?: number;
  readonly t2Ms?: number;
}
