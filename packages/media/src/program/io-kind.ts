/** How packets are sent and received: `io_uring` by node:ffi, or Node's own `dgram`. */
export type BlockingKind = 'io_uring';
export type IoKind = BlockingKind | 'dgram';

/** What the operator may ask for: `auto` takes the first that works here. */
export const ioSettings = ['auto', 'io_uring', 'dgram'] as const;
export type IoSetting = (typeof ioSettings)[number];

export function isIoSetting(text: string): text is IoSetting {
  return (ioSettings as readonly string[]).includes(text);
}

export interface ChosenIo {
  readonly kind: IoKind;
  /** Why it is not a better one; null where it is the best, or was asked for. */
  readonly why: string | null;
}
