/** The machine's own clocks as a TimeSource. */
import { performance } from 'node:perf_hooks';
import type { TimeSource } from './clock.ts';

export function createSystemTime(): TimeSource {
  return { nowMs: () => performance.now(), nowUtcMs: () => Date.now() };
}
