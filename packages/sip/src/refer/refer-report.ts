/**
 * What is told to whoever sent a REFER (RFC 3515 §2.4.4 to §2.4.7): a subscription in the dialog of the call, whose NOTIFYs say how the request that was asked for goes. It
 * lives on when the call is over (RFC 5057 §4), until the last of them.
 */
import type { EventAgent } from '../event/event-agent.ts';
import type { ServedSubscription } from '../event/served-subscription.ts';
import type { Session } from '../session/session-port.ts';
import { formatSipfrag, sipfragType } from './sipfrag.ts';

/** Longer than anybody's phone rings; who wants to know later refreshes. */
const lifetimeSec = 300;
const policy = { defaultSec: lifetimeSec, leastSec: 0, mostSec: 600, types: [sipfragType] } as const;

export class ReferReport {
  /** Number of the REFER, which its event is known by (§2.4.6). */
  readonly id: string;
  readonly #served: ServedSubscription;
  #status = 100;
  #reason: string | undefined;
  #isFinal = false;

  /** Begins with 100. @param onOver nobody listens any more */
  constructor(events: EventAgent, at: { readonly session: Session; readonly id: string }, onOver: () => void) {
    this.id = at.id;
    this.#served = events.serveIn(at.session, {
      event: { package: 'refer', id: at.id },
      policy,
      expiresSec: lifetimeSec,
      user: {
        compose: () => formatSipfrag(this.#status, this.#reason),
        onEnded: onOver,
      },
    });
  }

  /** Of several that come faster than they are acknowledged the last is said. */
  progress(status: number, reason?: string): void {
    if (this.#isFinal) return;
    this.#say(status, reason);
    this.#served.changed();
  }

  /** The final status: the last NOTIFY. */
  finish(status: number, reason?: string): void {
    if (this.#isFinal) return;
    this.#isFinal = true;
    this.#say(status, reason);
    this.#served.end({ reason: 'noresource' });
  }

  #say(status: number, reason: string | undefined): void {
    this.#status = status;
    this.#reason = reason;
  }
}
