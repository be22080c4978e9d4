/**
 * The non-INVITE server transaction: RFC 3261 §17.2.2 (figure 8) under the rules of RFC 4320 §4: no provisional response but 100,
 * none of those before the client's timer E has reached T2 unless the transport is reliable, 100 by itself from then on, never 408,
 * and silence once the client has stopped waiting. What repeats the response until timer J is answered-server.ts.
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { Flow, TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import type { ServerMachineOptions, ServerSink } from './machine-sink.ts';
import { TIMER_TRYING, TIMER_UNANSWERED } from './timers.ts';
import type { ServerTransaction, ServerTransactionUser } from './transaction-port.ts';

export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';

export class NonInviteServer implements ServerTransaction, TimerOwner, SendOwner {
  readonly method: string;
  readonly branch: string;
  readonly key: string;
  readonly flow: Flow;
  readonly request: SipRequest;
  user: ServerTransactionUser | null = null;
  state: NonInviteServerState = 'trying';
  toTag: string | undefined = undefined;
  mergeKey = '';
  /** Where responses go: RFC 3261 §18.2.2, RFC 3581 §4. */
  responseFlow: Flow;
  readonly #sink: ServerSink;
  /** The last response sent, for retransmission. */
  #last: SipResponse | null = null;
  #tryingTimer: TimerId = 0;
  /** The client's patience. */
  #endTimer: TimerId = 0;

  constructor(options: ServerMachineOptions) {
    this.#sink = options.sink;
    this.branch = options.branch;
    this.key = options.key;
    this.flow = options.flow;
    this.request = options.request;
    this.responseFlow = options.responseFlow;
    this.method = options.request.method;
  }

  get isProceeding(): boolean {
    return this.state === 'trying' || this.state === 'proceeding';
  }

  /** The request has been handed up. */
  handedUp(): void {}

  /** Enters Trying; call before the request is handed up. */
  start(): void {
    const { clock, timers } = this.#sink;
    this.#tryingTimer = clock.arm(timers.nonInviteTryingMs, this, TIMER_TRYING);
    this.#endTimer = clock.arm(timers.timeoutMs, this, TIMER_UNANSWERED);
  }

  respond(response: SipResponse): void {
    if (!this.isProceeding) return;
    const status = response.status;
    // RFC 4320 §4.1 and §4.2: neither 1xx but 100, nor 408, ever; the client's own timer F says the latter.
    if (status === 408 || (status > 100 && status < 200)) return;
    if (status === 100) {
      // RFC 4320 §4.1: over an unreliable transport only once due; the timer sends it then.
      if (this.flow.reliable && this.state === 'trying') this.#sendTrying();
      return;
    }
    this.#complete(response);
  }

  /** No response to it is ever repeated unasked. */
  refuse(response: SipResponse): void {
    this.respond(response);
  }

  receiveRetransmission(): void {
    // In Trying there is nothing to say yet: RFC 3261 §17.2.2.
    if (this.#last !== null) this.#sink.transmitResponse(this.#last, this);
  }

  onTimer(kind: number): void {
    switch (kind) {
      case TIMER_TRYING:
        this.#tryingTimer = 0;
        this.#sendTrying();
        break;
      case TIMER_UNANSWERED:
        this.#terminate('timeout');
        break;
    }
  }

  /** RFC 3261 §17.2.2 would end the machine; it stays to absorb retransmissions, as RFC 6026 §8.7 has it for INVITE. */
  onTransportFailure(failure: TransportFailure): void {
    if (this.state !== 'terminated') this.user?.onTransportFailure?.(failure, this);
  }

  #sendTrying(): void {
    this.state = 'proceeding';
    this.#sink.clock.disarm(this.#tryingTimer);
    this.#tryingTimer = 0;
    this.#last = buildResponse(this.request, 100);
    this.#sink.transmitResponse(this.#last, this);
  }

  #complete(response: SipResponse): void {
    this.#disarmAll();
    this.state = 'completed';
    this.toTag = response.to.tag;
    this.#last = response;
    this.#sink.serverAnswered(this, response.status);
    this.#sink.transmitResponse(response, this);
    if (this.flow.reliable) this.#terminate('done');
    else this.#sink.serverSettled(this, response);
  }

  #terminate(why: 'timeout' | 'done'): void {
    this.#disarmAll();
    this.state = 'terminated';
    this.#last = null;
    this.#sink.serverEnded(this);
    this.user?.onTerminated?.(this, why);
  }

  #disarmAll(): void {
    this.#sink.clock.disarm(this.#tryingTimer);
    this.#sink.clock.disarm(this.#endTimer);
    this.#tryingTimer = 0;
    this.#endTimer = 0;
  }
}
