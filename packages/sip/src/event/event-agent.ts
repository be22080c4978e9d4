/**
 * Subscriptions of one place, ours and those that it serves (RFC 6665): finds the one that a SUBSCRIBE or NOTIFY is for, makes new ones, and answers what is for none. Beside a user
 * agent, which hands it what belongs to no session.
 *
 * Leaves out: several usages of one SUBSCRIBE dialog (§4.5.2 has them for old peers only; a second SUBSCRIBE there is answered 481).
 */
import { type DialogState, detachDialog, dialogOfCallee, skippedSeq } from '../dialog/dialog.ts';
import { dialogIdOfRequest, dialogKey } from '../dialog/dialog-id.ts';
import { buildResponse } from '../message/build-response.ts';
import type { HeaderPair } from '../session/session-bodies.ts';
import type { Session } from '../session/session-port.ts';
import type { StoredFlow } from '../session/session-state.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { Flow } from '../transport/flow.ts';
import type { PackagePolicy } from './accept-subscribe.ts';
import { OwnDialog, SessionDialog } from './event-dialog.ts';
import { eventOf, isSameEvent } from './event-name.ts';
import type { EventAgentOptions, EventName, SubscribeOptions } from './event-port.ts';
import { ServedSubscription, type ServedUser } from './served-subscription.ts';
import { Subscriber } from './subscriber.ts';
import { type SubscriberUser, Subscription } from './subscription.ts';

export interface ServeOptions {
  readonly event: EventName;
  /** What refreshes are held against; null: none are taken. */
  readonly policy: PackagePolicy | null;
  readonly expiresSec: number;
  readonly user: ServedUser;
  /** Default active. */
  readonly state?: 'active' | 'pending';
  /** See {@link ServedParts.accept}. */
  readonly accept?: readonly string[];
  /** See {@link ServedParts.paceMs}. */
  readonly paceMs?: number;
  /** Of the answer. Default 200; REFER has 202 (RFC 3515 §2.4.2). */
  readonly status?: number;
  /** On the answer. */
  readonly headers?: readonly HeaderPair[];
}

/** A subscription that is served, as JSON: another process goes on with it. */
export interface ServedSnapshot {
  /** Grows with the shape. */
  readonly schema: 1;
  readonly event: EventName;
  readonly state: 'active' | 'pending';
  readonly accept: readonly string[];
  readonly dialog: DialogState;
  readonly flow: StoredFlow;
  readonly expiresUtcMs: number;
}

type Usage = Subscription | ServedSubscription;

/** REFER makes its dialog as SUBSCRIBE does. */
const dialogMethods = new Set(['SUBSCRIBE', 'NOTIFY']);

export class EventAgent {
  readonly #options: EventAgentOptions;
  readonly #allowEvents: HeaderPair;
  readonly #byDialog = new Map<string, { readonly dialog: OwnDialog; readonly usage: Usage }>();
  /** Ours that still take dialogs, by Call-ID and our tag. */
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #bySession = new WeakMap<Session, Usage[]>();
  readonly #dialogs = new WeakMap<ServedSubscription, OwnDialog>();

  constructor(options: EventAgentOptions) {
    this.#options = options;
    this.#allowEvents = ['Allow-Events', options.packages.join(', ')];
  }

  /** Subscriptions in dialogs of their own. */
  get count(): number {
    return this.#byDialog.size;
  }

  /** Sends SUBSCRIBE, or REFER, and keeps what comes of it subscribed. */
  subscribe(wanted: SubscribeOptions, user: SubscriberUser): Subscriber {
    const ports = {
      options: this.#options,
      adopt: (dialog: OwnDialog, usage: Subscription) => this.#adopt(dialog, usage),
      forget: (dialog: OwnDialog) => this.#forget(dialog),
      settled: (subscriber: Subscriber) => void this.#subscribers.delete(attemptKey(subscriber)),
    };
    const subscriber = new Subscriber(ports, wanted, user);
    this.#subscribers.set(attemptKey(subscriber), subscriber);
    return subscriber;
  }

  /** Takes a request that asks for a subscription: answers it, makes the dialog, sends the first NOTIFY. Expires 0 has only that one (§4.4.3). */
  serve(transaction: ServerTransaction, serve: ServeOptions): ServedSubscription {
    const { request, flow } = transaction;
    const state = dialogOfCallee(request, request.to.tag ?? request.responseTag ?? this.#options.random.token(12));
    state.isConfirmed = true;
    detachDialog(state);
    const dialog = new OwnDialog(this.#options, { state, flow });
    const served = this.#served(dialog, serve, () => this.#forget(dialog));
    this.#adopt(dialog, served);
    this.#dialogs.set(served, dialog);
    const expires: HeaderPair[] = request.method === 'SUBSCRIBE' ? [['Expires', String(serve.expiresSec)]] : [];
    dialog.respond(transaction, serve.status ?? 200, [...expires, ...(serve.headers ?? [])]);
    this.#begin(served, serve);
    return served;
  }

  /** The same in the dialog of a call, which it may outlive (RFC 5057 §4); whoever asks answers the request itself. */
  serveIn(session: Session, serve: ServeOptions): ServedSubscription {
    const dialog = new SessionDialog(session, this.#options.headers ?? []);
    const release = session.keepDialog();
    const served = this.#served(dialog, serve, () => {
      this.#leave(session, served);
      release();
    });
    this.#join(session, served);
    this.#begin(served, serve);
    return served;
  }

  /** NOTIFYs of an event in the dialog of a call, where a request of ours there (REFER) has asked for them. */
  watchIn(session: Session, event: EventName, user: SubscriberUser): Subscription {
    const release = session.keepDialog();
    const subscription: Subscription = new Subscription({
      clock: this.#options.clock,
      event,
      dialog: new SessionDialog(session, this.#options.headers ?? []),
      user,
      expiresSec: 0,
      accept: [],
      headers: [],
      timerNMs: this.#timerNMs,
      isRefreshed: false,
      onOver: () => {
        this.#leave(session, subscription);
        release();
      },
    });
    this.#join(session, subscription);
    subscription.armTimerN();
    return subscription;
  }

  /** A request that no session took. False: it is not for us, and unanswered: a SUBSCRIBE outside of any dialog, a NOTIFY that nobody asked for, another method. */
  receive(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (!dialogMethods.has(request.method)) return false;
    const toTag = request.to.tag;
    if (toTag === undefined) return false;
    const known = this.#byDialog.get(dialogKey(dialogIdOfRequest(request)));
    if (known !== undefined) {
      this.#deliver(known.usage, transaction, known.dialog);
      return true;
    }
    const subscriber = this.#subscribers.get(`${request.callId} ${toTag}`);
    if (request.method !== 'NOTIFY' || subscriber === undefined) this.#refuse(transaction, 481);
    else if (this.#isFor(subscriber.event, transaction)) subscriber.receive(transaction);
    return true;
  }

  /** SUBSCRIBE or NOTIFY in the dialog of a call. False: no usage of ours there; unanswered. */
  receiveIn(session: Session, transaction: ServerTransaction): boolean {
    const event = eventOf(transaction.request) ?? { package: '' };
    const isNotify = transaction.method === 'NOTIFY';
    const usage = this.#bySession
      .get(session)
      ?.find((each) => each instanceof Subscription === isNotify && isSameEvent(each.event, event));
    usage?.receive(transaction);
    return usage !== undefined;
  }

  /** What was subscribed in the dialog of a call ends without a word: the peer has lost it. */
  sessionEnded(session: Session): void {
    for (const usage of [...(this.#bySession.get(session) ?? [])]) usage.dialogClosed();
  }

  /** Null: over, in a call's dialog, or without a wall clock. */
  snapshot(served: ServedSubscription): ServedSnapshot | null {
    const dialog = this.#dialogs.get(served);
    const { nowUtcMs } = this.#options;
    if (dialog === undefined || nowUtcMs === undefined || served.state === 'terminated') return null;
    const { kind, local, remote } = dialog.flow;
    return {
      schema: 1,
      event: served.event,
      state: served.state,
      accept: served.accept,
      dialog: { ...dialog.state },
      flow: { kind, local, remote },
      expiresUtcMs: nowUtcMs() + served.expiresSec * 1_000,
    };
  }

  /** Goes on with one of an earlier process; silent until `tell`. Undefined: it has expired. */
  restore(snapshot: ServedSnapshot, flow: Flow, serve: Pick<ServeOptions, 'policy' | 'user' | 'paceMs'>) {
    const expiresSec = Math.floor((snapshot.expiresUtcMs - (this.#options.nowUtcMs?.() ?? 0)) / 1_000);
    if (expiresSec <= 0) return undefined;
    const state = { ...snapshot.dialog, localSeq: snapshot.dialog.localSeq + skippedSeq };
    const dialog = new OwnDialog(this.#options, { state, flow });
    const { event, accept } = snapshot;
    const parts = { ...serve, event, accept, state: snapshot.state, expiresSec };
    const served = this.#served(dialog, parts, () => this.#forget(dialog));
    this.#adopt(dialog, served);
    this.#dialogs.set(served, dialog);
    return served;
  }

  get #timerNMs(): number {
    return 64 * (this.#options.t1Ms ?? 500);
  }

  #served(dialog: OwnDialog | SessionDialog, serve: ServeOptions, onOver: () => void): ServedSubscription {
    return new ServedSubscription({
      clock: this.#options.clock,
      event: serve.event,
      dialog,
      user: serve.user,
      policy: serve.policy,
      state: serve.state ?? 'active',
      expiresSec: serve.expiresSec,
      accept: serve.accept ?? [],
      headers: [this.#allowEvents],
      paceMs: serve.paceMs ?? 0,
      onOver,
    });
  }

  #begin(served: ServedSubscription, { expiresSec }: ServeOptions): void {
    if (expiresSec > 0) served.tell();
    else served.end({ reason: 'timeout' }, 'unsubscribed');
  }

  #deliver(usage: Usage, transaction: ServerTransaction, dialog: OwnDialog): void {
    if (!dialog.take(transaction)) return;
    const isForUs = usage instanceof Subscription === (transaction.method === 'NOTIFY');
    if (!isForUs) this.#refuse(transaction, 481);
    else if (this.#isFor(usage.event, transaction)) usage.receive(transaction);
  }

  /** §4.1.3: of another package 489, of another usage 481. */
  #isFor(event: EventName, transaction: ServerTransaction): boolean {
    const said = eventOf(transaction.request);
    if (said !== undefined && isSameEvent(event, said)) return true;
    const isOther = said === undefined || said.package.toLowerCase() !== event.package.toLowerCase();
    this.#refuse(transaction, isOther ? 489 : 481);
    return false;
  }

  #refuse(transaction: ServerTransaction, status: number): void {
    const headers = [...(this.#options.headers ?? []), ...(status === 489 ? [this.#allowEvents] : [])];
    transaction.respond(buildResponse(transaction.request, status, { headers }));
  }

  #adopt(dialog: OwnDialog, usage: Usage): void {
    this.#byDialog.set(dialogKey(dialog.state), { dialog, usage });
  }

  #forget(dialog: OwnDialog): void {
    this.#byDialog.delete(dialogKey(dialog.state));
  }

  #join(session: Session, usage: Usage): void {
    this.#bySession.set(session, [...(this.#bySession.get(session) ?? []), usage]);
  }

  #leave(session: Session, usage: Usage): void {
    const left = (this.#bySession.get(session) ?? []).filter((each) => each !== usage);
    if (left.length === 0) this.#bySession.delete(session);
    else this.#bySession.set(session, left);
  }
}

function attemptKey({ callId, localTag }: Subscriber): string {
  return `${callId} ${localTag}`;
}
