/** The kinds of blocking I/O by name. */
import type { BlockingIoOptions, BlockingKind, BlockingPacketIo } from '../blocking-io.ts';
import { EpollIo } from './epoll.ts';
import { IoUringIo } from './io-uring.ts';

/** @throws IoRefused, IoFailed */
export function createBlockingIo(kind: BlockingKind, options: BlockingIoOptions): BlockingPacketIo {
  return kind === 'io_uring' ? new IoUringIo(options) : new EpollIo(options);
}
