/**
 * Monotonic milliseconds with the same zero in all threads of the process: `performance.now()` has one zero per worker, hrtime has one for all; the first
 * is cheap, the second allocates. So the difference is taken once.
 */
const differenceMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

export function monotonicMs(): number {
  return performance.now() + differenceMs;
}
