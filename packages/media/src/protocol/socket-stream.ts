/** A {@link ByteStream} on a Unix socket: the one file of the protocol that opens a connection. */
import { createConnection, type Socket } from 'node:net';
import type { ByteSink, ByteStream, Connect } from './byte-stream.ts';

/** @param socketPath of a running engine (`ringdown-media --socket PATH`). */
export function connectUnixSocket(socketPath: string): Connect {
  return (sink) => streamOfSocket(createConnection(socketPath), sink);
}

/** Also used by the engine for the connections it accepts. */
export function streamOfSocket(socket: Socket, sink: ByteSink): ByteStream {
  let open = true;
  let why = 'closed by the far side';
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
      if (open && !socket.destroyed) socket.write(bytes);
    },
    close() {
      if (!open) return;
      open = false;
      socket.end();
      socket.destroySoon();
    },
  };
}
