/**
 * Time for everything above the protocol core: monotonic milliseconds for durations and timers, UTC milliseconds for
 * records. A stored deadline is UTC; a deadline in memory is monotonic, so that a step of the wall clock ends nothing.
 * Timers are not here: the protocol core's Clock has them, and this clock can be made from it.
 */

/** The half that the protocol core's Clock already has. */
export interface MonotonicClock {
  /** Monotonic milliseconds; never goes back, has no relation to the wall clock. */
  nowMs(): number;
}

export interface TimeSource extends MonotonicClock {
  /** Milliseconds since 1970 in UTC; may step either way when the system's clock is set. */
  nowUtcMs(): number;
}

/** A time source over a clock that exists (the protocol core's, a virtual one) and a wall clock. */
export function createTimeSource(monotonic: MonotonicClock, nowUtcMs: () => number): TimeSource {
  return { nowMs: () => monotonic.nowMs(), nowUtcMs };
}

/** The UTC deadline to store for one that is due `deadlineMs` on the monotonic clock. */
export function toUtcDeadline(time: TimeSource, deadlineMs: number): number {
  return time.nowUtcMs() + (deadlineMs - time.nowMs());
}

/** The monotonic deadline for a stored UTC one, no further away than `atMostMs` (a clock set back must not prolong). */
export function fromUtcDeadline(time: TimeSource, utcDeadlineMs: number, atMostMs: number): number {
  const leftMs = Math.min(utcDeadlineMs - time.nowUtcMs(), atMostMs);
  return time.nowMs() + leftMs;
}
