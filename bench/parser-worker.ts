/**
 * One parser in an isolate of its own, so that none profits or suffers from what the others left in the engine: says which fields it
 * reads of each message, and then, when asked, how long a message takes it.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type ForwardName, forwards } from './parser-forward.ts';
import { invite, mixture } from './parser-messages.ts';
import { type ParserName, parsers, RoutingFields } from './parser-peers.ts';

export type Task =
  | { readonly parser: ParserName; readonly load: 'mixture' | 'invite' }
  | { readonly forward: ForwardName };

export interface Timed {
  /** What the parser read of each message, as JSON: all parsers must say the same. */
  readonly fields: readonly string[];
  readonly nanosPerMessage: number;
}

/** Measured for so long, after half as long to warm up. */
export function timeParser(task: Task, seconds: number): Promise<Timed> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { task, seconds } });
  return new Promise((done, failed) => {
    worker.once('message', done);
    worker.once('error', failed);
  });
}

const batch = 120;

function nanosPer(run: () => void, messages: number, seconds: number): number {
  const startMs = performance.now();
  let batches = 0;
  while (performance.now() - startMs < seconds * 1_000) {
    for (let i = 0; i < batch; i += 1) run();
    batches += 1;
  }
  return ((performance.now() - startMs) * 1e6) / (batches * batch * messages);
}

function measure(task: Task, seconds: number): Timed {
  if ('forward' in task) {
    const run = forwards[task.forward];
    nanosPer(run, 1, seconds / 2);
    return { fields: [], nanosPerMessage: nanosPer(run, 1, seconds) };
  }
  const read = parsers[task.parser]();
  const datagrams = (task.load === 'invite' ? [invite] : mixture).map((text) => Buffer.from(text));
  const fields = datagrams.map((datagram) => {
    const found = new RoutingFields();
    read(datagram, found);
    return JSON.stringify(found);
  });
  const filled = new RoutingFields();
  const run = (): void => {
    for (const datagram of datagrams) read(datagram, filled);
  };
  nanosPer(run, datagrams.length, seconds / 2);
  return { fields, nanosPerMessage: nanosPer(run, datagrams.length, seconds) };
}

if (!isMainThread) {
  const { task, seconds } = workerData as { task?: Task; seconds: number };
  if (task !== undefined) parentPort?.postMessage(measure(task, seconds));
}
