/** How late the control thread's event loop comes round (docs/adr/0009). */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface EventLoopDelay {
  /** Since the last reading with `reset`. */
  read(reset?: boolean): { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };
  stop(): void;
}

const nanosPerMs = 1e6;
const resolutionMs = 10;

export function watchEventLoopDelay(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // The histogram holds the whole time between two looks, the resolution included.
  const late = (nanos: number): number => Math.max(0, nanos / nanosPerMs - resolutionMs);
  return {
    read(reset = false) {
      const p50Ms = late(histogram.percentile(50));
      const p99Ms = late(histogram.percentile(99));
      const maxMs = late(histogram.max);
      if (reset) histogram.reset();
      return { p50Ms, p99Ms, maxMs };
    },
    stop: () => void histogram.disable(),
  };
}
