/**
 * The INVITE client transaction: RFC 3261 §17.1.1 (figure 5) with the Accepted state of RFC 6026 §7.2 (figure 3), and the wait for a
 * final response after CANCEL (RFC 3261 §9.1).
 *
 * Leaves out: the ACK of a 2xx, which is the dialog's, and timer C, which is a proxy's.
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { Flow, Target, TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import type { ClientMachineOptions, ClientSink } from './machine-sink.ts';
import { TIMER_A, TIMER_B, TIMER_CANCELLED, TIMER_D, TIMER_FAILED, TIMER_M } from './timers.ts';
import type { ClientTransaction, ClientTransactionUser } from './transaction-port.ts';

export type InviteClientState = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

export class InviteClient implements ClientTransaction, TimerOwner, SendOwner {
  readonly method = 'INVITE';
  readonly branch: string;
  flow: Flow;
  request: SipRequest;
  state: InviteClientState = 'calling';
  /** Where to go by UDP should TCP, taken for the request's size, not be had (RFC 3261 §18.1.1); null once tried. */
  fallbackTarget: Target | null = null;
  readonly #sink: ClientSink;
  readonly #user: ClientTransactionUser;
  /** What is retransmitted: the INVITE while calling, its ACK once completed. */
  #repeated: SipRequest | null;
  #retransmitTimer: TimerId = 0;
  #retransmitMs = 0;
  /** The one timer that ends the present state: B, D, M, or the wait after CANCEL. */
  #endTimer: TimerId = 0;
  #cancel: 'none' | 'wanted' | 'sent' = 'none';
  #cancelReason: string | undefined = undefined;
  #pendingFailure: TransportFailure | null = null;

  constructor(options: ClientMachineOptions, user: ClientTransactionUser) {
    this.#sink = options.sink;
    this.#user = user;
    this.branch = options.branch;
    this.flow = options.flow;
    this.request = options.request;
    this.#repeated = options.request;
  }

  /** Enters Calling: RFC 3261 §17.1.1.2. */
  start(): void {
    const { clock, timers } = this.#sink;
    this.#disarmAll();
    if (!this.flow.reliable) {
      this.#retransmitMs = timers.t1Ms;
      this.#retransmitTimer = clock.arm(timers.t1Ms, this, TIMER_A);
    }
    this.#endTimer = clock.arm(timers.timeoutMs, this, TIMER_B);
    if (this.#repeated !== null) this.#sink.transmit(this.#repeated, this.flow, this);
  }

  /** Starts over on another transport; nobody can have seen the first attempt. */
  restart(flow: Flow, request: SipRequest): void {
    this.flow = flow;
    this.request = request;
    this.#repeated = request;
    this.start();
  }

  /** Fails without having been sent, after the present turn. */
  failLater(failure: TransportFailure): void {
    this.#pendingFailure = failure;
    this.#endTimer = this.#sink.clock.arm(0, this, TIMER_FAILED);
  }

  receive(response: SipResponse): void {
    const status = response.status;
    switch (this.state) {
      case 'calling':
      case 'proceeding':
        if (status < 200) this.#proceed(response);
        else if (status < 300) this.#accept(response);
        else this.#complete(response);
        break;
      case 'completed':
        // RFC 3261 §17.1.1.2: each retransmitted final gets the ACK again, the user does not see it.
        if (status >= 300 && this.#repeated !== null) this.#sink.transmit(this.#repeated, this.flow, this);
        break;
      case 'accepted':
        // RFC 6026 §7.2: retransmitted 2xx and those of other forks pass up; anything else is dropped.
        if (status >= 200 && status < 300) this.#user.onResponse(response, this);
        break;
      case 'terminated':
        break;
    }
  }

  cancel(reasonHeader?: string): void {
    if (this.#cancel !== 'none' || (this.state !== 'calling' && this.state !== 'proceeding')) return;
    this.#cancelReason = reasonHeader;
    this.#cancel = 'wanted';
    // RFC 3261 §9.1: not before a provisional response has come.
    if (this.state === 'proceeding') this.#sendCancel();
  }

  release(): void {
    if (this.state === 'accepted') this.#terminate();
  }

  onTimer(kind: number): void {
    switch (kind) {
      case TIMER_A:
        this.#retransmitMs *= 2;
        this.#retransmitTimer = this.#sink.clock.arm(this.#retransmitMs, this, TIMER_A);
        if (this.#repeated !== null) this.#sink.transmit(this.#repeated, this.flow, this);
        break;
      case TIMER_B:
      case TIMER_CANCELLED:
        this.#endTimer = 0;
        this.#terminate();
        this.#sink.unanswered(this.flow);
        this.#user.onTimeout(this);
        break;
      case TIMER_FAILED:
        this.#endTimer = 0;
        if (this.#pendingFailure !== null) this.#fail(this.#pendingFailure);
        break;
      case TIMER_D:
      case TIMER_M:
        this.#endTimer = 0;
        this.#terminate();
        break;
    }
  }

  /** RFC 3261 §17.1.4, and RFC 6026 §7.2 for a failure once answered: only the ACK can have failed, and the answer stands. */
  onTransportFailure(failure: TransportFailure): void {
    if (this.state === 'terminated') return;
    if (this.state === 'calling' && this.#sink.fallBack(this, failure)) return;
    if (this.state === 'accepted') return;
    // Once a provisional has come the peer lives; what failed was a retransmission underway, or the connection: responses may
    // still come by a new one (RFC 3261 §18.2.2), but a caller should not wait for that.
    this.#fail(failure);
  }

  #proceed(response: SipResponse): void {
    if (this.state === 'calling') {
      this.state = 'proceeding';
      this.#disarmAll();
      this.#repeated = null;
      if (this.#cancel === 'wanted') this.#sendCancel();
    }
    this.#user.onResponse(response, this);
  }

  #accept(response: SipResponse): void {
    this.#disarmAll();
    this.state = 'accepted';
    this.#repeated = null;
    this.#endTimer = this.#sink.clock.arm(this.#sink.timers.timeoutMs, this, TIMER_M);
    this.#user.onResponse(response, this);
  }

  #complete(response: SipResponse): void {
    this.#disarmAll();
    this.state = 'completed';
    const ack = this.#sink.acknowledge(this, response);
    if (this.flow.reliable) {
      // Timer D is 0.
      this.#terminate();
    } else {
      this.#repeated = ack;
      this.#endTimer = this.#sink.clock.arm(this.#sink.timers.dMs, this, TIMER_D);
    }
    this.#user.onResponse(response, this);
  }

  #sendCancel(): void {
    this.#cancel = 'sent';
    this.#sink.sendCancel(this, this.#cancelReason);
    this.#endTimer = this.#sink.clock.arm(this.#sink.timers.timeoutMs, this, TIMER_CANCELLED);
  }

  #fail(failure: TransportFailure): void {
    const completed = this.state === 'completed';
    this.#terminate();
    // RFC 3261 §17.1.1.2: a lost ACK is told to nobody who could act; the final response was passed up already.
    if (!completed) this.#user.onTransportFailure(failure, this);
  }

  #terminate(): void {
    this.#disarmAll();
    this.state = 'terminated';
    this.#repeated = null;
    this.#sink.clientEnded(this);
  }

  #disarmAll(): void {
    this.#sink.clock.disarm(this.#retransmitTimer);
    this.#sink.clock.disarm(this.#endTimer);
    this.#retransmitTimer = 0;
    this.#endTimer = 0;
  }
}
