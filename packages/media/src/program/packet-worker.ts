/** A packet thread as a worker over `node:dgram`. Commands come by MessagePort; the thread's event loop belongs to packets and ticks. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { DgramIo } from '../io/dgram.ts';
import { Region } from '../region/layout.ts';
import { PacketThread } from '../thread/packet-thread.ts';
import type { Sounds } from '../thread/sounds.ts';
import type { ThreadCommand, ThreadEvent } from '../thread/thread-message.ts';
import { batchedPost } from './batched-post.ts';

export interface PacketWorkerInput {
  readonly memory: SharedArrayBuffer;
  readonly sounds: Sounds;
  readonly index: number;
  readonly clock: MessagePort;
}

const input = workerData as PacketWorkerInput;
const thread = new PacketThread({
  region: new Region(input.memory),
  io: new DgramIo(input.clock),
  sounds: input.sounds,
  index: input.index,
  tell: batchedPost<ThreadEvent>((batch) => parentPort?.postMessage(batch)),
});
parentPort?.on('message', (batch: readonly ThreadCommand[]) => {
  for (const command of batch) thread.perform(command);
});
thread.start();
