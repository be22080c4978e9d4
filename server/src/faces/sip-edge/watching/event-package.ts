/** What the server shows by subscriptions: a package each, with the view that one subscription has of somebody's state. */
import type { PackagePolicy, SessionBody } from '@ringdown/sip';
import type { Aspect, Watched } from '#services/presence';

export interface View {
  /** The next NOTIFY's body. `isFull`: all, not what is new. */
  compose(isFull: boolean): SessionBody;
  stop(): void;
}

export interface OpenView {
  readonly watched: Watched;
  /** Which of the calls that it sees the watcher may take to a phone of its own. */
  readonly mayTake: () => 'none' | 'ringing' | 'all';
  /** There is something new to say. */
  readonly changed: () => void;
  /** The number of the first document, where the package counts them. */
  readonly version: number;
}

export interface EventPackage {
  readonly policy: PackagePolicy;
  readonly aspect: Aspect;
  /** Least time between two NOTIFYs that nobody asked for, milliseconds. */
  readonly paceMs: number;
  open(options: OpenView): View;
}

/** The seconds of RFC 3856 §6.4, RFC 4235 §3.4, RFC 3842 §3.4 and RFC 3680 §4.4 where a SUBSCRIBE says nothing. */
export function policyOf(type: string, defaultSec = 3_600): PackagePolicy {
  return { defaultSec, leastSec: 60, mostSec: 86_400, types: [type] };
}
