/** The callee's half of a session: provisionals, the 2xx until its ACK, refusals, CANCEL (RFC 3261 §13.3, §9.2). */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { dialogOfCallee } from '../dialog/dialog.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction, ServerTransactionUser } from '../transaction/transaction-port.ts';
import { bodyOf } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody, SessionEnd } from './session-port.ts';

export class Callee implements ServerTransactionUser, TimerOwner {
  readonly #session: SessionCore;
  #transaction: ServerTransaction | null = null;
  #toTag = '';
  #answer: SipResponse | null = null;
  #repeatMs = 0;
  #sinceMs = 0;
  #timer: TimerId = 0;
  #endReason: string | undefined;
  #endsAfterAck = false;

  constructor(session: SessionCore) {
    this.#session = session;
  }

  start(transaction: ServerTransaction): void {
    this.#transaction = transaction;
    transaction.user = this;
    this.#toTag = this.#session.agent.options.random.token(12);
  }

  progress(
    status: number,
    options: { readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody },
  ): boolean {
    const transaction = this.#transaction;
    if (this.#session.phase !== 'ringing' || transaction === null || status < 101 || status > 199) return false;
    this.#openDialog(transaction);
    const headers = [this.#session.contact, ...(options.headers ?? [])];
    transaction.respond(this.#session.respondTo(transaction.request, status, { ...options, headers }));
    return true;
  }

  accept(body: SessionBody, headers: readonly HeaderPair[]): boolean {
    const session = this.#session;
    const transaction = this.#transaction;
    if (session.phase !== 'ringing' || transaction === null) return false;
    this.#openDialog(transaction);
    session.learn(transaction.request);
    session.change.lastLocal = body;
    session.change.lastRemote = bodyOf(transaction.request);
    session.phase = 'accepted';
    const timing = session.timer.answer(transaction.request);
    this.#answer = session.respondTo(transaction.request, 200, {
      headers: [session.contact, ...timing, ...headers],
      body,
    });
    transaction.respond(this.#answer);
    const { clock, t1Ms } = session.agent.options;
    this.#repeatMs = t1Ms ?? 500;
    this.#sinceMs = clock.nowMs();
    this.#timer = clock.arm(this.#repeatMs, this, 0);
    return true;
  }

  /** RFC 3261 §13.3.1.4: T1 doubling to T2 until the ACK, for 64*T1 at most. */
  onTimer(): void {
    const session = this.#session;
    const { clock, t1Ms = 500, t2Ms = 4000 } = session.agent.options;
    this.#timer = 0;
    if (this.#answer === null || session.phase !== 'accepted') return;
    if (clock.nowMs() - this.#sinceMs >= 64 * t1Ms) {
      session.hangUp(undefined, { why: 'no-ack', by: 'remote' });
      return;
    }
    this.#transaction?.respond(this.#answer);
    this.#repeatMs = Math.min(this.#repeatMs * 2, t2Ms);
    const leftMs = this.#sinceMs + 64 * t1Ms - clock.nowMs();
    this.#timer = clock.arm(Math.min(this.#repeatMs, leftMs), this, 0);
  }

  receiveAck(ack: SipRequest): boolean {
    const session = this.#session;
    if (this.#answer === null || ack.cseq.seq !== this.#transaction?.request.cseq.seq) return false;
    if (session.phase !== 'accepted') return true;
    this.stop();
    session.phase = 'confirmed';
    if (this.#endsAfterAck) session.hangUp(this.#endReason);
    else session.user?.onAcknowledged(session, ack);
    return true;
  }

  /** A BYE may not overtake the ACK (RFC 3261 §15). */
  endAfterAck(reasonHeader?: string): void {
    this.#endsAfterAck = true;
    this.#endReason = reasonHeader;
  }

  reject(status: number, options: { readonly reason?: string; readonly headers?: readonly HeaderPair[] }): boolean {
    const session = this.#session;
    const transaction = this.#transaction;
    if (session.phase !== 'ringing' || transaction === null) return false;
    const { reason } = options;
    const headers = [...(session.agent.options.headers ?? []), ...(options.headers ?? [])];
    transaction.respond(
      buildResponse(transaction.request, status, {
        toTag: this.#toTag,
        headers,
        ...(reason === undefined ? {} : { reason }),
      }),
    );
    session.over({ why: 'rejected', by: 'local', status });
    return true;
  }

  onCancel(cancel: SipRequest, transaction: ServerTransaction): void {
    const session = this.#session;
    if (session.phase !== 'ringing') return;
    transaction.respond(
      buildResponse(transaction.request, 487, { toTag: this.#toTag, headers: session.agent.options.headers }),
    );
    const reasonHeader = cancel.header('Reason');
    const end: SessionEnd = { why: 'cancelled', by: 'remote', status: 487, message: cancel };
    session.over(reasonHeader === undefined ? end : { ...end, reasonHeader });
  }

  onTransportFailure(): void {
    // The caller repeats its INVITE or gives up; a 2xx that got lost is repeated by the timer.
  }

  #openDialog(transaction: ServerTransaction): void {
    if (this.#session.dialog === null) this.#session.setDialog(dialogOfCallee(transaction.request, this.#toTag));
  }

  stop(): void {
    this.#session.agent.options.clock.disarm(this.#timer);
    this.#timer = 0;
  }
}
