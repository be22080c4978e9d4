/** Starts the packet threads and their clock. */
import { writeSync } from 'node:fs';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { BlockingKind } from '../io/blocking-io.ts';
import type { ClockWorkerInput } from '../io/dgram-clock.ts';
import { CommandRing } from '../thread/command-ring.ts';
import type { Sounds } from '../thread/sounds.ts';
import type { ThreadCommand, ThreadEvent, ThreadLink } from '../thread/thread-message.ts';
import { batchedPost } from './batched-post.ts';
import type { BlockingPacketWorkerInput, WorkerReady } from './blocking-packet-worker.ts';
import type { IoKind } from './io-kind.ts';
import type { PacketWorkerInput } from './packet-worker.ts';

export interface PacketWorkersOptions {
  readonly memory: SharedArrayBuffer;
  readonly sounds: Sounds;
  readonly count: number;
  readonly kind: IoKind;
  /** Of one thread. */
  readonly maxSockets: number;
  readonly gatherUs: number;
  /** A thread has died: its calls are gone, and the process had better end. */
  onDeath(error: Error): void;
}

export interface PacketWorkers {
  readonly links: readonly ThreadLink[];
  stop(): Promise<void>;
}

export function startPacketWorkers(options: PacketWorkersOptions): PacketWorkers {
  return options.kind === 'dgram' ? startDgramWorkers(options) : startBlockingWorkers(options, options.kind);
}

function startBlockingWorkers(options: PacketWorkersOptions, kind: BlockingKind): PacketWorkers {
  const { memory, sounds, maxSockets, gatherUs, onDeath } = options;
  let stopping = false;
  const started = Array.from({ length: options.count }, (_, index) => {
    const { port1, port2 } = new MessageChannel();
    const ring = CommandRing.create();
    const commands = ring.memory;
    const port = port1;
    const workerData: BlockingPacketWorkerInput = { memory, commands, sounds, index, kind, maxSockets, gatherUs, port };
    const execArgv = [...workerFlags(), '--disable-warning=ExperimentalWarning'];
    const worker = new Worker(beside('blocking-packet-worker'), { workerData, transferList: [port1], execArgv });
    worker.on('error', onDeath);
    worker.on('exit', (code) => {
      if (!stopping) onDeath(new PacketWorkerEndedError(code));
    });
    return { worker, port: port2, link: linkToBlocked(port2, ring) };
  });
  return {
    links: started.map(({ link }) => link),
    async stop() {
      stopping = true;
      await Promise.all(started.map(({ worker }) => worker.terminate()));
      for (const { port } of started) port.close();
    },
  };
}

const one = new Uint8Array(new BigUint64Array([1n]).buffer);

/** While its ring is full, how often it is looked into. */
const fullRetryMs = 5;

/**
 * A thread that sleeps in its I/O. It finds what is asked of it with the next packet or tick; only for what somebody waits for its eventfd is written to, which
 * costs more than the command.
 */
function linkToBlocked(port: MessagePort, ring: CommandRing): ThreadLink {
  let wakeDescriptor = -1;
  const wake = (): void => {
    if (wakeDescriptor >= 0) writeSync(wakeDescriptor, one);
  };
  let isFull = false;
  const empty = (): void => {
    wake();
    isFull = !ring.pushWaiting();
    if (isFull) setTimeout(empty, fullRetryMs);
  };
  return {
    post(command) {
      const isPushed = ring.push(command);
      if (!isPushed && !isFull) empty();
      else if (command.type === 'open' || command.type === 'shut') wake();
    },
    listen: (onEvent) =>
      port.on('message', (message: WorkerReady | readonly ThreadEvent[]) => {
        if ('wakeDescriptor' in message) {
          wakeDescriptor = message.wakeDescriptor;
          wake();
        } else for (const event of message) onEvent(event);
      }),
  };
}

function startDgramWorkers(options: PacketWorkersOptions): PacketWorkers {
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

/** A worker refuses the flags of V8 and of the process, which somebody may have given to `ringdown`. */
function workerFlags(): string[] {
  return process.execArgv.filter((flag) => flag.startsWith('--conditions=') || flag.startsWith('--import='));
}

/** A module beside this one, as source or as built. */
function beside(module: string): URL {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`./${module}${extension}`, import.meta.url);
}
