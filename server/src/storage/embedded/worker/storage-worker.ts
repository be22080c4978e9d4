/** Entry of the storage worker: the only thread that opens the database files. Migrates, then answers batches until told to close. */
import { parentPort } from 'node:worker_threads';
import { type Database, openDatabase } from '../database.ts';
import { migrate } from '../migrate.ts';
import { durableMigrations, liveMigrations } from '../migrations/index.ts';
import type { FromWorker, Home, ToWorker, WorkerOptions } from '../protocol.ts';
import { createBindingTable } from './binding-table.ts';
import { createCdrTable } from './cdr-table.ts';
import { createConfigurationTables } from './configuration-tables.ts';
import { createFileCopies } from './file-copies.ts';
import { createOutboxTable } from './outbox-table.ts';
import { type Ports, runBatch, toFailure, type Verbs } from './run-batch.ts';

const tell = (message: FromWorker): void => parentPort?.postMessage(message);

function open(options: WorkerOptions): { databases: Record<Home, Database>; ports: Ports } {
  const durable = openDatabase(options.durableFile, true);
  const live = openDatabase(options.liveFile, false);
  migrate(durable, durableMigrations, options.nowUtcMs);
  migrate(live, liveMigrations, options.nowUtcMs);
  const ports: Ports = {
    configuration: createConfigurationTables(durable, options.kinds) as unknown as Verbs,
    outbox: createOutboxTable(durable) as unknown as Verbs,
    cdrs: createCdrTable(durable) as unknown as Verbs,
    bindings: createBindingTable(live) as unknown as Verbs,
    files: createFileCopies([durable, live]) as unknown as Verbs,
  };
  return { databases: { durable, live }, ports };
}

function serve(options: WorkerOptions): void {
  const { databases, ports } = open(options);
  parentPort?.on('message', (message: ToWorker) => {
    if ('calls' in message) {
      tell({ answers: runBatch(databases, ports, message.calls) });
    } else if ('close' in message) {
      databases.durable.close();
      databases.live.close();
      tell({ closed: true });
      parentPort?.close();
    }
  });
  tell({ opened: true });
}

parentPort?.once('message', (message: ToWorker) => {
  if (!('open' in message)) return;
  try {
    serve(message.open);
  } catch (error) {
    tell({ refused: toFailure(error) });
  }
});
