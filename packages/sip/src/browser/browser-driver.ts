/**
 * The driver of a phone in a browser: works in turns as SipDriver does (inputs and due timers first, what they send at the end), on microtasks and one
 * `setTimeout`. Nothing is gathered, nothing is shed: one user makes no load.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import { TimerWheel } from '../clock/timer-wheel.ts';
import type { Flow, Target } from '../transport/flow.ts';
import type { SendOwner, TransportPort } from '../transport/transport-port.ts';

interface Outgoing {
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  readonly owner: SendOwner | null;
}

export class BrowserDriver implements TransportPort, Clock {
  readonly #wheel = new TimerWheel({ startMs: performance.now() });
  readonly #onError: (error: unknown) => void;
  #transport: TransportPort | null = null;
  #inputs: (() => void)[] = [];
  #outbox: Outgoing[] = [];
  #isAwake = false;
  #inTurn = false;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  connect(transport: TransportPort): void {
    this.#transport = transport;
  }

  post(task: () => void): void {
    if (this.#isClosed) return;
    this.#inputs.push(task);
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#inputs = [];
    this.#outbox = [];
  }

  /** Stands still within a turn. */
  nowMs(): number {
    return this.#inTurn ? this.#wheel.nowMs() : performance.now();
  }

  arm(afterMs: number, owner: TimerOwner, kind: number): TimerId {
    const id = this.#wheel.arm(afterMs + this.nowMs() - this.#wheel.nowMs(), owner, kind);
    if (!this.#inTurn) this.#setTimer();
    return id;
  }

  disarm(id: TimerId): void {
    this.#wheel.disarm(id);
  }

  flowTo(target: Target): Flow | undefined {
    return this.#transport?.flowTo(target);
  }

  isOpen(flow: Flow): boolean {
    return this.#transport?.isOpen(flow) === true;
  }

  send(bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void {
    if (this.#isClosed) return;
    this.#outbox.push({ bytes, flow, owner });
    if (!this.#inTurn) this.#wake();
  }

  #wake(): void {
    if (this.#isAwake || this.#inTurn || this.#isClosed) return;
    this.#isAwake = true;
    queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    this.#isAwake = false;
    if (this.#isClosed) return;
    this.#inTurn = true;
    this.#guarded(() => this.#wheel.advance(performance.now()));
    const inputs = this.#inputs;
    this.#inputs = [];
    for (const input of inputs) this.#guarded(input);
    const outgoing = this.#outbox;
    this.#outbox = [];
    this.#inTurn = false;
    for (const { bytes, flow, owner } of outgoing) this.#transport?.send(bytes, flow, owner);
    if (this.#inputs.length > 0) this.#wake();
    this.#setTimer();
  }

  /** A defect in one input is reported, the others still run. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#onError(error);
    }
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const dueMs = this.#wheel.nextDueMs();
    if (this.#isClosed || dueMs === Infinity) return;
    this.#timer = setTimeout(() => this.#turn(), Math.min(Math.max(0, dueMs - performance.now()), 0x7fff_ffff));
  }
}
