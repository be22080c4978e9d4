/** A {@link ByteStream} on a Unix socket: the one file of the protocol that opens a connection. */
import { createConnection, type Socket } from 'node:net';
import type { ByteSink, ByteStream, Connect } from './byte-stream.ts';

/** @param socketPath of a running engine (`ringdown-media --socket PATH`). */
export function connectUnixSocket(socketPath: string): Connect {
  return (sink) => streamOfSocket(createConnection(socketPath), sink);
}

/** Unsent bytes beyond this: the far side has stopped reading, and holding more for it would cost everybody memory. */
const mostUnsentBytes = 32 * 1024 * 1024;

/** Also used by the engine for the connections it accepts. */
export function streamOfSocket(socket: Socket, sink: ByteSink): ByteStream {
  let open = true;
  let why = 'closed by the far side';
  let waiting: Uint8Array[] = [];
  const flush = () => {
    if (waiting.length === 0 || socket.destroyed) return;
    const [only] = waiting;
    socket.write(waiting.length === 1 && only !== undefined ? only : Buffer.concat(waiting));
    waiting = [];
    if (socket.writableLength > mostUnsentBytes) socket.destroy(new SlowReaderError());
  };
  socket.on('data', (bytes: Uint8Array) => {
    if (open) sink.onBytes(bytes);
  });
  socket.on('error', (error: Error) => {
    why = error.message;
  });
  socket.on('close', () => {
    if (!open) return;
    open = false;
    sink.onClosed(why);
  });
  return {
    write(bytes) {
      if (!open || socket.destroyed) return;
      // What one round of the event loop has to say leaves in one write: a system call that wakes another process costs more than its bytes.
      if (waiting.push(bytes) === 1) setImmediate(flush);
    },
    close() {
      if (!open) return;
      open = false;
      flush();
      socket.end();
      socket.destroySoon();
    },
  };
}

/** Why a connection was broken off: whoever is at the far end does not read. */
export class SlowReaderError extends Error {
  readonly code = 'slow_reader';
  constructor() {
    super(`more than ${mostUnsentBytes} bytes are waiting for a far side that does not read`);
    this.name = 'SlowReaderError';
  }
}
