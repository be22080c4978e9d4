/**
 * The control thread's side: calls gather while the worker is busy and go to it as one batch when it answers, so the more
 * there is to do, the more calls share one wait for the disk; calls that nobody waits for gather for a moment first. A bounded number may
 * wait; beyond it calls fail at once.
 */
import { AppError } from '#base/errors';
import { storageClosed, storageOverloaded, storageUnavailable } from '#storage/backend';
import {
  type FromWorker,
  type PortName,
  type StorageAnswer,
  type StorageCall,
  type StorageFailure,
  type ToWorker,
  unhurried,
} from './protocol.ts';

export interface WorkerChannel {
  post(message: ToWorker): void;
  /** Runs the task after so many milliseconds. */
  after(ms: number, task: () => void): void;
}

export interface StorageClient {
  call(port: PortName, verb: string, args: readonly unknown[]): Promise<unknown>;
  /** A message of the worker came in. */
  receive(message: FromWorker): void;
  /** The worker is gone: what was under way has an unknown outcome, what comes later fails. */
  fail(cause: unknown): void;
  /** Resolves when everything asked so far is answered and the worker has closed its files. */
  close(): Promise<void>;
}

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface StorageClientLimits {
  readonly waiting: number;
  readonly batch: number;
}

/** How long an unhurried call may wait for company. */
const gatherMs = 50;

export const defaultLimits: StorageClientLimits = { waiting: 50_000, batch: 2_000 };

export function createStorageClient(
  channel: WorkerChannel,
  limits: StorageClientLimits = defaultLimits,
): StorageClient {
  return new BatchingClient(channel, limits);
}

class BatchingClient implements StorageClient {
  readonly #channel: WorkerChannel;
  readonly #limits: StorageClientLimits;
  readonly #waiters = new Map<number, Waiter>();
  #queue: StorageCall[] = [];
  #lastId = 0;
  /** The worker has a batch and has not answered. */
  #busy = false;
  #scheduled = false;
  #gathering = false;
  #failure: AppError | undefined;
  #closing: { readonly resolve: () => void; readonly promise: Promise<void> } | undefined;

  constructor(channel: WorkerChannel, limits: StorageClientLimits) {
    this.#channel = channel;
    this.#limits = limits;
  }

  call(port: PortName, verb: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing !== undefined) return Promise.reject(storageClosed());
    if (this.#waiters.size >= this.#limits.waiting) return Promise.reject(storageOverloaded(this.#waiters.size));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiters.set(id, { resolve, reject });
      this.#queue.push({ id, port, verb, args });
      if (unhurried.has(`${port} ${verb}`)) this.#gather();
      else this.#schedule();
    });
  }

  receive(message: FromWorker): void {
    if ('answers' in message) {
      this.#busy = false;
      for (const answer of message.answers) this.#settle(answer);
      this.#schedule();
    } else if ('closed' in message) {
      this.#closing?.resolve();
    }
  }

  fail(cause: unknown): void {
    this.#failure ??= storageUnavailable('The storage worker has died; the control process must restart.', cause);
    for (const waiter of this.#waiters.values()) waiter.reject(this.#failure);
    this.#waiters.clear();
    this.#queue = [];
    this.#closing?.resolve();
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#closing = { promise, resolve };
      if (this.#failure !== undefined) resolve();
      else this.#schedule();
    }
    return this.#closing.promise;
  }

  #gather(): void {
    if (this.#gathering || this.#busy) return;
    this.#gathering = true;
    this.#channel.after(gatherMs, () => {
      this.#gathering = false;
      this.#schedule();
    });
  }

  /** Everything asked for in the same turn of the event loop travels together. */
  #schedule(): void {
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#send());
  }

  #send(): void {
    this.#scheduled = false;
    if (this.#busy) return;
    if (this.#queue.length > 0) {
      const calls = this.#queue.slice(0, this.#limits.batch);
      this.#queue = this.#queue.slice(this.#limits.batch);
      this.#busy = true;
      this.#channel.post({ calls });
    } else if (this.#closing !== undefined && this.#failure === undefined) {
      this.#busy = true;
      this.#channel.post({ close: true });
    }
  }

  #settle(answer: StorageAnswer): void {
    const waiter = this.#waiters.get(answer.id);
    this.#waiters.delete(answer.id);
    if (waiter === undefined) return;
    if ('failure' in answer) waiter.reject(toError(answer.failure));
    else waiter.resolve(answer.value);
  }
}

export function toError({ code, fault, retry, message }: StorageFailure): AppError {
  return new AppError({ code, fault, retry, message });
}
