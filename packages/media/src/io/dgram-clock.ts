/**
 * The clock thread for `node:dgram`: sleeps in `Atomics.wait` until the next 20 ms are over and pokes each packet thread. A timer of the event loop would
 * drift and lose ticks under load; a wait in a thread that does nothing else does not. Runs as a worker.
 *
 * workerData: the ports to poke, and a word of shared memory that ends the thread when it becomes 1.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import { monotonicMs } from './monotonic.ts';
import { tickMs } from './packet-io.ts';

export interface ClockWorkerInput {
  readonly ports: readonly MessagePort[];
  readonly stop: Int32Array;
}

const { ports, stop } = workerData as ClockWorkerInput;
let due = monotonicMs() + tickMs;
while (Atomics.wait(stop, 0, 0, Math.max(0, due - monotonicMs())) === 'timed-out') {
  for (const port of ports) port.postMessage(0);
  due += tickMs;
  // After a stall of the machine: the packet threads count by the clock themselves, one poke is enough.
  if (due < monotonicMs()) due = monotonicMs() + tickMs;
}
