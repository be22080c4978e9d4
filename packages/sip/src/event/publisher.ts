/**
 * The publisher's side of PUBLISH (RFC 3903 §4): one document, published, changed under the entity-tag that the last answer gave, refreshed before it expires, removed at the end. A lost tag
 * (412) publishes anew; other failures are tried again, each time after twice as long.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { buildRequest } from '../message/build-request.ts';
import { readSeconds } from '../message/read-seconds.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseRetryAfter } from '../message/retry-after.ts';
import { bodyHeaders, type HeaderPair, type SessionBody, withCredentialRows } from '../session/session-bodies.ts';
import type { TransactionPort } from '../transaction/transaction-port.ts';
import type { Target } from '../transport/flow.ts';
import { formatEvent } from './event-name.ts';
import type { Authenticate, EventName } from './event-port.ts';

export interface PublisherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transactions: Pick<TransactionPort, 'request'>;
  readonly target: Target;
  readonly event: EventName;
  /** Request-URI: whose state it is. */
  readonly uri: string;
  /** From and To as name-addr without tag. */
  readonly from: string;
  readonly to: string;
  readonly expiresSec: number;
  readonly headers?: readonly HeaderPair[];
  readonly authenticate?: Authenticate | undefined;
  readonly onChange: (state: PublishState) => void;
}

export type PublishState =
  | { readonly kind: 'published'; readonly expiresSec: number }
  | { readonly kind: 'removed' }
  /** Tried again by itself where `isFinal` is false. `status` undefined: no response. */
  | {
      readonly kind: 'failed';
      readonly status: number | undefined;
      readonly detail: string;
      readonly isFinal: boolean;
    };

/** One challenge, one stale nonce, one lost tag, one raised interval. */
const mostAttempts = 4;
const firstRetrySec = 30;
const longestRetrySec = 1_800;

export class Publisher implements TimerOwner {
  readonly #options: PublisherOptions;
  readonly #callId: string;
  readonly #tag: string;
  #seq = 0;
  #etag: string | null = null;
  #body: SessionBody | null = null;
  #expiresSec: number;
  /** What the server has is not what we want it to have. */
  #isDue = false;
  #isOnTheWay = false;
  #isRemoving = false;
  #timer: TimerId = 0;
  #retrySec = firstRetrySec;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#callId = options.random.token(24);
    this.#tag = options.random.token(12);
    this.#expiresSec = options.expiresSec;
  }

  /** Publishes this, or this in place of what was; while a PUBLISH is on its way the last word waits. */
  publish(body: SessionBody): void {
    this.#body = body;
    this.#isRemoving = false;
    this.#isDue = true;
    this.#next();
  }

  /** Takes it back (§4.5). */
  remove(): void {
    this.#body = null;
    this.#isRemoving = true;
    this.#isDue = true;
    this.#next();
  }

  onTimer(): void {
    this.#timer = 0;
    if (this.#isOnTheWay) return;
    if (this.#isDue) this.#next();
    // §4.3: a refresh has no body.
    else this.#send(null, mostAttempts, []);
  }

  #next(): void {
    if (this.#isOnTheWay || !this.#isDue) return;
    this.#disarm();
    this.#isDue = false;
    if (this.#isRemoving && this.#etag === null) this.#options.onChange({ kind: 'removed' });
    else this.#send(this.#body, mostAttempts, []);
  }

  #send(body: SessionBody | null, attempts: number, credentials: readonly HeaderPair[]): void {
    const request = this.#build(body, credentials);
    const isRemoval = this.#isRemoving;
    this.#isOnTheWay = true;
    this.#options.transactions.request(request, this.#options.target, {
      onResponse: (response) => {
        if (!response.isFinal) return;
        this.#isOnTheWay = false;
        if (response.isSuccess) this.#published(response, isRemoval);
        else this.#refused(response, { request, body, attempts: attempts - 1 });
      },
      onTimeout: () => this.#failed(undefined, 'no answer'),
      onTransportFailure: ({ detail }) => this.#failed(undefined, detail),
    });
  }

  #build(body: SessionBody | null, credentials: readonly HeaderPair[]): SipRequest {
    const { event, uri, from, to, headers = [] } = this.#options;
    this.#seq += 1;
    return buildRequest({
      method: 'PUBLISH',
      uri,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${from};tag=${this.#tag}`],
        ['To', to],
        ['Call-ID', this.#callId],
        ['CSeq', `${this.#seq} PUBLISH`],
        ['Event', formatEvent(event)],
        ['Expires', String(this.#isRemoving ? 0 : this.#expiresSec)],
        ...(this.#etag === null ? [] : [['SIP-If-Match', this.#etag] as const]),
        ...withCredentialRows(headers, credentials),
        ...bodyHeaders(body),
      ],
      body: body?.bytes,
    });
  }

  #published(response: SipResponse, isRemoval: boolean): void {
    this.#retrySec = firstRetrySec;
    this.#etag = isRemoval ? null : (response.header('SIP-ETag') ?? null);
    const expiresSec = response.expires ?? this.#expiresSec;
    this.#options.onChange(isRemoval ? { kind: 'removed' } : { kind: 'published', expiresSec });
    if (this.#isDue) this.#next();
    else if (!isRemoval) this.#arm(Math.max(expiresSec - 60, expiresSec / 2));
  }

  #refused(
    response: SipResponse,
    sent: { readonly request: SipRequest; readonly body: SessionBody | null; readonly attempts: number },
  ): void {
    const { status, reason } = response;
    const { request, attempts } = sent;
    const isChallenge = status === 401 || status === 407;
    const rows = isChallenge && attempts > 0 ? this.#options.authenticate?.(response, request) : undefined;
    const leastSec = status === 423 ? (readSeconds(response.header('Min-Expires')) ?? 0) : 0;
    if (rows !== undefined) this.#send(sent.body, attempts, rows);
    else if (status === 412 && attempts > 0) this.#lost(attempts);
    else if (leastSec > this.#expiresSec && attempts > 0) {
      this.#expiresSec = leastSec;
      this.#send(sent.body, attempts, []);
    } else this.#failed(status, `${status} ${reason}`, parseRetryAfter(response.header('Retry-After') ?? '')?.afterSec);
  }

  /** §4.1: the server knows nothing of it, so the whole is published anew. */
  #lost(attempts: number): void {
    this.#etag = null;
    if (this.#isRemoving || this.#body === null) this.#options.onChange({ kind: 'removed' });
    else this.#send(this.#body, attempts, []);
  }

  #failed(status: number | undefined, detail: string, afterSec = 0): void {
    this.#isOnTheWay = false;
    const isFinal = this.#isRemoving || isLasting(status);
    this.#options.onChange({ kind: 'failed', status, detail, isFinal });
    if (isFinal && !this.#isDue) return;
    this.#isDue = true;
    this.#arm(Math.max(afterSec, this.#retrySec));
    this.#retrySec = Math.min(2 * this.#retrySec, longestRetrySec);
  }

  #arm(afterSec: number): void {
    this.#disarm();
    this.#timer = this.#options.clock.arm(afterSec * 1_000, this, 0);
  }

  #disarm(): void {
    this.#options.clock.disarm(this.#timer);
    this.#timer = 0;
  }
}

/** The same request will be told the same again. */
function isLasting(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status !== 408 && status < 480 && status !== 412;
}
