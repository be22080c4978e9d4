/**
 * The one driver of a thread. Works in turns: takes the inputs that have arrived (messages, connections, failures, posted tasks, due
 * timers), runs the machines on them, collects everything they want to send, lets `beforeSend` write down what must survive, and only
 * then sends. What a peer has seen was recorded before.
 *
 * Also owns the timer wheel, and drives it with one real timer.
 */
import { performance } from 'node:perf_hooks';
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import { TimerWheel } from '../clock/timer-wheel.ts';
import type { ParseFailure } from '../message/parse-failure.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { InputQueue } from '../overload/input-queue.ts';
import type { OverloadControl } from '../overload/overload-control.ts';
import { beginsSomething } from '../overload/sheddable.ts';
import type { Flow, Target, TransportFailure } from '../transport/flow.ts';
import type { SendOwner, TransportPort } from '../transport/transport-port.ts';
import { Gathering } from './gathering.ts';
import type { TransportEvents } from './transport-events.ts';
import { TappedSend, type WireTap } from './wire-tap.ts';

export interface OutgoingMessage {
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  readonly owner: SendOwner | null;
}

export interface Turn {
  readonly number: number;
  /** Monotonic; the same for all of the turn. */
  readonly nowMs: number;
  /** What will be sent once the hook has returned. */
  readonly outgoing: readonly OutgoingMessage[];
}

export interface SipDriverOptions {
  /**
   * Runs at the end of each turn that changed anything, before its messages go out. When it throws, they do not go out: their owners are
   * told, the peers will repeat.
   */
  readonly beforeSend?: (turn: Turn) => void;
  /** An exception out of a machine or the hook: a defect. The turn goes on with the next input. */
  readonly onError: (error: unknown) => void;
  /** Sees what is sent, and what could not be. */
  readonly tap?: WireTap;
  /** Resolution of the timer wheel. Default 5 ms. */
  readonly tickMs?: number;
  /** A flood is cut into turns of so many inputs. Default 500. */
  readonly inputsPerTurn?: number;
  /** Under load the thread sleeps, so that a turn begins at most so often: see gathering.ts. Default 0: it never sleeps. */
  readonly gatherMs?: number;
  /** Is told how long inputs wait. With it, datagrams that begin something are dropped, and streams not read, while the queue is full. */
  readonly overload?: OverloadControl;
}

/** Where arrivals go: the transaction layer, and whoever keeps book of flows. */
export interface DriverReceiver {
  onBytes(bytes: Uint8Array, flow: Flow): void;
  onMessage(message: SipRequest | SipResponse, flow: Flow): void;
  onMalformed(failure: ParseFailure, flow: Flow, bytes: Uint8Array): void;
  onFlowOpened?(flow: Flow): void;
  onFlowClosed?(flow: Flow, failure: TransportFailure): void;
}

export interface DriverCounts {
  readonly turns: number;
  readonly inputs: number;
  readonly sent: number;
  /** Datagrams dropped because even to refuse them would have been too much. */
  readonly dropped: number;
  /** The longest turn since the last reading. */
  readonly longestTurnMs: number;
}

type Input = () => void;

/** After a turn that took so long, what came meanwhile is fetched at once: the kernel's queue drops without looking. */
const longTurnMs = 2;

/** Nobody notifies this. */
const never = new Int32Array(new SharedArrayBuffer(4));

/** Thrown when the driver is used before `connect`. */
export class DriverNotConnectedError extends Error {
  readonly code = 'sip_driver_not_connected';
  constructor() {
    super('the driver has no transport yet');
    this.name = 'DriverNotConnectedError';
  }
}

export class SipDriver implements TransportPort, TransportEvents {
  readonly #wheel: TimerWheel;
  /** Time for the machines: stands still within a turn. */
  readonly clock: Clock;
  /** Time for the sockets, whose callbacks run between turns. */
  readonly liveClock: Clock;
  readonly #options: SipDriverOptions;
  readonly #inputsPerTurn: number;
  readonly #gathering: Gathering;
  #hasGathered = false;
  #transport: TransportPort | null = null;
  #receiver: DriverReceiver | null = null;
  readonly #queue = new InputQueue<Input>({ nowMs: () => performance.now() });
  readonly #overload: OverloadControl | null;
  #outbox: OutgoingMessage[] = [];
  #immediate: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerAtMs = Infinity;
  #inTurn = false;
  /** What timers and inputs of the turn under way have posted; null while none of them runs. */
  #continued: Input[] | null = null;
  #closed = false;
  #held = false;
  #turns = 0;
  #inputCount = 0;
  #sent = 0;
  #dropped = 0;
  #longestTurnMs = 0;
  #lastTurnMs = 0;
  #lastTookMs = 0;
  #gatheredMs = 0;
  #isReadingPaused = false;

  constructor(options: SipDriverOptions) {
    this.#options = options;
    this.#inputsPerTurn = options.inputsPerTurn ?? 500;
    this.#gathering = new Gathering(options.gatherMs ?? 0);
    this.#overload = options.overload ?? null;
    this.#wheel = new TimerWheel({ startMs: performance.now(), tickMs: options.tickMs ?? 5 });
    this.clock = this.#wheel;
    this.liveClock = {
      nowMs: () => performance.now(),
      arm: (afterMs: number, owner: TimerOwner, kind: number): TimerId => {
        const id = this.#wheel.arm(afterMs + performance.now() - this.#wheel.nowMs(), owner, kind);
        this.#setTimer();
        return id;
      },
      disarm: (id: TimerId) => this.#wheel.disarm(id),
    };
  }

  /** Joins the driver with the sockets below and the machines above. */
  connect(transport: TransportPort, receiver: DriverReceiver): void {
    this.#transport = transport;
    this.#receiver = receiver;
  }

  /** No turn runs until `release`; what arrives meanwhile waits in order. For a start that has something to finish first. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#queue.restamp();
    this.#wake();
  }

  /**
   * Runs something as an input of the next turn: a command from REST, an event of the media engine. What an input itself posts, so as not to run within
   * another machine's call, follows in the same turn.
   */
  post(task: () => void): void {
    if (this.#closed) return;
    if (this.#continued !== null) {
      this.#continued.push(task);
      return;
    }
    this.#queue.push(task);
    this.#wake();
  }

  /** The same, before all inputs that wait. */
  first(task: () => void): void {
    if (this.#closed) return;
    this.#queue.unshift(task);
    this.#wake();
  }

  /** Counters since the start; reading resets the longest turn. */
  readCounts(): DriverCounts {
    const counts = {
      turns: this.#turns,
      inputs: this.#inputCount,
      sent: this.#sent,
      dropped: this.#dropped,
      longestTurnMs: this.#longestTurnMs,
    };
    this.#longestTurnMs = 0;
    return counts;
  }

  /** No turn runs after this; sockets are the transport's to close. */
  close(): void {
    this.#closed = true;
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#queue.clear();
    if (this.#continued !== null) this.#continued.length = 0;
    this.#outbox = [];
  }

  flowTo(target: Target): Flow | undefined {
    return this.#below().flowTo(target);
  }

  isOpen(flow: Flow): boolean {
    return this.#below().isOpen(flow);
  }

  unanswered(flow: Flow, forMs: number): void {
    this.#below().unanswered?.(flow, forMs);
  }

  /** Queued until the end of the turn; outside a turn, until the end of the next. */
  send(bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void {
    if (this.#closed) return;
    this.#outbox.push({ bytes, flow, owner });
    if (!this.#inTurn) this.#wake();
  }

  onBytes(bytes: Uint8Array, flow: Flow): void {
    if (this.#overload !== null && this.#queue.isFull(this.#lastTurnMs) && beginsSomething(bytes)) {
      this.#dropped++;
      return;
    }
    this.post(() => this.#receiver?.onBytes(bytes, flow));
  }

  onMessage(message: SipRequest | SipResponse, flow: Flow): void {
    this.post(() => this.#receiver?.onMessage(message, flow));
  }

  onMalformed(failure: ParseFailure, flow: Flow, bytes: Uint8Array): void {
    this.post(() => this.#receiver?.onMalformed(failure, flow, bytes));
  }

  onSendFailed(owner: SendOwner, failure: TransportFailure, flow: Flow): void {
    this.post(() => owner.onTransportFailure(failure, flow));
  }

  onFlowOpened(flow: Flow): void {
    this.post(() => this.#receiver?.onFlowOpened?.(flow));
  }

  onFlowClosed(flow: Flow, failure: TransportFailure): void {
    this.post(() => this.#receiver?.onFlowClosed?.(flow, failure));
  }

  #below(): TransportPort {
    if (this.#transport === null) throw new DriverNotConnectedError();
    return this.#transport;
  }

  /** All that the event loop finds readable in one round becomes one turn. */
  #wake(): void {
    if (this.#immediate === null && !this.#inTurn && !this.#closed) this.#immediate = setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#immediate = null;
    if (this.#closed || this.#held || this.#gathers()) return;
    const startMs = performance.now();
    this.#gathering.turnBegan(startMs);
    this.#observe(startMs);
    this.#inTurn = true;
    this.#turns++;
    this.#continued = [];
    this.#runTimers(startMs);
    this.#runInputs();
    this.#finish();
    this.#inTurn = false;
    const tookMs = performance.now() - startMs;
    this.#lastTookMs = tookMs;
    if (tookMs > this.#longestTurnMs) this.#longestTurnMs = tookMs;
    if (this.#queue.length > 0 || this.#outbox.length > 0) this.#wake();
    this.#setTimer();
  }

  /** Sleeps, and lets the event loop fetch what has come meanwhile; the turn is put off until then. */
  #gathers(): boolean {
    const waitMs = this.#hasGathered ? 0 : this.#gathering.waitMs(performance.now());
    this.#hasGathered = waitMs > 0;
    if (waitMs <= 0) {
      if (this.#lastTookMs > longTurnMs) this.#transport?.drain?.();
      return false;
    }
    Atomics.wait(never, 0, 0, waitMs);
    this.#gatheredMs += waitMs;
    this.#transport?.drain?.();
    this.#wake();
    return true;
  }

  /** Before the inputs of a turn: how long they have waited, and whether streams are to be read on. */
  #observe(nowMs: number): void {
    this.#lastTurnMs = nowMs;
    if (this.#overload === null) return;
    // What was fetched just now may have come as soon as the last turn had begun.
    const waitedMs = this.#queue.length === 0 ? 0 : Math.max(this.#queue.waitedMs(nowMs), this.#lastTookMs);
    this.#overload.turnBegan(nowMs, waitedMs, () => this.#idleMs());
    const isFull = this.#queue.isFull(nowMs);
    if (isFull === this.#isReadingPaused) return;
    this.#isReadingPaused = isFull;
    this.#transport?.pauseReading?.(isFull);
  }

  /** The event loop's waiting for something to happen, and our own; NaN where nothing waits out of our sight. */
  #idleMs(): number {
    if (this.#transport?.seesQueue?.() === true) return Number.NaN;
    return performance.eventLoopUtilization().idle + this.#gatheredMs;
  }

  #runTimers(nowMs: number): void {
    for (;;) {
      try {
        this.#wheel.advance(nowMs);
        return;
      } catch (error) {
        // The timer that threw has gone; the rest of them still run.
        this.#options.onError(error);
      }
    }
  }

  #runInputs(): void {
    // What comes from outside meanwhile belongs to the next turn.
    const inputs = this.#queue.take(this.#inputsPerTurn);
    const posted = this.#continued ?? [];
    for (const input of inputs) this.#run(input);
    let done = 0;
    // Who posts without end gets as many again, and goes on in the next turn.
    for (; done < posted.length && done < this.#inputsPerTurn; done++) this.#run(posted[done] as Input);
    this.#continued = null;
    this.#inputCount += inputs.length + done;
    for (; done < posted.length; done++) this.#queue.push(posted[done] as Input);
  }

  #run(input: Input): void {
    try {
      input();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #finish(): void {
    const outgoing = this.#outbox;
    this.#outbox = [];
    try {
      this.#options.beforeSend?.({ number: this.#turns, nowMs: this.#wheel.nowMs(), outgoing });
    } catch (error) {
      this.#options.onError(error);
      this.#refuse(outgoing);
      return;
    }
    const transport = this.#below();
    this.#sent += outgoing.length;
    const { tap } = this.#options;
    for (const { bytes, flow, owner } of outgoing) {
      tap?.sent(bytes, flow);
      const told = tap === undefined || owner === null ? owner : new TappedSend(tap, bytes, owner);
      transport.send(bytes, flow, told);
    }
  }

  #refuse(outgoing: readonly OutgoingMessage[]): void {
    const failure: TransportFailure = { code: 'io', detail: 'the turn could not be recorded, so nothing was sent' };
    for (const { flow, owner } of outgoing) if (owner !== null) this.onSendFailed(owner, failure, flow);
  }

  /** One timer for all: moved only when something is due earlier than it. */
  #setTimer(): void {
    if (this.#closed || this.#inTurn) return;
    const dueMs = this.#wheel.nextDueMs();
    if (dueMs >= this.#timerAtMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = dueMs;
    const afterMs = Math.min(Math.max(1, Math.ceil(dueMs - performance.now())), 0x7fff_ffff);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#timerAtMs = Infinity;
      this.#wake();
    }, afterMs);
  }
}
