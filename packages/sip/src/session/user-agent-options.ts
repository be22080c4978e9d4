/** What a user agent core is made of. */
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import type { SessionTimerSettings } from '../dialog/session-timer.ts';
import type { BytesToString } from '../message/text.ts';
import type { TransactionPort } from '../transaction/transaction-port.ts';
import type { FailedTargets } from '../transport/failed-targets.ts';
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
  /**
   * Where a URI's next hop is, without waiting (IP literal or known); undefined: keep to the flow. Asked where a dialog has a route set, where the
   * flow is closed, and where the session follows the Contact.
   */
  readonly nextHop?: (uri: string, flow: Flow) => Target | undefined;
  /** Put on every request and response of a session: User-Agent, Allow … */
  readonly headers?: readonly HeaderPair[];
  /** Option tags that are understood, in Supported and against Require (420). Default: timer, 100rel, replaces. */
  readonly extensions?: readonly string[];
  /** Session timers (RFC 4028). Default: none asked for, at least 90 s. */
  readonly sessionTimer?: SessionTimerSettings;
  /** Every session has an identifier (Session-ID, RFC 7989). Default false: only those that are given one. */
  readonly sessionIds?: boolean;
  /** A faster {@link bytesToString}, for snapshots. */
  readonly decode?: BytesToString;
  /** The wall clock, for deadlines in snapshots; without it they are left out. */
  readonly nowUtcMs?: () => number;
  /** What is known of targets that failed lately, shared with whoever else sends; default: an own memory. */
  readonly failedTargets?: FailedTargets;
  /** How long one of several targets of an INVITE may say nothing at all. Default: 64*T1. */
  readonly attemptMs?: number;
  /** T1 and T2 of RFC 3261 §17.1.1.1, milliseconds. */
  readonly t1Ms?: number;
  readonly t2Ms?: number;
}
