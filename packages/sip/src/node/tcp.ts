/** SIP over TCP (RFC 3261 §18): listening and connecting. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { SocketAddress, Target } from '../transport/flow.ts';
import { socketAddress } from './transport-events.ts';

/** A peer that is gone without a word is found by the kernel, on a connection that nobody writes to. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/** A listener for streams: TCP or TLS. */
export interface StreamListener {
  readonly kind: 'tcp' | 'tls';
  readonly local: SocketAddress;
  close(): void;
}

/** Called for each accepted connection, after its TLS handshake where there is one. */
export type Accept = (socket: Socket, remote: SocketAddress, local: SocketAddress, listener: StreamListener) => void;

export interface ListenOptions {
  readonly local: SocketAddress;
  readonly accept: Accept;
  /** Beyond so many the system's accept is undone at once, TLS handshakes included. */
  readonly maxConnections: number;
}

export async function listenTcp(options: ListenOptions): Promise<StreamListener> {
  return listenOn(createServer({ noDelay: true, ...KEEP_ALIVE }), 'tcp', options);
}

export function connectTcp(target: Target, localAddress: string | undefined): Socket {
  const { address, port, family } = target.remote;
  return connect({ host: address, port, family, ...(localAddress === undefined ? {} : { localAddress }) });
}

/** Shared with tls.ts: binds a server and hands up its sockets. */
export async function listenOn(
  server: Server,
  kind: 'tcp' | 'tls',
  { local, accept, maxConnections }: ListenOptions,
): Promise<StreamListener> {
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: local.address, port: local.port, ipv6Only: local.family === 6 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // Accepting may fail for want of file descriptors; the listener goes on.
  server.on('error', () => {});
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : local.port;
  const listener: StreamListener = { kind, local: { ...local, port }, close: () => void server.close() };
  server.on(kind === 'tls' ? 'secureConnection' : 'connection', (socket: Socket) => {
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    // Gone before we saw it.
    if (remoteAddress === undefined || remotePort === undefined) socket.destroy();
    else {
      const here = socketAddress(localAddress ?? local.address, localPort ?? port);
      accept(socket, socketAddress(remoteAddress, remotePort), here, listener);
    }
  });
  return listener;
}
