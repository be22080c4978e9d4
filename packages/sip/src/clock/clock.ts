/**
 * Time as an argument. Every protocol machine takes a Clock; nothing in this package reads the system's.
 *
 * A machine arms a timer with itself as the owner and a small number that says which of its timers it is
 * (a `const` of the machine's file, such as TIMER_B), so that no closure is made per timer.
 */

/** Names one armed timer. 0 is never a valid id: a machine may keep 0 for "not armed". */
export type TimerId = number;

/** What the clock calls when a timer is due. */
export interface TimerOwner {
  /** @param kind the number that was given to {@link Clock.arm}. */
  onTimer(kind: number): void;
}

/** Monotonic time and timers. */
export interface Clock {
  /** Monotonic milliseconds; never goes back, has no relation to the wall clock. */
  nowMs(): number;
  /** Calls `owner.onTimer(kind)` once, no earlier than `afterMs` from now, unless disarmed before. */
  arm(afterMs: number, owner: TimerOwner, kind: number): TimerId;
  /** Disarms; harmless for 0, an id that has fired or was disarmed before. */
  disarm(id: TimerId): void;
}
