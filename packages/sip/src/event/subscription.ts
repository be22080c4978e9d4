/**
 * One subscription of ours in one dialog (RFC 6665 §4.1): NOTIFY in, SUBSCRIBE again before it expires, SUBSCRIBE with Expires 0 to end it. How it comes about is
 * subscriber.ts.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import { parseSubscriptionState } from '../message/event.ts';
import { acceptsMediaType, parseMediaType } from '../message/media-type.ts';
import { readSeconds } from '../message/read-seconds.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseRetryAfter } from '../message/retry-after.ts';
import { bodyOf, type HeaderPair, type SessionBody } from '../session/session-bodies.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { EventAnswer, EventDialog } from './event-dialog.ts';
import { formatEvent } from './event-name.ts';
import type { EventName } from './event-port.ts';
import { endsSubscription, type SubscriptionEnd } from './termination.ts';

/** What one NOTIFY says. */
export interface Notification {
  /** active, pending, terminated, or an extension. */
  readonly state: string;
  readonly body: SessionBody | null;
  readonly request: SipRequest;
}

/** Told of a subscription of ours. Calls never nest inside a verb. */
export interface SubscriberUser {
  /** The first SUBSCRIBE was accepted; NOTIFY may have come before. */
  onAccepted?(response: SipResponse): void;
  /** Each NOTIFY in order; answered 200 already. */
  onNotify(subscription: Subscription, notification: Notification): void;
  /** One subscription is over, exactly once each. */
  onEnded(subscription: Subscription, end: SubscriptionEnd): void;
  /** No subscription came about at all; exactly once, and nothing else follows. */
  onFailed(end: SubscriptionEnd): void;
}

export interface SubscriptionParts {
  readonly clock: Clock;
  readonly event: EventName;
  readonly dialog: EventDialog;
  readonly user: SubscriberUser;
  /** Asked for by each SUBSCRIBE, seconds. */
  readonly expiresSec: number;
  /** Media types that a NOTIFY may have; empty: any. */
  readonly accept: readonly string[];
  /** On each SUBSCRIBE. */
  readonly headers: readonly HeaderPair[];
  /** Timer N, milliseconds. */
  readonly timerNMs: number;
  /** False: it ends when it expires. */
  readonly isRefreshed: boolean;
  /** It is over; the user is told. */
  readonly onOver: (subscription: Subscription) => void;
}

const TIMER_N = 1;
const REFRESH = 2;
const EXPIRED = 3;
const OVER = 4;

/** Left between a refresh and the end that it puts off, where there is so much. */
const refreshBeforeSec = 60;
/** A refresh that failed is tried again while so much is left. */
const leastLeftSec = 5;
/** Until the notifier's own word or the next refresh: deadlines further off than a month are not kept. */
const longestSec = 2_678_400;

export class Subscription implements TimerOwner {
  readonly event: EventName;
  /** Of the last NOTIFY: active, pending, terminated. */
  state = 'pending';
  /** Free for the user. */
  owner: unknown = null;
  /** A NOTIFY has said how long it lasts, which counts more than the 2xx. */
  isExpiryTold = false;
  readonly #parts: SubscriptionParts;
  #expiresSec: number;
  #expiresAtMs = Infinity;
  #timerN: TimerId = 0;
  #refreshTimer: TimerId = 0;
  #expiryTimer: TimerId = 0;
  #isEnding = false;
  #end: SubscriptionEnd | null = null;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.event = parts.event;
    this.#expiresSec = parts.expiresSec;
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  /** What is left of it. */
  get expiresSec(): number {
    return Math.max(0, Math.ceil((this.#expiresAtMs - this.#parts.clock.nowMs()) / 1_000));
  }

  /** Asks for the state again now, and for as long as before. */
  refresh(): void {
    if (!this.#isEnding && this.#end === null) this.#subscribe(this.#expiresSec);
  }

  /** Unsubscribes (§4.1.2.3): over when the last NOTIFY has come, or timer N. */
  end(): void {
    if (this.#isEnding || this.#end !== null) return;
    this.#isEnding = true;
    this.#subscribe(0);
  }

  /** The dialog that it shares is over. */
  dialogClosed(): void {
    this.#over({ why: 'closed' });
  }

  /** What a 2xx grants (§4.1.2.1): never more than was asked for; undefined: it does not say. */
  granted(seconds: number | undefined, askedSec: number): void {
    if (this.state !== 'terminated') this.#expireIn(Math.min(seconds ?? askedSec, askedSec));
  }

  /** A NOTIFY that is for this usage and in order (§4.1.3). */
  receive(transaction: ServerTransaction): void {
    const { dialog, user } = this.#parts;
    const { request } = transaction;
    const said = parseSubscriptionState(request.header('Subscription-State') ?? '');
    if (said === undefined) {
      dialog.respond(transaction, 400, []);
      return;
    }
    if (!this.#takesType(request.contentType, request.bodySizeBytes)) {
      dialog.respond(transaction, 415, [['Accept', this.#parts.accept.join(', ')]]);
      return;
    }
    dialog.respond(transaction, 200);
    if (this.#end !== null) return;
    this.#disarmN();
    this.state = said.state;
    if (said.state === 'terminated') this.#stopTimers();
    else if (said.expiresSec !== undefined) {
      this.isExpiryTold = true;
      this.#expireIn(said.expiresSec);
    }
    user.onNotify(this, { state: said.state, body: bodyOf(request), request });
    if (said.state === 'terminated') {
      const { reason, retryAfterSec } = said;
      this.#over({ why: this.#isEnding ? 'unsubscribed' : 'terminated', reason, retryAfterSec });
    }
  }

  /** SUBSCRIBE is on its way: a NOTIFY must follow (§4.1.2.4). */
  armTimerN(): void {
    this.#disarmN();
    this.#timerN = this.#parts.clock.arm(this.#parts.timerNMs, this, TIMER_N);
  }

  onTimer(kind: number): void {
    if (kind === OVER) this.#tell();
    else if (kind === TIMER_N) {
      this.#timerN = 0;
      this.#over({ why: this.#isEnding ? 'unsubscribed' : 'no-notify' });
    } else if (kind === REFRESH) {
      this.#refreshTimer = 0;
      this.refresh();
    } else this.#over({ why: 'expired' });
  }

  #takesType(type: string | undefined, sizeBytes: number): boolean {
    const { accept } = this.#parts;
    if (sizeBytes === 0 || accept.length === 0) return true;
    const media = parseMediaType(type ?? '');
    return media !== undefined && acceptsMediaType(accept, media.essence);
  }

  #subscribe(expiresSec: number): void {
    const { dialog, event, accept, headers } = this.#parts;
    this.armTimerN();
    dialog.send(
      {
        method: 'SUBSCRIBE',
        headers: [
          ['Event', formatEvent(event)],
          ['Expires', String(expiresSec)],
          ...(accept.length === 0 ? [] : [['Accept', accept.join(', ')] as const]),
          ...headers,
        ],
        body: null,
      },
      (answer) => this.#answered(answer, expiresSec),
    );
  }

  #answered(answer: EventAnswer, askedSec: number): void {
    if (this.#end !== null) return;
    if (answer.kind === 'response' && answer.response.isSuccess) {
      if (askedSec > 0) this.granted(answer.response.expires, askedSec);
      return;
    }
    const status = answer.kind === 'response' ? answer.response.status : undefined;
    if (this.#isEnding) this.#over({ why: 'unsubscribed', status });
    else if (answer.kind === 'timeout') this.#over({ why: 'timeout' });
    else if (status !== undefined && endsSubscription(status)) this.#over({ why: 'gone', status });
    else this.#refused(answer);
  }

  /** It goes on as it was (§4.1.2.2): another try while there is time, with the interval that the notifier wants (423). */
  #refused(answer: EventAnswer): void {
    this.#disarmN();
    const response = answer.kind === 'response' ? answer.response : undefined;
    const leastSec = readSeconds(response?.header('Min-Expires')) ?? 0;
    if (response?.status === 423 && leastSec > this.#expiresSec) {
      this.#expiresSec = leastSec;
      this.refresh();
      return;
    }
    const afterSec = parseRetryAfter(response?.header('Retry-After') ?? '')?.afterSec ?? 0;
    const waitSec = Math.max(afterSec, this.expiresSec / 2);
    if (this.expiresSec - waitSec >= leastLeftSec) this.#refreshIn(waitSec);
  }

  #expireIn(seconds: number): void {
    const { clock, isRefreshed } = this.#parts;
    const sec = Math.min(seconds, longestSec);
    this.#stopTimers();
    if (this.#end !== null) return;
    this.#expiresAtMs = clock.nowMs() + sec * 1_000;
    this.#expiryTimer = clock.arm(sec * 1_000, this, EXPIRED);
    if (isRefreshed && !this.#isEnding) this.#refreshIn(Math.max(sec - refreshBeforeSec, sec / 2));
  }

  #refreshIn(seconds: number): void {
    const { clock } = this.#parts;
    clock.disarm(this.#refreshTimer);
    this.#refreshTimer = clock.arm(seconds * 1_000, this, REFRESH);
  }

  #stopTimers(): void {
    const { clock } = this.#parts;
    clock.disarm(this.#refreshTimer);
    clock.disarm(this.#expiryTimer);
    this.#refreshTimer = 0;
    this.#expiryTimer = 0;
  }

  #disarmN(): void {
    this.#parts.clock.disarm(this.#timerN);
    this.#timerN = 0;
  }

  /** The user is told outside of whatever verb or input is running. */
  #over(end: SubscriptionEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.state = 'terminated';
    this.#stopTimers();
    this.#disarmN();
    this.#parts.clock.arm(0, this, OVER);
  }

  #tell(): void {
    if (this.#end === null) return;
    this.#parts.onOver(this);
    this.#parts.user.onEnded(this, this.#end);
  }
}
