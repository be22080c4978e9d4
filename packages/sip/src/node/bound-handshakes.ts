/**
 * Bounds the handshakes of one address that are not finished, TLS or the upgrade of HTTP to WebSocket: the most that a stranger can make us work for, and the
 * easiest to leave half-open. Above the bound a connection is undone before its handshake begins.
 */
import type { Server, Socket } from 'node:net';
import { socketAddress } from './transport-events.ts';

/** Undefined: no room. What is given back is called once, when the handshake is over, well or not. */
export type AdmitsHandshake = (remoteAddress: string) => (() => void) | undefined;

/** @param finished by which event the server says that a handshake is over */
export function boundHandshakes(
  server: Server,
  admits: AdmitsHandshake,
  finished: 'secureConnection' | 'upgrade' = 'secureConnection',
): void {
  const running = new Map<string, () => void>();
  const over = (key: string): void => {
    running.get(key)?.();
    running.delete(key);
  };
  // Before node:tls begins the handshake.
  server.prependListener('connection', (socket: Socket) => {
    const done = admits(socketAddress(socket.remoteAddress ?? '', 0).address);
    if (done === undefined) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    over(key);
    running.set(key, done);
    socket.once('close', () => over(key));
  });
  if (finished === 'upgrade') server.on(finished, (_request: unknown, socket: Socket) => over(keyOf(socket)));
  else server.on(finished, (socket: Socket) => over(keyOf(socket)));
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
