/** The kinds of blocking I/O by name. */
import type { BlockingPacketIo } from '../blocking-io.ts';
import { IoUringIo, type IoUringOptions } from './io-uring.ts';

export function createBlockingIo(_kind: 'io_uring', options: IoUringOptions): BlockingPacketIo {
  return new IoUringIo(options);
}
