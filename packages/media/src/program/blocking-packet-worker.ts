/**
 * A packet thread as a worker over I/O by `node:ffi`: it blocks for good. Commands stand in a ring, which it looks into before packets and ticks and when the
 * eventfd wakes it; what it says is posted after a batch, or with the next tick where nobody waits for it.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import type { BlockingKind } from '../io/blocking-io.ts';
import { createBlockingIo } from '../io/ffi/create-blocking-io.ts';
import { tickMs } from '../io/packet-io.ts';
import { Region } from '../region/layout.ts';
import { CommandRing } from '../thread/command-ring.ts';
import { PacketThread } from '../thread/packet-thread.ts';
import type { Sounds } from '../thread/sounds.ts';
import type { ThreadCommand, ThreadEvent } from '../thread/thread-message.ts';

export interface BlockingPacketWorkerInput {
  readonly memory: SharedArrayBuffer;
  /** A {@link CommandRing}. */
  readonly commands: SharedArrayBuffer;
  readonly sounds: Sounds;
  readonly index: number;
  readonly kind: BlockingKind;
  readonly maxSockets: number;
  readonly gatherUs: number;
  readonly port: MessagePort;
}

/** The first message: where to write to wake the thread. */
export interface WorkerReady {
  readonly wakeDescriptor: number;
}

const input = workerData as BlockingPacketWorkerInput;
const { port, index, kind, maxSockets, gatherUs } = input;
const commands = new CommandRing(input.commands);
const io = createBlockingIo(kind, { maxSockets, gatherUs });
let told: ThreadEvent[] = [];
let isAwaited = false;
let postedMs = 0;
// Called for each packet: nothing is made in it.
const perform = (command: ThreadCommand): void => thread.perform(command);
const fetchCommands = (): void => commands.drain(perform);
const thread = new PacketThread({
  region: new Region(input.memory),
  io,
  sounds: input.sounds,
  index,
  tell: (event) => {
    told.push(event);
    isAwaited ||= event.type !== 'closed' && event.type !== 'rested';
  },
  fetch: fetchCommands,
});
thread.start();
port.postMessage({ wakeDescriptor: io.wakeDescriptor } satisfies WorkerReady);
io.run({
  onWake: fetchCommands,
  afterBatch() {
    if (told.length === 0 || (!isAwaited && io.nowMs() - postedMs < tickMs)) return;
    port.postMessage(told);
    told = [];
    isAwaited = false;
    postedMs = io.nowMs();
  },
});
