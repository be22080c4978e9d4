/**
 * The default backend: two SQLite files in the data folder (ringdown.db, durable; live.db, not waited for), opened by one worker
 * thread only. Every port is a thin call to it.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AppError } from '#base/errors';
import type { EventEnvelope } from '#base/events';
import type { TenantId } from '#base/ids';
import type { Cdr, CdrStore } from '#services/cdr';
import type { RecordKind } from '#services/configuration';
import type { BindingLoader, BindingStore, StoredBindingSet } from '#services/registrar';
import { type StorageBackend, storageNotOpened, storageUnavailable } from '#storage/backend';
import { FileBindingLog } from './binding-log.ts';
import type { BindingRow, CdrRow, FromWorker, PortName, ToWorker, WorkerOptions } from './protocol.ts';
import { createStorageClient, type StorageClient, toError } from './storage-client.ts';
import { FileSubscriptionLog } from './subscription-log.ts';

export interface EmbeddedStorageOptions {
  /** Made when missing, readable by its owner only. */
  readonly folder: string;
  readonly kinds: readonly RecordKind[];
  readonly nowUtcMs: number;
  /** What the log of bindings has to say of its disk. */
  readonly onLogFault: (error: unknown) => void;
  /** The worker died by itself: nothing can be stored any more, the process should end and be started again. */
  readonly onFailure: (error: AppError) => void;
  /** One that was begun earlier; without it one is begun now. */
  readonly thread?: StorageThread;
}

/** Loads its modules while whoever began it loads its own. */
export type StorageThread = Pick<Worker, 'on' | 'postMessage' | 'ref' | 'terminate'>;

export interface EmbeddedStorage extends StorageBackend {
  /** Copies both files into a folder, each as of one moment, while everything goes on. */
  backup(folder: string): Promise<void>;
}

/** Opens nothing yet, and does not keep the process alive. */
export function beginStorageThread(): StorageThread {
  const own = import.meta.url;
  const worker = new Worker(new URL(`./worker/storage-worker${own.slice(own.lastIndexOf('.'))}`, own), {
    name: 'ringdown-storage',
  });
  worker.unref();
  return worker;
}

/** Resolves when the files are open and migrated; rejects with why not. */
export async function openEmbeddedStorage(options: EmbeddedStorageOptions): Promise<EmbeddedStorage> {
  makeFolder(options.folder);
  const workerOptions: WorkerOptions = {
    durableFile: join(options.folder, 'ringdown.db'),
    liveFile: join(options.folder, 'live.db'),
    kinds: options.kinds,
    nowUtcMs: options.nowUtcMs,
  };
  const worker = options.thread ?? beginStorageThread();
  worker.ref();
  const client = createStorageClient({
    post: (message) => worker.postMessage(message),
    after: (ms, task) => void setTimeout(task, ms),
  });
  const opened = untilOpened(worker, client, options.onFailure);
  worker.postMessage({ open: workerOptions } satisfies ToWorker);
  await opened.catch((error: AppError) => {
    throw error.code === 'storage.failed' ? storageNotOpened(options.folder, error.message, error) : error;
  });
  for (const file of [workerOptions.durableFile, workerOptions.liveFile]) chmodSync(file, 0o600);
  const log = { folder: options.folder, onFault: options.onLogFault };
  return toBackend(client, worker, {
    bindingLog: new FileBindingLog(log),
    subscriptionLog: new FileSubscriptionLog(log),
  });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw storageNotOpened(folder, 'the folder cannot be made', cause);
  }
}

function untilOpened(
  worker: StorageThread,
  client: StorageClient,
  onFailure: (error: AppError) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let opened = false;
    let closed = false;
    const end = (cause: unknown): void => {
      if (closed) return;
      closed = true;
      const error = storageUnavailable('The storage worker ended unexpectedly.', cause);
      client.fail(cause);
      if (opened) onFailure(error);
      else reject(error);
    };
    worker.on('message', (message: FromWorker) => {
      if ('opened' in message) {
        opened = true;
        resolve();
      } else if ('refused' in message) {
        closed = true;
        reject(toError(message.refused));
        void worker.terminate();
      } else {
        if ('closed' in message) closed = true;
        client.receive(message);
      }
    });
    worker.on('error', end);
    worker.on('exit', (code) => end(`exit code ${code}`));
  });
}

interface Logs {
  readonly bindingLog: FileBindingLog;
  readonly subscriptionLog: FileSubscriptionLog;
}

function toBackend(client: StorageClient, worker: StorageThread, logs: Logs): EmbeddedStorage {
  return {
    configuration: portOf(client, 'configuration', ['commit', 'read', 'list', 'revisions', 'load']),
    outbox: portOf(client, 'outbox', ['after', 'forgetThrough']),
    cdrs: {
      ...portOf<CdrStore>(client, 'cdrs', ['list', 'find']),
      insert: (tenant, cdr, events) =>
        client.call('cdrs', 'insert', [cdrRow(tenant, cdr, events)]) as ReturnType<CdrStore['insert']>,
    },
    bindings: {
      ...portOf<BindingStore & BindingLoader>(client, 'bindings', ['read', 'load']),
      save: async (sets) => void (await client.call('bindings', 'save', [bindingRows(sets)])),
    },
    ...logs,
    async backup(folder) {
      await client.call('files', 'copyTo', [folder]);
    },
    async close() {
      logs.bindingLog.close();
      logs.subscriptionLog.close();
      await client.close();
      await worker.terminate();
    },
  };
}

/** Text only: it crosses to the worker as bytes, where objects would be cloned field by field. */
function bindingRows(sets: readonly StoredBindingSet[]): BindingRow[] {
  return sets.map(({ tenant, aor, bindings }) => [tenant, aor, bindings.length === 0 ? '' : JSON.stringify(bindings)]);
}

/** Text as well. */
function cdrRow(tenant: TenantId, cdr: Cdr, events: readonly EventEnvelope[]): CdrRow {
  const { legs, joins, ...summary } = cdr;
  const indexed = [Math.floor(cdr.startUtcMs), cdr.from.user, cdr.to.user, cdr.outcome, cdr.cause.code] as const;
  return {
    columns: [tenant, cdr.callId, ...indexed, JSON.stringify(summary), JSON.stringify({ legs, joins })],
    events: events.map((event) => [event.tenant, JSON.stringify(event)]),
  };
}

function portOf<Port extends object>(
  client: StorageClient,
  name: PortName,
  verbs: readonly (keyof Port & string)[],
): Port {
  const entries = verbs.map((verb) => [verb, (...args: unknown[]) => client.call(name, verb, args)] as const);
  return Object.fromEntries(entries) as unknown as Port;
}
