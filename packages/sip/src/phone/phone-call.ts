/**
 * A call as a program sees it: promises over a session. Bodies are opaque: what is said about media is the program's matter.
 */

import { isOfSubscription } from '../dialog/usage.ts';
import type { EventAgent } from '../event/event-agent.ts';
import { buildResponse } from '../message/build-response.ts';
import type { NameAddr } from '../message/name-addr.ts';
import type { Replaces } from '../message/replaces.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { IncomingRefer } from '../refer/incoming-refer.ts';
import { type ReferOptions, type ReferOutcome, type ReferUser, sendRefer } from '../refer/outgoing-refer.ts';
import { referToReplacing } from '../refer/refer-to-replacing.ts';
import type { SipfragStatus } from '../refer/sipfrag.ts';
import { bodyOf } from '../session/session-bodies.ts';
import type { HeaderPair, Session, SessionBody, SessionEnd, SessionUser } from '../session/session-port.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { type CallInfo, recvInfo, sendInfo, takeInfo } from './call-info.ts';
import { inTurn } from './in-turn.ts';
import { PhoneError } from './phone-error.ts';

export interface PhoneCallHandlers {
  /** A provisional answer, 101 to 199; its body may be early media. */
  readonly onProgress?: (response: SipResponse) => void;
  /**
   * The other side offers: in its answer when we called without an offer, or in a change of the running call (null: it asks us for an offer). What is
   * returned is our answer; undefined refuses with 488. Default: what we said last.
   */
  readonly onOffer?: (offer: SessionBody | null) => SessionBody | undefined;
  /**
   * The other side wants us to call somebody else (REFER): accept it, call, and report on it by its verbs; or refuse it. Without a handler it is declined.
   */
  readonly onRefer?: (refer: IncomingRefer) => void;
}

export interface TransferOptions extends Pick<ReferOptions, 'referredBy' | 'wantsReports' | 'headers'> {
  /** What is told about it before its outcome: 100, 180. */
  readonly onProgress?: (said: SipfragStatus) => void;
}

export interface PhoneCallOptions extends PhoneCallHandlers {
  /** INFO packages that are welcome (RFC 6086); undefined: nothing is said of them. */
  readonly infoPackages?: readonly string[] | undefined;
  readonly onInfo?: ((call: PhoneCall, info: CallInfo) => void) | undefined;
  /** Runs a task as an input of a turn. */
  readonly post: (task: () => void) => void;
  /** Subscriptions of the phone. */
  readonly events: EventAgent;
  /** The INVITE, where we are called. */
  readonly invite?: SipRequest;
  /** Whom we call, and what we offer. */
  readonly uri?: string;
  readonly body?: SessionBody;
}

interface Pending<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: PhoneError) => void;
}

export class PhoneCall implements SessionUser {
  /** Who calls: From of the INVITE. Undefined for a call of ours. */
  readonly caller: NameAddr | undefined;
  /** Resolves once, when the call is over, however it went. */
  readonly ended: Promise<SessionEnd>;
  readonly #session: Session;
  readonly #options: PhoneCallOptions;
  readonly #end = pending<SessionEnd>();
  /** The INVITE, until it is answered and acknowledged. */
  readonly #answer = pending<PhoneCall>();
  #change: Pending<SessionBody | null> | null = null;

  /** @param begin makes the session, or takes the one that came in. */
  constructor(begin: (user: SessionUser) => Session, options: PhoneCallOptions) {
    this.#options = options;
    this.caller = options.invite?.from;
    this.onRefer = options.onRefer;
    this.ended = this.#end.promise;
    // A call that nobody awaits may fail all the same.
    this.#answer.promise.catch(() => undefined);
    this.#session = begin(this);
    this.#session.owner = this;
  }

  /** Everything below the promises. */
  get session(): Session {
    return this.#session;
  }

  /** Being called: the call of ours that this one is to take the place of (RFC 3891), as it does when it is answered. */
  get replaces(): PhoneCall | undefined {
    const owner = this.#session.replaced?.session.owner;
    return owner instanceof PhoneCall ? owner : undefined;
  }

  /** How a third party names this call to the other side, to take our place in it (RFC 3891 §4); undefined: there is no dialog yet. */
  nameFor(options: { readonly isEarlyOnly?: boolean } = {}): Replaces | undefined {
    const { dialogId } = this.#session;
    if (dialogId === null) return undefined;
    const { callId, localTag, remoteTag } = dialogId;
    return { callId, toTag: remoteTag || '0', fromTag: localTag, isEarlyOnly: options.isEarlyOnly ?? false };
  }

  get isUp(): boolean {
    return this.#session.phase === 'confirmed';
  }

  /** What the other side said last about its media; of a call that comes in, its offer. */
  get remoteBody(): SessionBody | null {
    const { invite } = this.#options;
    return this.#session.remoteBody ?? (invite === undefined ? null : bodyOf(invite));
  }

  /** Resolves when the call is answered; rejects with a {@link PhoneError} when it is not. */
  get answered(): Promise<PhoneCall> {
    return this.#answer.promise;
  }

  /** Being called: 180, or another provisional with early media. */
  ring(status = 180, body?: SessionBody): void {
    this.#options.post(() => this.#session.progress(status, body === undefined ? {} : { body }));
  }

  /** Being called: takes the call. Resolves when the caller has acknowledged. */
  answer(body: SessionBody, headers: readonly HeaderPair[] = []): Promise<PhoneCall> {
    return inTurn(this.#options.post, () => {
      const all = [...headers, ...recvInfo(this.#options.infoPackages)];
      if (!this.#session.accept(body, all)) throw wrongState('answer');
      return this.#answer.promise;
    });
  }

  /** Being called: refuses. Default 486, busy. */
  reject(status = 486, reason?: string): void {
    this.#options.post(() => this.#session.reject(status, reason === undefined ? {} : { reason }));
  }

  /** Offers a change of media (a re-INVITE); resolves with the answer, rejects when it is refused and everything stays as it was. */
  change(body: SessionBody): Promise<SessionBody | null> {
    return inTurn(this.#options.post, () => {
      if (this.#change !== null || !this.#session.reinvite(body)) throw wrongState('change');
      this.#change = pending<SessionBody | null>();
      return this.#change.promise;
    });
  }

  /** Asks for a transfer: see {@link PhoneCallHandlers.onRefer}. For calls that come in, which have no options. */
  onRefer: ((refer: IncomingRefer) => void) | undefined;

  /**
   * Asks the other side to talk to somebody else (REFER, RFC 3515): a URI, or another call of ours, whose other side it is to talk to (attended transfer, RFC 5589 §7). Resolves with what
   * became of it as far as we are told; rejects when it is refused. The call goes on until one side hangs up.
   */
  refer(to: string | PhoneCall, options: TransferOptions = {}): Promise<ReferOutcome> {
    return inTurn(this.#options.post, () => {
      const target = typeof to === 'string' ? to : referToReplacing(to.#uri, to.#session);
      const outcome = pending<ReferOutcome>();
      const user: ReferUser = {
        ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
        onOutcome: (end) => {
          const { why, status, reason = 'no answer' } = end;
          if (why !== 'refused') outcome.resolve(end);
          else
            outcome.reject(
              new PhoneError('sip_phone_refused', `the transfer was refused: ${status} ${reason}`, status),
            );
        },
      };
      const { events } = this.#options;
      if (target === undefined || !sendRefer(events, this.#session, { options: { ...options, to: target }, user }))
        throw wrongState('be transferred');
      return outcome.promise;
    });
  }

  /** CANCEL, a refusal, or BYE: whatever ends it now. Resolves when it is over. */
  hangUp(): Promise<SessionEnd> {
    this.#options.post(() => this.#session.end());
    return this.ended;
  }

  onProvisional(session: Session, response: SipResponse, fork: string, isOffer: boolean): void {
    this.#options.onProgress?.(response);
    if (!isOffer) return;
    // RFC 3262 §5: the other side's offer may come here, and is answered in the PRACK.
    const answer = this.#answerTo(bodyOf(response));
    if (answer === undefined) session.end();
    else session.prack(fork, answer);
  }

  onAccepted(session: Session, response: SipResponse): void {
    const isSettled = this.#options.body !== undefined || session.localBody !== null;
    const answer = isSettled ? null : this.#answerTo(bodyOf(response));
    session.ack(answer ?? null);
    if (answer === undefined) session.end();
    else this.#answer.resolve(this);
  }

  onAcknowledged(): void {
    this.#answer.resolve(this);
  }

  onReoffer(session: Session, request: SipRequest): void {
    const answer = this.#answerTo(bodyOf(request));
    if (answer === undefined) session.refuseReoffer(488);
    else session.acceptReoffer(answer);
  }

  onReofferAcknowledged(): void {}

  onReofferAccepted(_session: Session, _response: SipResponse, said: SessionBody | null): void {
    this.#change?.resolve(said);
    this.#change = null;
  }

  onReofferRefused(_session: Session, status: number, response: SipResponse | undefined): void {
    const reason = response?.reason ?? 'no answer';
    this.#change?.reject(new PhoneError('sip_phone_refused', `the change was refused: ${status} ${reason}`, status));
    this.#change = null;
  }

  /** Sends an INFO: keys, or what a package of RFC 6086 has. Resolves when the other side has it; rejects with a {@link PhoneError}. */
  info(info: Partial<CallInfo>, headers: readonly HeaderPair[] = []): Promise<void> {
    return inTurn(this.#options.post, () => sendInfo(this.#session, info, headers));
  }

  onRequest(session: Session, transaction: ServerTransaction): void {
    const { request } = transaction;
    const { events } = this.#options;
    if (isOfSubscription(request.method)) {
      if (!events.receiveIn(session, transaction)) transaction.respond(buildResponse(request, 481));
      return;
    }
    if (request.method === 'REFER') {
      const refer = IncomingRefer.take(transaction, { events, session });
      if (refer !== undefined && this.onRefer === undefined) refer.refuse(603);
      else if (refer !== undefined) this.onRefer?.(refer);
      return;
    }
    if (request.method !== 'INFO') {
      transaction.respond(buildResponse(request, request.method === 'OPTIONS' ? 200 : 501));
      return;
    }
    const info = takeInfo(transaction, this.#options.infoPackages ?? []);
    if (info !== undefined) this.#options.onInfo?.(this, info);
  }

  onEnded(_session: Session, end: SessionEnd): void {
    this.#answer.reject(errorOf(end));
    this.#change?.reject(new PhoneError('sip_phone_ended', 'the call ended before the change was answered'));
    this.#change = null;
    this.#end.resolve(end);
  }

  /** Of the other side. */
  get #uri(): string {
    return this.caller?.uriText ?? this.#options.uri ?? '';
  }

  #answerTo(offer: SessionBody | null): SessionBody | undefined {
    if (this.#options.onOffer !== undefined) return this.#options.onOffer(offer);
    return this.#session.localBody ?? undefined;
  }
}

function pending<T>(): Pending<T> {
  return Promise.withResolvers<T>();
}

function wrongState(verb: string): PhoneError {
  return new PhoneError('sip_phone_state', `the call is not in a state to ${verb}`);
}

function errorOf(end: SessionEnd): PhoneError {
  const { status } = end;
  switch (end.why) {
    case 'rejected': {
      const isOurs = status === 401 || status === 407;
      const code = isOurs ? 'sip_phone_credentials' : 'sip_phone_refused';
      return new PhoneError(code, `${status} ${end.reasonPhrase ?? ''}`.trim(), status);
    }
    case 'timeout':
      return new PhoneError('sip_phone_timeout', 'no answer from the server', 408);
    case 'transport':
      return new PhoneError('sip_phone_unreachable', end.failure?.detail ?? 'the transport failed', status);
    case 'cancelled':
      return new PhoneError('sip_phone_cancelled', 'the call was cancelled', status);
    default:
      return new PhoneError('sip_phone_ended', `the call ended: ${end.why}`, status);
  }
}
