/**
 * A SUBSCRIBE of ours outside of any dialog (RFC 6665 §4.1.2) until timer N: its final response, and the dialogs that NOTIFYs make, which may come before it and from several
 * that the request was forked to (§4.1.2.4, §4.4.1). REFER does the same (RFC 3515).
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { detachDialog, dialogOfCallee } from '../dialog/dialog.ts';
import { routedRequest } from '../dialog/route-set.ts';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import { readSeconds } from '../message/read-seconds.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseRetryAfter } from '../message/retry-after.ts';
import { bodyHeaders, type HeaderPair, withCredentialRows } from '../session/session-bodies.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { Flow } from '../transport/flow.ts';
import { OwnDialog } from './event-dialog.ts';
import { formatEvent } from './event-name.ts';
import type { EventAgentOptions, EventName, SubscribeOptions } from './event-port.ts';
import { type SubscriberUser, Subscription } from './subscription.ts';
import type { SubscriptionEnd } from './termination.ts';

export interface SubscriberPorts {
  readonly options: EventAgentOptions;
  /** NOTIFYs of this dialog are for this subscription from now on. */
  adopt(dialog: OwnDialog, subscription: Subscription): void;
  forget(dialog: OwnDialog, subscription: Subscription): void;
  /** It takes no new dialog any more. */
  settled(subscriber: Subscriber): void;
}

const TIMER_N = 1;
const FAILED = 2;
/** One challenge, one stale nonce, one raised interval. */
const mostAttempts = 4;

export class Subscriber implements TimerOwner {
  readonly callId: string;
  readonly localTag: string;
  readonly event: EventName;
  readonly #ports: SubscriberPorts;
  readonly #wanted: SubscribeOptions;
  readonly #user: SubscriberUser;
  readonly #subscriptions = new Map<string, Subscription>();
  #expiresSec: number;
  #seq = 0;
  #attempts = 0;
  #timerN: TimerId = 0;
  #accepted: SipResponse | null = null;
  #isEnding = false;
  #isSettled = false;
  #failure: SubscriptionEnd | null = null;

  constructor(ports: SubscriberPorts, wanted: SubscribeOptions, user: SubscriberUser) {
    const { random } = ports.options;
    this.#ports = ports;
    this.#wanted = wanted;
    this.#user = user;
    this.callId = wanted.callId ?? random.token(24);
    this.localTag = random.token(12);
    this.event = wanted.event;
    this.#expiresSec = wanted.expiresSec;
    this.#send([]);
  }

  /** Those that live. */
  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()].filter((subscription) => !subscription.isOver);
  }

  /** Unsubscribes everywhere; where no NOTIFY has come yet, as soon as one does (§4.1.2.3). */
  end(): void {
    this.#isEnding = true;
    for (const subscription of this.#subscriptions.values()) subscription.end();
  }

  /** A NOTIFY with our tag, of a dialog that is not known yet. */
  receive(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    const isTaken = this.#wanted.forks !== 'all' && this.#subscriptions.size > 0;
    const remoteTag = request.from.tag;
    if (isTaken || this.#isSettled || remoteTag === undefined) {
      // §4.4.1: whoever comes later has no subscription of ours.
      transaction.respond(buildResponse(request, 481));
      return;
    }
    const state = dialogOfCallee(request, this.localTag);
    // The request has our tag already.
    const own = {
      ...state,
      local: request.header('To') ?? '',
      localSeq: this.#seq,
      isConfirmed: true,
      remoteSeq: null,
    };
    detachDialog(own);
    const dialog = new OwnDialog(this.#ports.options, { state: own, flow }, this.#wanted.authenticate);
    if (!dialog.take(transaction)) return;
    const subscription = this.#newSubscription(dialog);
    this.#subscriptions.set(remoteTag, subscription);
    this.#ports.adopt(dialog, subscription);
    this.#expireAs(subscription);
    subscription.receive(transaction);
    if (this.#isEnding) subscription.end();
    if (this.#wanted.forks !== 'all') this.#settle();
  }

  onTimer(kind: number): void {
    if (kind === FAILED) {
      if (this.#failure !== null) this.#user.onFailed(this.#failure);
      return;
    }
    this.#timerN = 0;
    this.#settle();
    if (this.#subscriptions.size === 0) this.#fail({ why: this.#isEnding ? 'unsubscribed' : 'no-notify' });
  }

  #newSubscription(dialog: OwnDialog): Subscription {
    const { options } = this.#ports;
    const { accept = [], method, headers = [] } = this.#wanted;
    const isRefer = method === 'REFER';
    return new Subscription({
      clock: options.clock,
      event: this.event,
      dialog,
      user: this.#user,
      expiresSec: this.#expiresSec,
      accept,
      headers: isRefer ? [] : headers,
      timerNMs: this.#timerNMs,
      isRefreshed: !isRefer && this.#expiresSec > 0,
      onOver: (subscription) => this.#ports.forget(dialog, subscription),
    });
  }

  /** What the 2xx granted, or what was asked for until it or the NOTIFY says otherwise. */
  #expireAs(subscription: Subscription): void {
    if (this.#wanted.method !== 'REFER' && this.#expiresSec > 0)
      subscription.granted(this.#accepted?.expires, this.#expiresSec);
  }

  get #timerNMs(): number {
    return 64 * (this.#ports.options.t1Ms ?? 500);
  }

  #send(credentials: readonly HeaderPair[]): void {
    const { options } = this.#ports;
    const { target } = this.#wanted;
    this.#seq += 1;
    this.#attempts += 1;
    const request = this.#build(options.flowTo(target), credentials);
    options.clock.disarm(this.#timerN);
    this.#timerN = options.clock.arm(this.#timerNMs, this, TIMER_N);
    options.transactions.request(request, target, {
      onResponse: (response) => {
        if (response.isFinal) this.#answered(request, response);
      },
      onTimeout: () => this.#fail({ why: 'timeout' }),
      onTransportFailure: ({ detail }) => this.#fail({ why: 'transport', detail }),
    });
  }

  #build(flow: Flow | undefined, credentials: readonly HeaderPair[]): SipRequest {
    const { options } = this.#ports;
    const { method = 'SUBSCRIBE', from, to, uri, route = [], headers = [], body = null, accept = [] } = this.#wanted;
    const routed = routedRequest(uri, route);
    const own: HeaderPair[] =
      method === 'REFER'
        ? []
        : [
            ['Event', formatEvent(this.event)],
            ['Expires', String(this.#expiresSec)],
          ];
    if (method !== 'REFER' && accept.length > 0) own.push(['Accept', accept.join(', ')]);
    return buildRequest({
      method,
      uri: routed.uri,
      headers: [
        ...routed.routes.map((value): HeaderPair => ['Route', value]),
        ['Max-Forwards', '70'],
        ['From', `${from};tag=${this.localTag}`],
        ['To', to],
        ['Call-ID', this.callId],
        ['CSeq', `${this.#seq} ${method}`],
        ['Contact', `<${flow === undefined ? uri : options.contact(flow)}>`],
        ...(options.headers ?? []),
        ...own,
        ...withCredentialRows(headers, credentials),
        ...bodyHeaders(body),
      ],
      body: body?.bytes,
    });
  }

  #answered(request: SipRequest, response: SipResponse): void {
    const { status } = response;
    if (response.isSuccess) {
      this.#accepted = response;
      this.#user.onAccepted?.(response);
      const early = this.#subscriptions.get(response.to.tag ?? '');
      if (early?.isExpiryTold === false) this.#expireAs(early);
      return;
    }
    const isChallenge = status === 401 || status === 407;
    const rows = isChallenge ? this.#wanted.authenticate?.(response, request) : undefined;
    const leastSec = status === 423 ? (readSeconds(response.header('Min-Expires')) ?? 0) : 0;
    if (this.#attempts < mostAttempts && !this.#isEnding) {
      if (rows !== undefined) {
        this.#send(rows);
        return;
      }
      // §4.1.2.1, RFC 3261 §21.4.17.
      if (leastSec > this.#expiresSec && this.#expiresSec > 0) {
        this.#expiresSec = leastSec;
        this.#send([]);
        return;
      }
    }
    const retryAfterSec = parseRetryAfter(response.header('Retry-After') ?? '')?.afterSec;
    this.#fail({ why: 'refused', status, retryAfterSec, detail: response.reason });
  }

  /** Where a NOTIFY of another fork has made a subscription, that one counts. */
  #fail(end: SubscriptionEnd): void {
    if (this.#subscriptions.size > 0 || this.#failure !== null) return;
    this.#failure = this.#isEnding ? { ...end, why: 'unsubscribed' } : end;
    this.#settle();
    this.#ports.options.clock.arm(0, this, FAILED);
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#ports.options.clock.disarm(this.#timerN);
    this.#timerN = 0;
    this.#ports.settled(this);
  }
}
