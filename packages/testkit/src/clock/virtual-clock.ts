/**
 * Time for tests: stands still until `advance`, then runs every timer at exactly its due time, in order of due time and of arming.
 * Exact where the production wheel is coarse, so that schedules can be asserted to the millisecond.
 */
import type { Clock, TimerId, TimerOwner } from '@ringdown/sip';

interface VirtualTimer {
  readonly id: TimerId;
  readonly dueMs: number;
  readonly owner: TimerOwner;
  readonly kind: number;
}

export interface VirtualClockOptions {
  /** Monotonic start. Default 0. */
  readonly startMs?: number;
  /** Wall-clock time at the start. Default 2026-01-01T00:00:00Z. */
  readonly startUtcMs?: number;
}

/** Thrown when timers keep arming timers of 0 ms: time would never go on. */
export class RunawayTimersError extends Error {
  readonly code = 'runaway_timers';
  constructor(atMs: number) {
    super(`more than 1,000,000 timers fired in one advance, at ${atMs} ms`);
    this.name = 'RunawayTimersError';
  }
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #utcOffsetMs: number;
  #lastId = 0;
  /** Sorted by due time, then by arming. */
  readonly #timers: VirtualTimer[] = [];

  constructor(options: VirtualClockOptions = {}) {
    this.#nowMs = options.startMs ?? 0;
    this.#utcOffsetMs = (options.startUtcMs ?? Date.UTC(2026, 0, 1)) - this.#nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Wall-clock time: goes along with the monotonic time, except for steps. */
  utcMs(): number {
    return this.#nowMs + this.#utcOffsetMs;
  }

  /** Somebody sets the wall clock; monotonic time and timers do not notice. */
  stepUtc(byMs: number): void {
    this.#utcOffsetMs += byMs;
  }

  get armedCount(): number {
    return this.#timers.length;
  }

  arm(afterMs: number, owner: TimerOwner, kind: number): TimerId {
    const dueMs = this.#nowMs + Math.max(0, afterMs);
    const id = ++this.#lastId;
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle] as VirtualTimer).dueMs <= dueMs) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, { id, dueMs, owner, kind });
    return id;
  }

  disarm(id: TimerId): void {
    if (id === 0) return;
    const at = this.#timers.findIndex((timer) => timer.id === id);
    if (at >= 0) this.#timers.splice(at, 1);
  }

  /** When the next timer is due, or Infinity. */
  nextDueMs(): number {
    return this.#timers[0]?.dueMs ?? Infinity;
  }

  /** Lets `byMs` pass and runs what falls due. Timers of 0 ms armed now run even in `advance(0)`. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (let fired = 0; this.nextDueMs() <= endMs; fired++) {
      if (fired > 1_000_000) throw new RunawayTimersError(this.#nowMs);
      this.#fireNext();
    }
    this.#nowMs = endMs;
  }

  /** Advances until `done` holds; returns whether it did within `limitMs`. */
  advanceUntil(done: () => boolean, limitMs = 3_600_000): boolean {
    const endMs = this.#nowMs + limitMs;
    while (!done()) {
      if (this.nextDueMs() > endMs) {
        this.#nowMs = endMs;
        return done();
      }
      this.#fireNext();
    }
    return true;
  }

  #fireNext(): void {
    const timer = this.#timers.shift();
    if (timer === undefined) return;
    if (timer.dueMs > this.#nowMs) this.#nowMs = timer.dueMs;
    timer.owner.onTimer(timer.kind);
  }
}
