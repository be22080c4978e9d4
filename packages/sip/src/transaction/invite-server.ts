/**
 * The INVITE server transaction: RFC 3261 §17.2.1 (figure 7) as corrected by RFC 6026 §7.1 and §8.5-8.7 (figure 2): a 2xx leads to
 * Accepted, which absorbs retransmitted INVITEs for 64*T1, and a transport failure ends nothing.
 *
 * Leaves out: the schedule on which a 2xx is retransmitted. That is the dialog's (RFC 3261 §13.3.1.4), which calls `respond` again; and what absorbs
 * the INVITE in Accepted until timer L: answered-server.ts.
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { Flow, TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import type { ServerMachineOptions, ServerSink } from './machine-sink.ts';
import { TIMER_G, TIMER_H, TIMER_I, TIMER_TRYING } from './timers.ts';
import type { ServerTransaction, ServerTransactionUser } from './transaction-port.ts';

export type InviteServerState = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';

export class InviteServer implements ServerTransaction, TimerOwner, SendOwner {
  readonly method = 'INVITE';
  readonly branch: string;
  readonly key: string;
  readonly flow: Flow;
  readonly request: SipRequest;
  user: ServerTransactionUser | null = null;
  state: InviteServerState = 'proceeding';
  /** The To tag of the last response; an ACK or CANCEL of an RFC 2543 peer is matched by it (RFC 3261 §17.2.3). */
  toTag: string | undefined = undefined;
  /** Under which a merged request would find this one (RFC 3261 §8.2.2.2); empty once answered. */
  mergeKey = '';
  /** Where responses go: RFC 3261 §18.2.2, RFC 3581 §4. */
  responseFlow: Flow;
  readonly #sink: ServerSink;
  /** Its final response is not repeated by us. */
  #isOnce = false;
  /** The last response sent, for retransmission; null in Accepted, whose 2xx is the dialog's. */
  #last: SipResponse | null = null;
  /** G, or 100 Trying. */
  #sendTimer: TimerId = 0;
  #retransmitMs = 0;
  /** H or I. */
  #endTimer: TimerId = 0;

  constructor(options: ServerMachineOptions) {
    this.#sink = options.sink;
    this.branch = options.branch;
    this.key = options.key;
    this.flow = options.flow;
    this.request = options.request;
    this.responseFlow = options.responseFlow;
  }

  get isProceeding(): boolean {
    return this.state === 'proceeding';
  }

  /** Enters Proceeding; call before the request is handed up. */
  start(): void {
    const { clock, timers } = this.#sink;
    if (timers.tryingMs > 0) this.#sendTimer = clock.arm(timers.tryingMs, this, TIMER_TRYING);
  }

  /** The request has been handed up: with a `tryingMs` of 0, 100 goes out now unless the user has answered already. */
  handedUp(): void {
    if (this.#sink.timers.tryingMs === 0 && this.state === 'proceeding' && this.#last === null) this.#sendTrying();
  }

  respond(response: SipResponse): void {
    if (this.state === 'proceeding') this.#respondProceeding(response);
    // RFC 6026 §7.1: in Accepted the user may send its 2xx again (and, a proxy, those of other forks).
    else if (this.state === 'accepted' && response.status >= 200 && response.status < 300) {
      this.#sink.transmitResponse(response, this);
    }
  }

  refuse(response: SipResponse): void {
    this.#isOnce = this.#last === null;
    this.respond(response);
  }

  /** The INVITE again. */
  receiveRetransmission(): void {
    // There are some in Proceeding and Completed only.
    if (this.#last !== null) this.#sink.transmitResponse(this.#last, this);
  }

  /** True when the ACK was this transaction's; false: it belongs to the dialog of a 2xx. */
  receiveAck(ack: SipRequest): boolean {
    switch (this.state) {
      case 'completed':
        this.#confirm(ack);
        return true;
      default:
        return true;
    }
  }

  receiveCancel(cancel: SipRequest): void {
    if (this.state === 'proceeding') this.user?.onCancel?.(cancel, this);
  }

  onTimer(kind: number): void {
    switch (kind) {
      case TIMER_TRYING:
        this.#sendTimer = 0;
        this.#sendTrying();
        break;
      case TIMER_G:
        this.#retransmitFinal();
        break;
      case TIMER_H:
        this.#terminate('timeout');
        break;
      case TIMER_I:
        this.#terminate('acked');
        break;
    }
  }

  /** RFC 6026 §8.7: told to the user; the machine stays and is ended by its timers. */
  onTransportFailure(failure: TransportFailure): void {
    if (this.state === 'proceeding' || this.state === 'completed' || this.state === 'accepted') {
      this.user?.onTransportFailure?.(failure, this);
    }
  }

  #respondProceeding(response: SipResponse): void {
    const status = response.status;
    this.#disarmAll();
    if (response.to.tag !== undefined) this.toTag = response.to.tag;
    if (status < 200) this.#last = response;
    else {
      if (status < 300) this.#accept();
      else this.#complete(response);
      this.#sink.serverAnswered(this, status);
    }
    this.#sink.transmitResponse(response, this);
  }

  #accept(): void {
    this.state = 'accepted';
    this.#last = null;
    this.#sink.serverSettled(this, null);
  }

  #complete(response: SipResponse): void {
    const { clock, timers } = this.#sink;
    this.state = 'completed';
    this.#last = response;
    if (!this.flow.reliable && !this.#isOnce) {
      this.#retransmitMs = timers.t1Ms;
      this.#sendTimer = clock.arm(timers.t1Ms, this, TIMER_G);
    }
    this.#endTimer = clock.arm(timers.timeoutMs, this, TIMER_H);
  }

  #retransmitFinal(): void {
    const { clock, timers } = this.#sink;
    this.#retransmitMs = Math.min(this.#retransmitMs * 2, timers.t2Ms);
    this.#sendTimer = clock.arm(this.#retransmitMs, this, TIMER_G);
    if (this.#last !== null) this.#sink.transmitResponse(this.#last, this);
  }

  #confirm(ack: SipRequest): void {
    this.#disarmAll();
    this.#last = null;
    this.state = 'confirmed';
    this.user?.onAck?.(ack, this);
    if (this.flow.reliable) this.#terminate('acked');
    else this.#endTimer = this.#sink.clock.arm(this.#sink.timers.t4Ms, this, TIMER_I);
  }

  #sendTrying(): void {
    this.#last = buildResponse(this.request, 100);
    this.#sink.transmitResponse(this.#last, this);
  }

  #terminate(why: 'acked' | 'timeout'): void {
    this.#disarmAll();
    this.state = 'terminated';
    this.#last = null;
    this.#sink.serverEnded(this);
    this.user?.onTerminated?.(this, why);
  }

  #disarmAll(): void {
    this.#sink.clock.disarm(this.#sendTimer);
    this.#sink.clock.disarm(this.#endTimer);
    this.#sendTimer = 0;
    this.#endTimer = 0;
  }
}
