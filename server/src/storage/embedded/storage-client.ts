/**
 * The control thread's side: calls gather while the worker is busy and go to it as one batch when it answers, so the more
 * there is to do, the more calls share one wait for the disk. A bounded number may wait; beyond it calls fail at once.
 */
import { AppError } from '#base/errors';
import { storageClosed, storageOverloaded, storageUnavailable } from '#storage/backend';
import type { FromWorker, PortName, StorageAnswer, StorageCall, StorageFailure, ToWorker } from './protocol.ts';

export interface WorkerChannel {
  post(message: ToWorker): void;
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

export const defaultLimits: StorageClientLimits = { waiting: 50_000, batch: 2_000 };

export function createStorageClient(
  channel: WorkerChannel,
  limits: StorageClientLimits = defaultLimits,
): StorageClient {
  const waiters = new Map<number, Waiter>();
  let queue: StorageCall[] = [];
  let lastId = 0;
  let busy = false;
  let scheduled = false;
  let failure: AppError | undefined;
  let closing: { readonly resolve: () => void; readonly promise: Promise<void> } | undefined;

  function send(): void {
    scheduled = false;
    if (busy) return;
    if (queue.length > 0) {
      const calls = queue.slice(0, limits.batch);
      queue = queue.slice(limits.batch);
      busy = true;
      channel.post({ calls });
    } else if (closing !== undefined && failure === undefined) {
      busy = true;
      channel.post({ close: true });
    }
  }

  /** Everything asked for in the same turn of the event loop travels together. */
  function schedule(): void {
    if (busy || scheduled) return;
    scheduled = true;
    queueMicrotask(send);
  }

  function settle(answer: StorageAnswer): void {
    const waiter = waiters.get(answer.id);
    waiters.delete(answer.id);
    if (waiter === undefined) return;
    if ('failure' in answer) waiter.reject(toError(answer.failure));
    else waiter.resolve(answer.value);
  }

  return {
    call(port, verb, args) {
      if (failure !== undefined) return Promise.reject(failure);
      if (closing !== undefined) return Promise.reject(storageClosed());
      if (waiters.size >= limits.waiting) return Promise.reject(storageOverloaded(waiters.size));
      return new Promise((resolve, reject) => {
        const id = ++lastId;
        waiters.set(id, { resolve, reject });
        queue.push({ id, port, verb, args });
        schedule();
      });
    },
    receive(message) {
      if ('answers' in message) {
        busy = false;
        for (const answer of message.answers) settle(answer);
        schedule();
      } else if ('closed' in message) {
        closing?.resolve();
      }
    },
    fail(cause) {
      failure ??= storageUnavailable('The storage worker has died; the control process must restart.', cause);
      for (const waiter of waiters.values()) waiter.reject(failure);
      waiters.clear();
      queue = [];
      closing?.resolve();
    },
    close() {
      if (closing === undefined) {
        const { promise, resolve } = Promise.withResolvers<void>();
        closing = { promise, resolve };
        if (failure !== undefined) resolve();
        else schedule();
      }
      return closing.promise;
    },
  };
}

export function toError({ code, fault, retry, message }: StorageFailure): AppError {
  return new AppError({ code, fault, retry, message });
}
