/**
 * A subscription that we serve (RFC 6665 §4.2): NOTIFY at once and for each change, one on the way at a time and no more often than its pace allows, and an end that the subscriber is told of.
 * How it comes about is event-agent.ts.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import { parseRetryAfter } from '../message/retry-after.ts';
import type { HeaderPair, SessionBody } from '../session/session-bodies.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { type AcceptedSubscribe, type PackagePolicy, readSubscribe } from './accept-subscribe.ts';
import type { EventAnswer, EventDialog } from './event-dialog.ts';
import { formatEvent } from './event-name.ts';
import type { EventName } from './event-port.ts';
import { endsSubscription, type TerminationReason } from './termination.ts';

/** Why a subscription that we served is over. */
export interface ServedEnd {
  /** ended: our `end`. expired: not refreshed. unsubscribed: Expires 0. gone: a response to NOTIFY said so, or there was none. closed: the dialog is over. */
  readonly why: 'ended' | 'expired' | 'unsubscribed' | 'gone' | 'closed';
  readonly status?: number | undefined;
}

/** Knows the state that a subscription shows. */
export interface ServedUser {
  /**
   * What the next NOTIFY says; asked when it is about to leave, so that changes that came meanwhile are in it. `isFull`: the subscriber must be told all, not what is new.
   */
  compose(subscription: ServedSubscription, isFull: boolean): SessionBody | null;
  /** The subscriber has refreshed it. */
  onRefreshed?(subscription: ServedSubscription): void;
  onEnded(subscription: ServedSubscription, end: ServedEnd): void;
}

export interface ServedParts {
  readonly clock: Clock;
  readonly event: EventName;
  readonly dialog: EventDialog;
  readonly user: ServedUser;
  /** What a refresh is held against; null: there is none, it lasts until it expires or ends. */
  readonly policy: PackagePolicy | null;
  readonly state: 'active' | 'pending';
  readonly expiresSec: number;
  /** Media types that the subscriber takes; empty: those that the package requires. */
  readonly accept: readonly string[];
  /** Allow-Events and the like: on each NOTIFY. */
  readonly headers: readonly HeaderPair[];
  /** Least time between two NOTIFYs, milliseconds; what a SUBSCRIBE asks for does not wait. Default 0. */
  readonly paceMs?: number;
  readonly onOver: (subscription: ServedSubscription) => void;
}

export interface EndOptions {
  readonly reason: TerminationReason;
  readonly retryAfterSec?: number;
}

const EXPIRED = 1;
const PACE = 2;
const OVER = 3;

/** A NOTIFY that was refused for now is tried again after this, unless Retry-After says otherwise. */
const againSec = 5;
const mostTries = 5;

export class ServedSubscription implements TimerOwner {
  readonly event: EventName;
  state: 'active' | 'pending' | 'terminated';
  /** Free for the user. */
  owner: unknown = null;
  /** As the SUBSCRIBE said. */
  accept: readonly string[];
  readonly #parts: ServedParts;
  #expiresAtMs = 0;
  #expiryTimer: TimerId = 0;
  #paceTimer: TimerId = 0;
  /** No NOTIFY leaves before, but what a SUBSCRIBE asks for. */
  #notBeforeMs = -Infinity;
  #isOnTheWay = false;
  #isDue = false;
  /** A SUBSCRIBE waits for its NOTIFY (§4.2.1.2). */
  #isAsked = false;
  /** What the subscriber holds may be old, or nothing. */
  #isFullDue = true;
  #tries = 0;
  #ending: EndOptions | null = null;
  #why: ServedEnd['why'] = 'ended';
  #end: ServedEnd | null = null;

  constructor(parts: ServedParts) {
    this.#parts = parts;
    this.event = parts.event;
    this.state = parts.state;
    this.accept = parts.accept;
    this.#expireIn(parts.expiresSec);
  }

  get expiresSec(): number {
    return Math.max(0, Math.ceil((this.#expiresAtMs - this.#parts.clock.nowMs()) / 1_000));
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  /** The first NOTIFY, or that after a SUBSCRIBE (§4.2.1.2): all there is, at once. */
  tell(): void {
    this.#isFullDue = true;
    this.#isAsked = true;
    this.#isDue = true;
    this.#flush();
  }

  /** The state that it shows has changed: a NOTIFY will leave (§4.2.2). */
  changed(): void {
    if (this.state === 'terminated') return;
    this.#isDue = true;
    this.#flush();
  }

  /** A pending one is allowed now; the subscriber is told. */
  activate(): void {
    if (this.state !== 'pending') return;
    this.state = 'active';
    this.tell();
  }

  /** The last NOTIFY says why (§4.2.2); over when it is answered. */
  end(options: EndOptions, why: ServedEnd['why'] = 'ended'): void {
    if (this.#ending !== null || this.#end !== null) return;
    this.#ending = options;
    this.#why = why;
    this.state = 'terminated';
    this.#stopTimers();
    this.#flush();
  }

  /** The dialog that it shares is over: nothing can be sent any more. */
  dialogClosed(): void {
    this.#over({ why: 'closed' });
  }

  /** Forgotten without a word: whoever takes it up in another process goes on with it. */
  drop(): void {
    this.#stopTimers();
    this.state = 'terminated';
    this.#end = { why: 'closed' };
  }

  /** A SUBSCRIBE in its dialog and in order (§4.2.1.4). */
  receive(transaction: ServerTransaction): void {
    const { dialog, policy, user } = this.#parts;
    if (this.state === 'terminated' || policy === null) {
      dialog.respond(transaction, policy === null && this.#end === null ? 403 : 481);
      return;
    }
    const read = readSubscribe(transaction.request, policy);
    if ('status' in read) {
      dialog.respond(transaction, read.status, read.headers);
      return;
    }
    dialog.respond(transaction, 200, [['Expires', String(read.expiresSec)]]);
    this.#refreshed(read);
    if (read.expiresSec > 0) user.onRefreshed?.(this);
  }

  onTimer(kind: number): void {
    if (kind === EXPIRED) {
      this.#expiryTimer = 0;
      this.#isFullDue = true;
      this.end({ reason: 'timeout' }, 'expired');
    } else if (kind === PACE) {
      this.#paceTimer = 0;
      this.#flush();
    } else if (this.#end !== null) {
      this.#parts.onOver(this);
      this.#parts.user.onEnded(this, this.#end);
    }
  }

  /** Expires 0 ends it, with the state once more (§4.2.1.4, §4.4.3). */
  #refreshed(read: AcceptedSubscribe): void {
    if (read.accept.length > 0) this.accept = read.accept;
    if (read.expiresSec > 0) {
      this.#expireIn(read.expiresSec);
      this.tell();
      return;
    }
    this.#isFullDue = true;
    this.end({ reason: 'timeout' }, 'unsubscribed');
  }

  #expireIn(seconds: number): void {
    const { clock } = this.#parts;
    clock.disarm(this.#expiryTimer);
    this.#expiresAtMs = clock.nowMs() + seconds * 1_000;
    this.#expiryTimer = clock.arm(seconds * 1_000, this, EXPIRED);
  }

  #flush(): void {
    if (this.#isOnTheWay || this.#end !== null) return;
    if (this.#ending !== null) this.#send();
    else if (this.#isDue) this.#sendInPace();
  }

  #sendInPace(): void {
    const { clock } = this.#parts;
    const waitMs = this.#isAsked ? 0 : this.#notBeforeMs - clock.nowMs();
    if (waitMs <= 0) this.#send();
    else if (this.#paceTimer === 0) this.#paceTimer = clock.arm(waitMs, this, PACE);
  }

  #send(): void {
    const { clock, dialog, event, headers, user, paceMs = 0 } = this.#parts;
    const body = user.compose(this, this.#isFullDue);
    this.#isOnTheWay = true;
    this.#isDue = false;
    this.#isAsked = false;
    this.#isFullDue = false;
    this.#notBeforeMs = clock.nowMs() + paceMs;
    clock.disarm(this.#paceTimer);
    this.#paceTimer = 0;
    const request = {
      method: 'NOTIFY' as const,
      headers: [['Event', formatEvent(event)], ['Subscription-State', this.#stateHeader()], ...headers] as HeaderPair[],
      body,
    };
    const isLast = this.#ending !== null;
    dialog.send(request, (answer) => this.#answered(answer, isLast));
  }

  #stateHeader(): string {
    if (this.#ending === null) return `${this.state};expires=${this.expiresSec}`;
    const { reason, retryAfterSec } = this.#ending;
    return `terminated;reason=${reason}${retryAfterSec === undefined ? '' : `;retry-after=${retryAfterSec}`}`;
  }

  #answered(answer: EventAnswer, isLast: boolean): void {
    this.#isOnTheWay = false;
    if (this.#end !== null) return;
    const status = answer.kind === 'response' ? answer.response.status : undefined;
    if (isLast) this.#over({ why: this.#why, status });
    // §4.2.2: no response, or one that says that there is nobody.
    else if (status === undefined || endsSubscription(status)) this.#over({ why: 'gone', status });
    else if (answer.kind === 'response' && answer.response.isSuccess) {
      this.#tries = 0;
      this.#flush();
    } else this.#refused(answer);
  }

  /** Not now: what it said is said again, whole. */
  #refused(answer: EventAnswer): void {
    const response = answer.kind === 'response' ? answer.response : undefined;
    this.#isFullDue = true;
    this.#isDue = true;
    this.#tries += 1;
    if (this.#ending !== null) this.#flush();
    else if (this.#tries >= mostTries) this.#over({ why: 'gone', status: response?.status });
    else {
      const { clock } = this.#parts;
      const afterSec = Math.max(againSec, parseRetryAfter(response?.header('Retry-After') ?? '')?.afterSec ?? 0);
      this.#notBeforeMs = clock.nowMs() + afterSec * 1_000;
      this.#flush();
    }
  }

  #stopTimers(): void {
    const { clock } = this.#parts;
    clock.disarm(this.#expiryTimer);
    clock.disarm(this.#paceTimer);
    this.#expiryTimer = 0;
    this.#paceTimer = 0;
  }

  /** The user is told outside of whatever verb or input is running. */
  #over(end: ServedEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.state = 'terminated';
    this.#stopTimers();
    this.#parts.clock.arm(0, this, OVER);
  }
}
