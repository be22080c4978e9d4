/**
 * The non-INVITE client transaction: RFC 3261 §17.1.2, figure 6. RFC 4320 leaves it as it is: a server that is late sends nothing,
 * so timer F is how its silence shows. What absorbs retransmissions in Completed until timer K: answered-client.ts.
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { Flow, Target, TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import type { ClientMachineOptions, ClientSink } from './machine-sink.ts';
import { TIMER_E, TIMER_F, TIMER_FAILED } from './timers.ts';
import type { ClientTransaction, ClientTransactionUser } from './transaction-port.ts';

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';

export class NonInviteClient implements ClientTransaction, TimerOwner, SendOwner {
  readonly method: string;
  readonly branch: string;
  flow: Flow;
  request: SipRequest;
  state: NonInviteClientState = 'trying';
  /** Where to go by UDP should TCP, taken for the request's size, not be had (RFC 3261 §18.1.1); null once tried. */
  fallbackTarget: Target | null = null;
  readonly #sink: ClientSink;
  /** Null once it has heard all there is. */
  #user: ClientTransactionUser | null;
  #retransmitTimer: TimerId = 0;
  #retransmitMs = 0;
  /** F. */
  #endTimer: TimerId = 0;
  #pendingFailure: TransportFailure | null = null;

  constructor(options: ClientMachineOptions, user: ClientTransactionUser) {
    this.#sink = options.sink;
    this.#user = user;
    this.branch = options.branch;
    this.flow = options.flow;
    this.request = options.request;
    this.method = options.request.method;
  }

  /** Enters Trying: RFC 3261 §17.1.2.2. */
  start(): void {
    const { clock, timers } = this.#sink;
    this.#disarmAll();
    if (!this.flow.reliable) {
      this.#retransmitMs = timers.t1Ms;
      this.#retransmitTimer = clock.arm(timers.t1Ms, this, TIMER_E);
    }
    this.#endTimer = clock.arm(timers.timeoutMs, this, TIMER_F);
    this.#sink.transmit(this.request, this.flow, this);
  }

  /** Starts over on another transport; nobody can have seen the first attempt. */
  restart(flow: Flow, request: SipRequest): void {
    this.flow = flow;
    this.request = request;
    this.start();
  }

  /** Fails without having been sent, after the present turn. */
  failLater(failure: TransportFailure): void {
    this.#pendingFailure = failure;
    this.#endTimer = this.#sink.clock.arm(0, this, TIMER_FAILED);
  }

  receive(response: SipResponse): void {
    switch (this.state) {
      case 'trying':
      case 'proceeding':
        if (response.status < 200) {
          this.state = 'proceeding';
          this.#user?.onResponse(response, this);
        } else this.#complete(response);
        break;
      case 'completed':
      case 'terminated':
        break;
    }
  }

  /** RFC 3261 §9.1: only an INVITE is cancelled. */
  cancel(): void {}

  /** It has let go of its user by itself. */
  release(): void {}

  onTimer(kind: number): void {
    switch (kind) {
      case TIMER_E:
        this.#retransmit();
        break;
      case TIMER_F:
        this.#endTimer = 0;
        this.#terminate();
        this.#sink.unanswered(this.flow);
        this.#user?.onTimeout(this);
        break;
      case TIMER_FAILED:
        this.#endTimer = 0;
        if (this.#pendingFailure !== null) this.#fail(this.#pendingFailure);
        break;
    }
  }

  onTransportFailure(failure: TransportFailure): void {
    if (this.state === 'trying' && this.#sink.fallBack(this, failure)) return;
    if (this.state === 'trying' || this.state === 'proceeding') this.#fail(failure);
  }

  /** RFC 3261 §17.1.2.2: doubling up to T2 in Trying, every T2 in Proceeding. */
  #retransmit(): void {
    const { clock, timers } = this.#sink;
    this.#retransmitMs = this.state === 'proceeding' ? timers.t2Ms : Math.min(this.#retransmitMs * 2, timers.t2Ms);
    this.#retransmitTimer = clock.arm(this.#retransmitMs, this, TIMER_E);
    this.#sink.transmit(this.request, this.flow, this);
  }

  #complete(response: SipResponse): void {
    this.#disarmAll();
    if (this.flow.reliable) this.#terminate();
    else {
      this.state = 'completed';
      this.#sink.clientSettled(this);
    }
    const user = this.#user;
    this.#user = null;
    user?.onResponse(response, this);
  }

  #fail(failure: TransportFailure): void {
    this.#terminate();
    this.#user?.onTransportFailure(failure, this);
  }

  #terminate(): void {
    this.#disarmAll();
    this.state = 'terminated';
    this.#sink.clientEnded(this);
  }

  #disarmAll(): void {
    this.#sink.clock.disarm(this.#retransmitTimer);
    this.#sink.clock.disarm(this.#endTimer);
    this.#retransmitTimer = 0;
    this.#endTimer = 0;
  }
}
