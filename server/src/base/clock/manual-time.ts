/** A TimeSource that stands still until told: for tests and simulations. */
import type { TimeSource } from './clock.ts';

export interface ManualTime extends TimeSource {
  /** Both clocks go on. */
  advance(byMs: number): void;
  /** Only the wall clock jumps, as when somebody sets it. */
  stepWall(byMs: number): void;
}

export function createManualTime(startUtcMs = Date.UTC(2026, 0, 1)): ManualTime {
  let ms = 1_000;
  let utcMs = startUtcMs;
  return {
    nowMs: () => ms,
    nowUtcMs: () => utcMs,
    advance(byMs) {
      ms += byMs;
      utcMs += byMs;
    },
    stepWall(byMs) {
      utcMs += byMs;
    },
  };
}
