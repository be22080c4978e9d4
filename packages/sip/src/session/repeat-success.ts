/**
 * A 2xx to INVITE is repeated by the session, over any transport, until its ACK: after T1, doubling to T2, for 64*T1; then BYE
 * (RFC 3261 §13.3.1.4, §14.2).
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { hangUp } from './bye.ts';
import type { Repetition, SessionCore } from './session-core.ts';

export interface Repeated {
  /** Null after a restart: the response goes out by the flow. */
  readonly transaction: ServerTransaction | null;
  readonly response: SipResponse;
  readonly wasAsked: boolean;
}

export function repeatSuccess(session: SessionCore, repeated: Repeated): void {
  session.repetition?.stop();
  session.repetition = new SuccessRepetition(session, repeated);
}

class SuccessRepetition implements Repetition, TimerOwner {
  readonly seq: number;
  readonly response: SipResponse;
  readonly wasAsked: boolean;
  readonly #session: SessionCore;
  readonly #transaction: ServerTransaction | null;
  readonly #endMs: number;
  #intervalMs: number;
  #timer: TimerId;

  constructor(session: SessionCore, repeated: Repeated) {
    const { t1Ms, options } = session.agent;
    this.#session = session;
    this.#transaction = repeated.transaction;
    this.response = repeated.response;
    this.seq = repeated.response.cseq.seq;
    this.wasAsked = repeated.wasAsked;
    this.#intervalMs = t1Ms;
    this.#endMs = options.clock.nowMs() + 64 * t1Ms;
    this.#timer = options.clock.arm(t1Ms, this, 0);
  }

  onTimer(): void {
    const session = this.#session;
    const { t2Ms, options } = session.agent;
    this.#timer = 0;
    const leftMs = this.#endMs - options.clock.nowMs();
    if (leftMs <= 0) {
      hangUp(session, undefined, { why: 'no-ack', by: 'remote' });
      return;
    }
    if (this.#transaction !== null) this.#transaction.respond(this.response);
    else if (session.flow !== null) options.transactions.sendDirect(this.response, session.flow);
    this.#intervalMs = Math.min(this.#intervalMs * 2, t2Ms);
    this.#timer = options.clock.arm(Math.min(this.#intervalMs, leftMs), this, 0);
  }

  stop(): void {
    this.#session.agent.options.clock.disarm(this.#timer);
    this.#timer = 0;
  }
}
