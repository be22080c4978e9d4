/** Starts the packet threads and their clock. */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { ClockWorkerInput } from '../io/dgram-clock.ts';
import type { Sounds } from '../thread/sounds.ts';
import type { ThreadCommand, ThreadEvent, ThreadLink } from '../thread/thread-message.ts';
import { batchedPost } from './batched-post.ts';
import type { PacketWorkerInput } from './packet-worker.ts';

export interface PacketWorkersOptions {
  readonly memory: SharedArrayBuffer;
  readonly sounds: Sounds;
  readonly count: number;
  /** A thread has died: its calls are gone, and the process had better end. */
  onDeath(error: Error): void;
}

export interface PacketWorkers {
  readonly links: readonly ThreadLink[];
  stop(): Promise<void>;
}

export function startPacketWorkers(options: PacketWorkersOptions): PacketWorkers {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const channels = Array.from({ length: options.count }, () => new MessageChannel());
  let stopping = false;
  const watch = (worker: Worker): Worker => {
    worker.on('error', options.onDeath);
    worker.on('exit', (code) => {
      if (!stopping) options.onDeath(new PacketWorkerEndedError(code));
    });
    return worker;
  };
  const workers = channels.map(({ port1 }, index) => {
    const workerData: PacketWorkerInput = { memory: options.memory, sounds: options.sounds, index, clock: port1 };
    return watch(new Worker(beside('packet-worker'), { workerData, transferList: [port1] }));
  });
  const ports = channels.map(({ port2 }) => port2);
  const clockInput: ClockWorkerInput = { ports, stop };
  const clock = watch(new Worker(beside('../io/dgram-clock'), { workerData: clockInput, transferList: ports }));
  return {
    links: workers.map(linkTo),
    async stop() {
      stopping = true;
      Atomics.store(stop, 0, 1);
      Atomics.notify(stop, 0);
      await Promise.all([...workers, clock].map((worker) => worker.terminate()));
    },
  };
}

export class PacketWorkerEndedError extends Error {
  readonly code = 'packet_worker_ended';
  constructor(exitCode: number) {
    super(`a packet thread ended with ${exitCode}`);
    this.name = 'PacketWorkerEndedError';
  }
}

function linkTo(worker: Worker): ThreadLink {
  return {
    post: batchedPost<ThreadCommand>((batch) => worker.postMessage(batch)),
    listen: (onEvent) =>
      worker.on('message', (batch: readonly ThreadEvent[]) => {
        for (const event of batch) onEvent(event);
      }),
  };
}

/** A module beside this one, as source or as built. */
function beside(module: string): URL {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`./${module}${extension}`, import.meta.url);
}
