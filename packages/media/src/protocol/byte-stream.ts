/** A connection as the client needs it: bytes both ways and an end. A Unix socket in production, two joined ends in tests. */

export interface ByteStream {
  /** Queues bytes; after `close` or the far side's end it does nothing. */
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Called by the stream, never from inside `write`, `close` or the connecting call itself. */
export interface ByteSink {
  onBytes(bytes: Uint8Array): void;
  /** Once: the far side closed, the connection broke or could not be made. Not after our own `close`. */
  onClosed(why: string): void;
}

/** Makes a connection; bytes written before it stands are kept. */
export type Connect = (sink: ByteSink) => ByteStream;
