/**
 * Packet I/O whose wait is its clock: the thread blocks in it for good. Its event loop never runs, so no timer, no promise and no message event reaches it;
 * commands are fetched when `wakeDescriptor` was written to, and what the thread says leaves after each batch.
 */
import type { PacketIo } from './packet-io.ts';

/** By node:ffi, best first. */
export const blockingKinds = ['io_uring', 'epoll'] as const;
export type BlockingKind = (typeof blockingKinds)[number];

export interface BlockingIoOptions {
  readonly maxSockets: number;
  /** Packets are gathered for so long once the thread has taken up the last ones; 0: it wakes for each. */
  readonly gatherUs: number;
}

export interface BlockingHooks {
  /** Somebody has written to `wakeDescriptor`; also once at the start. */
  onWake(): void;
  /** All that was there has been taken up. */
  afterBatch(): void;
}

export interface BlockingPacketIo extends PacketIo {
  /** An eventfd: eight octets written to it wake the thread. */
  readonly wakeDescriptor: number;
  /** Does not return before `stop`. */
  run(hooks: BlockingHooks): void;
}
