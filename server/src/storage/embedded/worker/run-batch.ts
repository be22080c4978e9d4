/**
 * Carries out a batch: all calls of one database file share one transaction (so one wait for the disk), each within a
 * savepoint, so that a call that fails takes nothing with it. When the commit fails, all of them failed.
 */
import { AppError } from '#base/errors';
import { storageFailed } from '#storage/backend';
import type { Database } from '../database.ts';
import { type Home, portHomes, type StorageAnswer, type StorageCall, type StorageFailure } from '../protocol.ts';

export type Verbs = Readonly<Record<string, (...args: never[]) => unknown>>;
export type Ports = Readonly<Record<keyof typeof portHomes, Verbs>>;

export function runBatch(
  databases: Readonly<Record<Home, Database>>,
  ports: Ports,
  calls: readonly StorageCall[],
): StorageAnswer[] {
  const answers: StorageAnswer[] = [];
  for (const home of ['durable', 'live'] as const) {
    const own = calls.filter((call) => portHomes[call.port] === home);
    if (own.length > 0) answers.push(...runTransaction(databases[home], ports, own));
  }
  for (const call of calls) if (portHomes[call.port] === 'both') answers.push(runAlone(ports, call));
  return answers;
}

function runTransaction(database: Database, ports: Ports, calls: readonly StorageCall[]): StorageAnswer[] {
  try {
    database.exec('BEGIN');
    const answers = calls.map((call) => runCall(database, ports, call));
    database.exec('COMMIT');
    return answers;
  } catch (error) {
    rollBack(database);
    const failure = toFailure(error);
    return calls.map(({ id }) => ({ id, failure }));
  }
}

function runAlone(ports: Ports, call: StorageCall): StorageAnswer {
  try {
    return { id: call.id, value: verbOf(ports, call)(...(call.args as never[])) };
  } catch (error) {
    return { id: call.id, failure: toFailure(error) };
  }
}

function runCall(database: Database, ports: Ports, call: StorageCall): StorageAnswer {
  database.exec('SAVEPOINT one');
  try {
    const value = verbOf(ports, call)(...(call.args as never[]));
    database.exec('RELEASE one');
    return { id: call.id, value };
  } catch (error) {
    database.exec('ROLLBACK TO one');
    database.exec('RELEASE one');
    return { id: call.id, failure: toFailure(error) };
  }
}

function verbOf(ports: Ports, { port, verb }: StorageCall): (...args: never[]) => unknown {
  const found = ports[port][verb];
  if (found === undefined) throw storageFailed(`the storage port ${port} has no verb ${verb}`);
  return found;
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite rolls back by itself on some failures (disk full); then there is nothing left to roll back.
  }
}

export function toFailure(error: unknown): StorageFailure {
  const known =
    error instanceof AppError ? error : storageFailed(error instanceof Error ? error.message : String(error));
  const { code, fault, retry, message } = known;
  return { code, fault, retry, message };
}
