/**
 * A change of ours to a session, by re-INVITE (RFC 3261 §14.1) or UPDATE (RFC 3311 §5.1), the latter in an early dialog too: sent, challenged, delayed by glare, taken
 * back, accepted or refused. A refusal leaves the session as it was (RFC 6141), also where a reliable provisional had answered it already.
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import type { DialogState } from '../dialog/dialog.ts';
import { failed, glarePauseMs, maySend, requestSent, responseSeen } from '../dialog/offer-answer.ts';
import { proposeTimer, raiseMinimum, takeGrant } from '../dialog/session-timer.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseRetryAfter } from '../message/retry-after.ts';
import type { ClientTransaction, ClientTransactionUser } from '../transaction/transaction-port.ts';
import { acknowledge, repeatAck } from './ack.ts';
import { endIfGone } from './bye.ts';
import { sendPrack, takeInOrder } from './prack.ts';
import { bodyHeaders, bodyOf, isSameBody, keepBody, withCredentialRows } from './session-bodies.ts';
import type { OwnChange, SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';
import type { ReliableOrder } from './session-state.ts';

const maxAttempts = 3;
/** A 500 that asks for more patience than this is a refusal. */
const maxRetryAfterSec = 10;

export interface Wanted {
  readonly method: 'INVITE' | 'UPDATE';
  readonly body: SessionBody | null;
  readonly headers: readonly HeaderPair[];
  /** Of the session timer's making: the user hears nothing of it. */
  readonly isRefresh: boolean;
  /** UPDATE of a caller before the 2xx: to which. */
  readonly fork?: string;
}

export function startChange(session: SessionCore, wanted: Wanted): boolean {
  const dialog = dialogFor(session, wanted);
  if (dialog === undefined || session.ownChange !== null || session.isAckDue) return false;
  const exchange = session.exchangeIn(dialog);
  if (exchange === undefined) return false;
  const isFree = maySend(exchange.offerAnswer, wanted.method, wanted.body !== null);
  if (!isFree && !comesAfterAck(session, wanted)) return false;
  const change = new Change(session, dialog, wanted);
  session.ownChange = change;
  if (isFree) change.send();
  else change.isPausing = true;
  return true;
}

/** The peer's re-INVITE is answered, which the user may not even have seen, and only its ACK has not come: ours follows that (RFC 3261 §14.1). */
function comesAfterAck({ state, repetition, peerChange }: SessionCore, { method }: Wanted): boolean {
  const { phase, offerAnswer } = state;
  const isAnswered = phase === 'confirmed' && peerChange === null && offerAnswer.open === null;
  return method === 'INVITE' && isAnswered && repetition !== null;
}

/** RFC 3311 §5.1: an early dialog can be changed once both sides are sure of what was said in it. */
function dialogFor({ state, peerInvite }: SessionCore, { method, fork }: Wanted): DialogState | undefined {
  const { phase } = state;
  if (phase === 'confirmed') return state.dialog ?? undefined;
  if (method !== 'UPDATE') return undefined;
  if (phase === 'proceeding')
    return state.early.find(({ dialog, isPrackDue }) => dialog.remoteTag === fork && !isPrackDue)?.dialog;
  if (phase !== 'ringing' || peerInvite?.reliable?.isAcknowledged !== true) return undefined;
  const isFree = !peerInvite.reliable.isDescriptionOpen && peerInvite.held === undefined;
  return isFree ? (state.dialog ?? undefined) : undefined;
}

function isOver({ phase }: SessionCore): boolean {
  return phase === 'ending' || phase === 'ended';
}

class Change implements OwnChange, ReliableOrder, ClientTransactionUser, TimerOwner {
  readonly #session: SessionCore;
  readonly #wanted: Wanted;
  readonly dialog: DialogState;
  isPausing = false;
  rseq = 0;
  isPrackDue = false;
  /** In a reliable provisional; the 2xx need not say it again. */
  #answer: SessionBody | null = null;
  readonly #isEarly: boolean;
  #request: SipRequest | null = null;
  #transaction: ClientTransaction | null = null;
  #credentials: readonly HeaderPair[] = [];
  #attempts = 0;
  #hasPaused = false;
  #isAbandoned = false;
  #isCancelled = false;
  #isAnswered = false;
  #timer: TimerId = 0;

  constructor(session: SessionCore, dialog: DialogState, wanted: Wanted) {
    this.#session = session;
    this.dialog = dialog;
    this.#wanted = wanted;
    this.#isEarly = session.phase !== 'confirmed';
  }

  send(): void {
    const session = this.#session;
    const { state, agent } = session;
    const { method, body } = this.#wanted;
    this.#attempts += 1;
    this.rseq = 0;
    this.#answer = null;
    if (!this.#isEarly) session.renewFlow();
    requestSent((session.exchangeIn(this.dialog) ?? state).offerAnswer, method, body !== null);
    // RFC 4028 §7.4: the timer is the matter of the INVITE, until that is answered.
    const timing = this.#isEarly ? [] : proposeTimer(state.timer, agent.sessionTimer.intervalSec);
    // An offer in a provisional would want an answer in the PRACK, before anybody knows whether the change comes about.
    const refreshing: readonly HeaderPair[] =
      body === null ? [session.contact, ['Supported', agent.supportedOtherwise]] : session.refreshing;
    const headers = [...refreshing, ...timing, ...this.#wanted.headers, ...this.#credentials, ...bodyHeaders(body)];
    this.#request = session.buildIn(this.dialog, { method, headers, body });
    this.#transaction = session.sendIn(this.dialog, this.#request, this);
  }

  onResponse(response: SipResponse): void {
    const session = this.#session;
    if (response.isProvisional) this.#provisional(response);
    else if (this.#isAnswered) {
      if (response.isSuccess) repeatAck(session, response.cseq.seq);
    } else if (response.isSuccess) this.#accepted(response);
    else this.#refusedOrAgain(response);
  }

  /** RFC 3262 §4. */
  #provisional(response: SipResponse): void {
    const session = this.#session;
    if (this.#wanted.method !== 'INVITE' || this.#isAnswered || takeInOrder(this, response) !== 'next') return;
    this.isPrackDue = false;
    const body = bodyOf(response);
    const hasBody = body !== null;
    const { status } = response;
    const seen = { by: 'remote', method: 'INVITE', status, isReliable: true, hasBody } as const;
    if (responseSeen(session.state.offerAnswer, seen) === 'answer') this.#answer = body;
    const rack = `${this.rseq} ${response.cseq.seq} INVITE`;
    sendPrack(session, { dialog: this.dialog, rack, body: null, isOffer: false, headers: [] });
  }

  #accepted(response: SipResponse): void {
    const session = this.#session;
    const { state } = session;
    const { method, body, isRefresh } = this.#wanted;
    const exchange = session.exchangeIn(this.dialog);
    const said = bodyOf(response);
    this.#isAnswered = true;
    if (session.ownChange === this) session.ownChange = null;
    if (exchange === undefined) return;
    responseSeen(exchange.offerAnswer, {
      by: 'remote',
      method,
      status: response.status,
      isReliable: true,
      hasBody: said !== null,
    });
    if (method === 'INVITE') {
      state.inviteSeq = response.cseq.seq;
      session.isAckDue = true;
    } else failed(exchange.offerAnswer, method, 'local');
    if (this.#isAbandoned || isOver(session)) {
      // BYE has crossed it; the 2xx wants its ACK all the same.
      if (method === 'INVITE') acknowledge(session, null);
      return;
    }
    session.learn(response);
    if (!this.#isEarly) {
      takeGrant(state.timer, response, session.agent.sessionTimer);
      session.refresh.begin();
    }
    const answer = this.#answer ?? said;
    const isNews = answer !== null && !isSameBody(answer, exchange.remoteBody);
    if (answer !== null) exchange.remoteBody = keepBody(answer, session.agent.decode);
    if (body !== null) exchange.localBody = keepBody(body, session.agent.decode);
    if (method === 'INVITE' && (body !== null || isRefresh)) acknowledge(session, null);
    // The answer to a refresh may say something new all the same.
    if (!isRefresh || isNews) session.user?.onReofferAccepted(session, response, answer);
  }

  #refusedOrAgain(response: SipResponse): void {
    const session = this.#session;
    const { status } = response;
    this.#failed();
    if (this.#isAbandoned) return;
    if (this.#isCancelled) {
      this.#refused(status, response);
      return;
    }
    if (status === 491 && this.#pause(glarePauseMs(session.role === 'uac', (below) => this.#integer(below)))) return;
    if (status === 500 && this.#pauseAsTold(response)) return;
    if (this.#attempts < maxAttempts && this.#isRepairable(response)) {
      this.send();
      return;
    }
    this.#refused(status, response);
  }

  #failed(): void {
    const exchange = this.#session.exchangeIn(this.dialog);
    if (exchange !== undefined) failed(exchange.offerAnswer, this.#wanted.method, 'local');
  }

  #integer(below: number): number {
    return this.#session.agent.options.random.integer(below);
  }

  #isRepairable(response: SipResponse): boolean {
    const session = this.#session;
    if (response.status === 422) return raiseMinimum(session.state.timer, response);
    if (response.status !== 401 && response.status !== 407) return false;
    const credentials = this.#request === null ? undefined : session.authenticate?.(response, this.#request);
    if (credentials === undefined) return false;
    this.#credentials = withCredentialRows(this.#credentials, credentials);
    return true;
  }

  /** RFC 3261 §14.2: the peer is busy with a change of its own. */
  #pauseAsTold(response: SipResponse): boolean {
    const after = parseRetryAfter(response.header('Retry-After') ?? '');
    if (after === undefined || after.afterSec > maxRetryAfterSec) return false;
    return this.#pause(after.afterSec * 1000);
  }

  #pause(forMs: number): boolean {
    if (this.#hasPaused) return false;
    this.#hasPaused = true;
    this.isPausing = true;
    this.#timer = this.#session.agent.options.clock.arm(forMs, this, 0);
    return true;
  }

  acknowledged(): void {
    if (this.isPausing && this.#timer === 0) this.onTimer();
  }

  onTimer(): void {
    const session = this.#session;
    const { method, body } = this.#wanted;
    this.#timer = 0;
    const exchange = session.exchangeIn(this.dialog);
    if (isOver(session) || exchange === undefined) return;
    if (this.#isCancelled) {
      this.#refused(487, undefined);
      return;
    }
    if (maySend(exchange.offerAnswer, method, body !== null) && session.peerChange === null) {
      this.isPausing = false;
      this.send();
      return;
    }
    // The peer's change is still under way: ours comes after it.
    this.#timer = session.agent.options.clock.arm(500, this, 0);
  }

  cancel(): boolean {
    if (this.#wanted.method !== 'INVITE' || this.#isAnswered || this.#isCancelled) return false;
    this.#isCancelled = true;
    const { clock } = this.#session.agent.options;
    if (this.isPausing) {
      clock.disarm(this.#timer);
      this.#timer = clock.arm(0, this, 0);
    } else this.#transaction?.cancel();
    return true;
  }

  onTimeout(): void {
    this.#failed();
    // RFC 3261 §9.1: no final to what we have taken back says nothing about the dialog.
    if (!this.#isAnswered) this.#refused(this.#isCancelled ? 487 : 408, undefined);
  }

  onTransportFailure(): void {
    this.#failed();
    if (!this.#isAnswered) this.#refused(503, undefined);
  }

  #refused(status: number, response: SipResponse | undefined): void {
    const session = this.#session;
    const { method, isRefresh } = this.#wanted;
    if (session.ownChange === this) session.ownChange = null;
    if (this.#isAbandoned) return;
    if (method === 'UPDATE' && (status === 405 || status === 501)) session.state.peerAllowsUpdate = false;
    // A fork that does not know its early dialog ends no call.
    if (!this.#isEarly && (response !== undefined || status === 408) && endIfGone(session, response)) return;
    if (isOver(session)) return;
    if (isRefresh) session.refresh.again();
    else session.user?.onReofferRefused(session, status, response);
  }

  abandon(): void {
    this.#isAbandoned = true;
    // A peer that has said 180 and never a final would hold the INVITE's transaction for good.
    if (!this.#isAnswered && this.#wanted.method === 'INVITE') this.#transaction?.cancel();
    this.#session.agent.options.clock.disarm(this.#timer);
    this.#timer = 0;
  }
}
