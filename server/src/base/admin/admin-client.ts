/** One connection to an admin socket. Requests may overlap; a lost connection fails all that wait. */
import { connect, type Socket } from 'node:net';
import { AppError } from '#base/errors';
import { type AdminReply, type AdminTarget, encodeLine, LineReader } from './admin-protocol.ts';

export interface AdminClient {
  /** Rejects with an AppError: the server's own code, or `admin.unreachable`, `admin.timeout`. */
  ask(verb: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
}

/** @throws AppError `admin.unreachable` when nobody listens there. */
export function connectAdmin(target: AdminTarget): Promise<AdminClient> {
  return new Promise((resolve, reject) => {
    const socket = connect(target.socketPath);
    socket.once('error', (error) => reject(unreachable(target.socketPath, error)));
    socket.once('connect', () => resolve(new SocketAdminClient(socket, target)));
  });
}

class SocketAdminClient implements AdminClient {
  readonly #socket: Socket;
  readonly #target: AdminTarget;
  readonly #reader = new LineReader();
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(socket: Socket, target: AdminTarget) {
    this.#socket = socket;
    this.#target = target;
    socket.setEncoding('utf8');
    socket.removeAllListeners('error');
    socket.on('error', () => this.#fail());
    socket.on('close', () => this.#fail());
    socket.on('data', (chunk: string) => this.#receive(chunk));
  }

  ask(verb: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#socket.destroyed) return Promise.reject(unreachable(this.#target.socketPath));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#expire(id, verb), this.#target.timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.write(encodeLine({ id, verb, args }));
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#fail();
  }

  #receive(chunk: string): void {
    const replies = this.#reader.push(chunk);
    if (replies === null) {
      this.close();
      return;
    }
    for (const reply of replies) if (isReply(reply)) this.#settle(reply);
  }

  #settle(reply: AdminReply): void {
    const waiting = this.#take(reply.id);
    if (waiting === undefined) return;
    if (reply.ok) waiting.resolve(reply.result);
    else
      waiting.reject(
        new AppError({ code: reply.error.code, fault: 'caller', retry: 'never', message: reply.error.message }),
      );
  }

  #expire(id: number, verb: string): void {
    const message = `The server did not answer ${verb} within ${this.#target.timeoutMs} ms.`;
    this.#take(id)?.reject(new AppError({ code: 'admin.timeout', fault: 'us', retry: 'later', message }));
  }

  #fail(): void {
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(unreachable(this.#target.socketPath));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting !== undefined) clearTimeout(waiting.timer);
    return waiting;
  }
}

function isReply(value: unknown): value is AdminReply {
  return typeof value === 'object' && value !== null && 'id' in value && 'ok' in value;
}

function unreachable(path: string, cause?: unknown): AppError {
  const message = `No running Ringdown answers at ${path}. Start it with "ringdown start", or name its data folder with --data-dir.`;
  return new AppError({ code: 'admin.unreachable', fault: 'caller', retry: 'later', message, cause });
}
