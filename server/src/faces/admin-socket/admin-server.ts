/**
 * Serves the admin protocol on a Unix socket of mode 0600. Verbs are a table handed in by the composition root; a verb that throws is
 * answered with its code, and harms nobody else. Leaves out: authentication (the file mode is it).
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type AdminReply, type AdminRequest, encodeLine, LineReader } from '#base/admin';
import { toAppError } from '#base/errors';

export type AdminVerb = (args: Readonly<Record<string, unknown>>) => unknown;
export type AdminVerbs = ReadonlyMap<string, AdminVerb>;

export interface AdminServer {
  close(): void;
}

export interface AdminServerOptions {
  readonly socketPath: string;
  readonly verbs: AdminVerbs;
  readonly onError: (verb: string, error: unknown) => void;
}

/** Resolves when the socket listens. A stale socket file of a dead process is replaced. */
export function listenAdmin(options: AdminServerOptions): Promise<AdminServer> {
  rmSync(options.socketPath, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, options);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    server.listen(options.socketPath, () => {
      chmodSync(options.socketPath, 0o600);
      resolve({ close: () => closeServer(server, sockets) });
    });
    process.umask(before);
  });
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): void {
  server.close();
  for (const socket of sockets) socket.destroy();
}

function serve(socket: Socket, options: AdminServerOptions): void {
  const reader = new LineReader();
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    const requests = reader.push(chunk);
    if (requests === null) {
      socket.destroy();
      return;
    }
    for (const request of requests) void answer(socket, request, options);
  });
}

async function answer(socket: Socket, request: unknown, options: AdminServerOptions): Promise<void> {
  if (!isRequest(request)) {
    socket.destroy();
    return;
  }
  const reply = await perform(request, options);
  if (!socket.destroyed) socket.write(encodeLine(reply));
}

async function perform(request: AdminRequest, options: AdminServerOptions): Promise<AdminReply> {
  const verb = options.verbs.get(request.verb);
  if (verb === undefined) {
    const message = `This server has no admin verb "${request.verb}"; is the command line of another version?`;
    return { id: request.id, ok: false, error: { code: 'admin.unknown-verb', message } };
  }
  try {
    return { id: request.id, ok: true, result: (await verb(request.args)) ?? null };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.fault === 'us') options.onError(request.verb, thrown);
    return { id: request.id, ok: false, error: { code: error.code, message: error.message } };
  }
}

function isRequest(value: unknown): value is AdminRequest {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Partial<AdminRequest>;
  return (
    typeof row.id === 'number' && typeof row.verb === 'string' && typeof row.args === 'object' && row.args !== null
  );
}
