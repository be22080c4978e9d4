/**
 * A change of ours to a running session, by re-INVITE (RFC 3261 §14.1) or UPDATE (RFC 3311 §5.1): sent, challenged, delayed by glare, accepted or
 * refused. A refusal leaves the session as it was (RFC 6141).
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { failed, glarePauseMs, maySend, requestSent, responseSeen } from '../dialog/offer-answer.ts';
import { proposeTimer, raiseMinimum, takeGrant } from '../dialog/session-timer.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseRetryAfter } from '../message/retry-after.ts';
import type { ClientTransaction, ClientTransactionUser } from '../transaction/transaction-port.ts';
import { acknowledge, repeatAck } from './ack.ts';
import { endIfGone } from './bye.ts';
import { bodyHeaders, bodyOf, isSameBody, keepBody, withCredentialRows } from './session-bodies.ts';
import type { OwnChange, SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

const maxAttempts = 3;
/** A 500 that asks for more patience than this is a refusal. */
const maxRetryAfterSec = 10;

export interface Wanted {
  readonly method: 'INVITE' | 'UPDATE';
  readonly body: SessionBody | null;
  readonly headers: readonly HeaderPair[];
  /** Of the session timer's making: the user hears nothing of it. */
  readonly isRefresh: boolean;
}

export function startChange(session: SessionCore, wanted: Wanted): boolean {
  const { state } = session;
  if (state.phase !== 'confirmed' || session.ownChange !== null || session.isAckDue) return false;
  if (!maySend(state.offerAnswer, wanted.method, wanted.body !== null)) return false;
  const change = new Change(session, wanted);
  session.ownChange = change;
  change.send();
  return true;
}

class Change implements OwnChange, ClientTransactionUser, TimerOwner {
  readonly #session: SessionCore;
  readonly #wanted: Wanted;
  isPausing = false;
  #request: SipRequest | null = null;
  #transaction: ClientTransaction | null = null;
  #credentials: readonly HeaderPair[] = [];
  #attempts = 0;
  #hasPaused = false;
  #isAbandoned = false;
  #isAnswered = false;
  #timer: TimerId = 0;

  constructor(session: SessionCore, wanted: Wanted) {
    this.#session = session;
    this.#wanted = wanted;
  }

  send(): void {
    const session = this.#session;
    const { state } = session;
    const { method, body, headers } = this.#wanted;
    this.#attempts += 1;
    session.renewFlow();
    requestSent(state.offerAnswer, method, body !== null);
    const timing = proposeTimer(state.timer, session.agent.sessionTimer.intervalSec);
    const rows = [...session.refreshing, ...timing, ...headers, ...this.#credentials, ...bodyHeaders(body)];
    this.#request = session.build(method, rows, body);
    this.#transaction = session.send(this.#request, this);
  }

  onResponse(response: SipResponse): void {
    const session = this.#session;
    if (response.isProvisional) return;
    if (this.#isAnswered) {
      if (response.isSuccess) repeatAck(session, response.cseq.seq);
    } else if (response.isSuccess) this.#accepted(response);
    else this.#refusedOrAgain(response);
  }

  #accepted(response: SipResponse): void {
    const session = this.#session;
    const { state } = session;
    const { method, body, isRefresh } = this.#wanted;
    const answer = bodyOf(response);
    this.#isAnswered = true;
    if (session.ownChange === this) session.ownChange = null;
    responseSeen(state.offerAnswer, {
      by: 'remote',
      method,
      status: response.status,
      isReliable: true,
      hasBody: answer !== null,
    });
    if (method === 'INVITE') {
      state.inviteSeq = response.cseq.seq;
      session.isAckDue = true;
    } else failed(state.offerAnswer, method, 'local');
    if (this.#isAbandoned || state.phase !== 'confirmed') {
      // BYE has crossed it; the 2xx wants its ACK all the same.
      acknowledge(session, null);
      return;
    }
    session.learn(response);
    takeGrant(state.timer, response);
    session.refresh.begin();
    const isNews = answer !== null && !isSameBody(answer, state.remoteBody);
    if (answer !== null) state.remoteBody = keepBody(answer, session.agent.decode);
    if (body !== null) state.localBody = keepBody(body, session.agent.decode);
    if (body !== null || isRefresh) acknowledge(session, null);
    // The answer to a refresh may say something new all the same.
    if (!isRefresh || isNews) session.user?.onReofferAccepted(session, response);
  }

  #refusedOrAgain(response: SipResponse): void {
    const session = this.#session;
    const { status } = response;
    failed(session.state.offerAnswer, this.#wanted.method, 'local');
    if (this.#isAbandoned) return;
    if (status === 491 && this.#pause(glarePauseMs(session.role === 'uac', (below) => this.#integer(below)))) return;
    if (status === 500 && this.#pauseAsTold(response)) return;
    if (this.#attempts < maxAttempts && this.#isRepairable(response)) {
      this.send();
      return;
    }
    this.#refused(status, response);
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

  onTimer(): void {
    const session = this.#session;
    const { method, body } = this.#wanted;
    this.#timer = 0;
    if (session.state.phase !== 'confirmed') return;
    if (maySend(session.state.offerAnswer, method, body !== null) && session.peerChange === null) {
      this.isPausing = false;
      this.send();
      return;
    }
    // The peer's change is still under way: ours comes after it.
    this.#timer = session.agent.options.clock.arm(500, this, 0);
  }

  onTimeout(): void {
    failed(this.#session.state.offerAnswer, this.#wanted.method, 'local');
    if (!this.#isAnswered) this.#refused(408, undefined);
  }

  onTransportFailure(): void {
    failed(this.#session.state.offerAnswer, this.#wanted.method, 'local');
    if (!this.#isAnswered) this.#refused(503, undefined);
  }

  #refused(status: number, response: SipResponse | undefined): void {
    const session = this.#session;
    const { method, isRefresh } = this.#wanted;
    if (session.ownChange === this) session.ownChange = null;
    if (this.#isAbandoned) return;
    if (method === 'UPDATE' && (status === 405 || status === 501)) session.state.peerAllowsUpdate = false;
    if ((response !== undefined || status === 408) && endIfGone(session, response)) return;
    if (session.state.phase !== 'confirmed') return;
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
