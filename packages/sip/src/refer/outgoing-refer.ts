/**
 * A REFER of ours in the dialog of a call (RFC 3515 §2.4.1): its answer, the NOTIFYs that say how it goes, and its outcome once. The subscription is the call's no more
 * than it has to be: it goes on when the call is over (RFC 5057 §4).
 */
import type { EventAgent } from '../event/event-agent.ts';
import type { Notification, SubscriberUser, Subscription } from '../event/subscription.ts';
import type { SubscriptionEnd } from '../event/termination.ts';
import type { SipResponse } from '../message/response.ts';
import type { HeaderPair } from '../session/session-bodies.ts';
import type { Session } from '../session/session-port.ts';
import { parseSipfrag, type SipfragStatus } from './sipfrag.ts';

export interface ReferOptions {
  /** A URI, with Replaces among its headers for an attended transfer ({@link referToReplacing}). */
  readonly to: string;
  /** Who we are, as name-addr (RFC 3892). Default: none. */
  readonly referredBy?: string;
  /** False asks for no NOTIFYs (RFC 4488); who does not understand sends them all the same. Default true. */
  readonly wantsReports?: boolean;
  readonly headers?: readonly HeaderPair[];
}

/**
 * refused: by a final answer to the REFER. done: a NOTIFY had a final status, which may be a refusal of whom it was to. unknown: nothing (more) was told: none was wanted, none came
 * in time, or the last said nothing final.
 */
export interface ReferOutcome {
  readonly why: 'refused' | 'done' | 'unknown';
  /** 408 where the REFER was not answered. */
  readonly status?: number;
  readonly reason?: string;
}

export interface ReferUser {
  /** A NOTIFY with a provisional status. */
  onProgress?(said: SipfragStatus): void;
  /** Exactly once. */
  onOutcome(outcome: ReferOutcome): void;
}

/** False: the call is in no state for it. */
export function sendRefer(
  events: EventAgent,
  session: Session,
  { options, user }: { readonly options: ReferOptions; readonly user: ReferUser },
): boolean {
  return new OutgoingRefer(events, session, user).send(options);
}

class OutgoingRefer implements SubscriberUser {
  readonly #events: EventAgent;
  readonly #session: Session;
  readonly #user: ReferUser;
  /** By the number of the REFER; those that were challenged have none any more. */
  #subscription: Subscription | null = null;
  #isOver = false;
  #wantsReports = true;

  constructor(events: EventAgent, session: Session, user: ReferUser) {
    this.#events = events;
    this.#session = session;
    this.#user = user;
  }

  send(options: ReferOptions): boolean {
    this.#wantsReports = options.wantsReports ?? true;
    const { referredBy } = options;
    return this.#session.request('REFER', {
      headers: [
        ['Refer-To', `<${options.to}>`],
        ...(referredBy === undefined ? [] : [['Referred-By', referredBy] as const]),
        ...(this.#wantsReports
          ? []
          : ([
              ['Refer-Sub', 'false'],
              ['Supported', 'norefersub'],
            ] as const)),
        ...(options.headers ?? []),
      ],
      // NOTIFY may come before the answer.
      onSent: (request) => this.#watch(String(request.cseq.seq)),
      onFinal: (response) => this.#answered(response),
    });
  }

  #watch(id: string): void {
    const before = this.#subscription;
    this.#subscription = this.#events.watchIn(this.#session, { package: 'refer', id }, this);
    before?.dialogClosed();
  }

  #answered(response: SipResponse | undefined): void {
    if (response?.isSuccess === true) {
      const isUnreported =
        !this.#wantsReports && response.header('Refer-Sub')?.trim().toLowerCase().startsWith('false');
      if (isUnreported === true) this.#over({ why: 'unknown' });
      return;
    }
    const refused: ReferOutcome = { why: 'refused', status: response?.status ?? 408 };
    this.#over(response === undefined ? refused : { ...refused, reason: response.reason });
  }

  onNotify(subscription: Subscription, { body }: Notification): void {
    const said = subscription === this.#subscription && !this.#isOver ? parseSipfrag(body) : undefined;
    if (said === undefined) return;
    if (said.status >= 200) this.#over({ why: 'done', ...said });
    else this.#user.onProgress?.(said);
  }

  onEnded(subscription: Subscription, _end: SubscriptionEnd): void {
    if (subscription === this.#subscription) this.#over({ why: 'unknown' });
  }

  onFailed(): void {}

  #over(outcome: ReferOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // A last NOTIFY may be on its way, which says nothing new: it is answered while the subscription stands.
    if (outcome.why !== 'done') this.#subscription?.dialogClosed();
    this.#user.onOutcome(outcome);
  }
}
