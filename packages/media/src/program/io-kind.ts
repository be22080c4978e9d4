/** How packets are sent and received: `io_uring` or `epoll` by node:ffi, or Node's own `dgram`. */
import type { BlockingKind } from '../io/blocking-io.ts';

export type IoKind = BlockingKind | 'dgram';

/** What the operator may ask for: `auto` takes the first that works here. */
export const ioSettings = ['auto', 'io_uring', 'epoll', 'dgram'] as const;
export type IoSetting = (typeof ioSettings)[number];

export function isIoSetting(text: string): text is IoSetting {
  return (ioSettings as readonly string[]).includes(text);
}

export interface ChosenIo {
  readonly kind: IoKind;
  /** Why it is not a better one; null where it is the best, or was asked for. */
  readonly why: string | null;
}
