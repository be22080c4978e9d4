/**
 * A subscription as a program sees it: an async iterable of what the NOTIFYs say, over whatever happens in between. It is refreshed, and begun anew where the notifier's reason allows it
 * (RFC 6665 §4.1.3); the iteration ends when it is given up, and throws where it cannot be had.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { Subscriber } from '../event/subscriber.ts';
import type { Notification, SubscriberUser, Subscription } from '../event/subscription.ts';
import { resubscribeAfterSec, type SubscriptionEnd } from '../event/termination.ts';
import type { SessionBody } from '../session/session-bodies.ts';
import { PhoneError } from './phone-error.ts';

/** What one NOTIFY says. */
export interface PhoneNotification {
  /** active, pending or terminated. */
  readonly state: string;
  readonly body: SessionBody | null;
}

export interface PhoneSubscriptionOptions {
  readonly clock: Clock;
  /** Runs a task as an input of a turn. */
  readonly post: (task: () => void) => void;
  readonly begin: (user: SubscriberUser) => Subscriber;
  readonly signal?: AbortSignal | undefined;
  /** False: the first end is the end. */
  readonly isKept: boolean;
}

/** Who reads too slowly loses the oldest: what counts is the state now. */
const mostWaiting = 64;

export class PhoneSubscription
  implements AsyncIterableIterator<PhoneNotification, undefined>, SubscriberUser, TimerOwner
{
  readonly #options: PhoneSubscriptionOptions;
  readonly #waiting: PhoneNotification[] = [];
  #reader: PromiseWithResolvers<IteratorResult<PhoneNotification, undefined>> | null = null;
  #subscriber: Subscriber | null = null;
  #timer: TimerId = 0;
  #failures = 0;
  #isOver = false;
  #error: PhoneError | null = null;
  readonly #onAbort = (): void => this.close();

  constructor(options: PhoneSubscriptionOptions) {
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted === true) this.#isOver = true;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    options.post(() => this.#begin());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<PhoneNotification, undefined>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#error !== null) {
      const error = this.#error;
      this.#error = null;
      return Promise.reject(error);
    }
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    this.#reader ??= Promise.withResolvers();
    return this.#reader.promise;
  }

  /** The loop over it was left. */
  return(): Promise<IteratorResult<PhoneNotification, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Unsubscribes; the iteration ends. */
  close(): void {
    this.#finish(null);
    this.#options.post(() => {
      this.#options.clock.disarm(this.#timer);
      this.#subscriber?.end();
    });
  }

  /** Asks for the state anew: where one of documents that say only what is new was lost. */
  refresh(): void {
    this.#options.post(() => {
      for (const subscription of this.#subscriber?.subscriptions ?? []) subscription.refresh();
    });
  }

  onNotify(_subscription: Subscription, { state, body }: Notification): void {
    this.#failures = 0;
    if (this.#isOver) return;
    // The body is part of a message that would be kept for it.
    const value = { state, body: body === null ? null : { type: body.type, bytes: body.bytes.slice() } };
    if (this.#reader !== null) {
      this.#reader.resolve({ done: false, value });
      this.#reader = null;
      return;
    }
    if (this.#waiting.length >= mostWaiting) this.#waiting.shift();
    this.#waiting.push(value);
  }

  onEnded(_subscription: Subscription, end: SubscriptionEnd): void {
    if ((this.#subscriber?.subscriptions.length ?? 0) === 0) this.#ended(end, true);
  }

  onFailed(end: SubscriptionEnd): void {
    this.#ended(end, false);
  }

  onTimer(): void {
    this.#timer = 0;
    this.#begin();
  }

  #begin(): void {
    if (!this.#isOver) this.#subscriber = this.#options.begin(this);
  }

  #ended(end: SubscriptionEnd, hadBegun: boolean): void {
    if (this.#isOver) return;
    const afterSec = this.#options.isKept ? resubscribeAfterSec(end, this.#failures) : null;
    if (afterSec === null) this.#finish(hadBegun && end.why === 'terminated' ? null : errorOf(end));
    else {
      this.#failures += 1;
      this.#timer = this.#options.clock.arm(afterSec * 1_000, this, 0);
    }
  }

  #finish(error: PhoneError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    const reader = this.#reader;
    this.#reader = null;
    if (reader === null) this.#error = error;
    else if (error === null) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }
}

function errorOf(end: SubscriptionEnd): PhoneError {
  const { why, status, detail = why } = end;
  const isOurs = status === 401 || status === 403 || status === 407;
  if (why === 'refused' || why === 'gone')
    return new PhoneError(isOurs ? 'sip_phone_credentials' : 'sip_phone_refused', `${status} ${detail}`, status);
  if (why === 'transport') return new PhoneError('sip_phone_unreachable', detail);
  return new PhoneError('sip_phone_timeout', `the subscription came to nothing: ${why}`, status);
}
