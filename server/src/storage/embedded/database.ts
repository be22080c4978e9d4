/**
 * The only file that knows node:sqlite. Opens a database file in WAL mode, keeps prepared statements, and runs batches.
 * Blocks its thread: only the storage worker uses it.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface Database {
  readonly file: string;
  exec(sql: string): void;
  run(sql: string, ...values: readonly SqlValue[]): number;
  row(sql: string, ...values: readonly SqlValue[]): SqlRow | undefined;
  rows(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[];
  close(): void;
}

/** `durable`: a commit is on the disk when it returns (synchronous=FULL). Else a power loss may take the last seconds. */
export function openDatabase(file: string, durable: boolean): Database {
  const sqlite = new DatabaseSync(file);
  sqlite.exec(`PRAGMA journal_mode = WAL`);
  sqlite.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'OFF'}`);
  sqlite.exec('PRAGMA foreign_keys = ON');
  sqlite.exec('PRAGMA busy_timeout = 5000');
  const statements = new Map<string, StatementSync>();

  function prepared(sql: string): StatementSync {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = sqlite.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  }

  return {
    file,
    exec: (sql) => sqlite.exec(sql),
    run: (sql, ...values) => Number(prepared(sql).run(...(values as SQLInputValue[])).changes),
    row: (sql, ...values) => prepared(sql).get(...(values as SQLInputValue[])) as SqlRow | undefined,
    rows: (sql, ...values) => prepared(sql).all(...(values as SQLInputValue[])) as unknown as readonly SqlRow[],
    close: () => sqlite.close(),
  };
}
