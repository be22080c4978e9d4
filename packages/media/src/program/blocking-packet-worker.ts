/**
 * A packet thread as a worker over I/O by `node:ffi`: it blocks for good, so commands are fetched from the port when the eventfd wakes it, and what it
 * says is posted after each batch.
 */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { BlockingKind } from '../io/blocking-io.ts';
import { createBlockingIo } from '../io/ffi/create-blocking-io.ts';
import { Region } from '../region/layout.ts';
import { PacketThread } from '../thread/packet-thread.ts';
import type { Sounds } from '../thread/sounds.ts';
import type { ThreadCommand, ThreadEvent } from '../thread/thread-message.ts';

export interface BlockingPacketWorkerInput {
  readonly memory: SharedArrayBuffer;
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
const io = createBlockingIo(kind, { maxSockets, gatherUs });
let told: ThreadEvent[] = [];
const thread = new PacketThread({
  region: new Region(input.memory),
  io,
  sounds: input.sounds,
  index,
  tell: (event) => void told.push(event),
});
thread.start();
port.postMessage({ wakeDescriptor: io.wakeDescriptor } satisfies WorkerReady);
io.run({
  onWake() {
    for (;;) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) return;
      for (const command of received.message as readonly ThreadCommand[]) thread.perform(command);
    }
  },
  afterBatch() {
    if (told.length === 0) return;
    port.postMessage(told);
    told = [];
  },
});
