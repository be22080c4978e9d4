/** Tenant configuration in SQL, synchronous, within the worker's transaction: reading for plans, carrying them out, listing. */
import type { RevisionId, TenantId } from '#base/ids';
import {
  type Commit,
  type CommitOutcome,
  columnFields,
  type Page,
  type RecordKind,
  type Revision,
  type RevisionChange,
  type StoredRecord,
} from '#services/configuration';
import { type CommitPlan, fieldOf, planCommit, type RecordReader } from '#storage/plan';
import type { Database, SqlRow, SqlValue } from '../database.ts';
import { addToOutbox } from './outbox-table.ts';

export interface ConfigurationTables {
  commit(tenant: TenantId, commit: Commit): CommitOutcome;
  read(tenant: TenantId, kind: string, id: string): StoredRecord | undefined;
  list(tenant: TenantId, kind: string, page: Page): readonly StoredRecord[];
  load(kind: string, page: Page): readonly StoredRecord[];
  revisions(tenant: TenantId, page: { readonly before?: number; readonly limit: number }): readonly Revision[];
}

export function createConfigurationTables(database: Database, kindList: readonly RecordKind[]): ConfigurationTables {
  const kinds = new Map(kindList.map((kind) => [kind.name, kind]));
  const reader = createReader(database);

  function rowsOf(kindName: string, { afterId = '', limit }: Page, tenant?: TenantId): readonly StoredRecord[] {
    const kind = kinds.get(kindName);
    if (kind === undefined) return [];
    const own = tenant === undefined ? '' : 'AND tenant = ?';
    const values = tenant === undefined ? [afterId, limit] : [afterId, tenant, limit];
    const sql = `SELECT tenant, id, version, body FROM ${kind.table} WHERE id > ? ${own} ORDER BY id LIMIT ?`;
    return database.rows(sql, ...values).map((row) => toRecord(kindName, row));
  }

  return {
    commit(tenant, commit) {
      const plan = planCommit(reader, kinds, tenant, commit);
      if (plan.kind === 'write') carryOut(database, kinds, plan, commit);
      return plan.outcome;
    },
    read(tenant, kindName, id) {
      const kind = kinds.get(kindName);
      return kind === undefined ? undefined : reader.get(tenant, kind, id);
    },
    list: (tenant, kind, page) => rowsOf(kind, page, tenant),
    load: (kind, page) => rowsOf(kind, page),
    revisions(tenant, { before = Number.MAX_SAFE_INTEGER, limit }) {
      const sql = 'SELECT * FROM revisions WHERE tenant = ? AND number < ? ORDER BY number DESC LIMIT ?';
      return database.rows(sql, tenant, before, limit).map(toRevision);
    },
  };
}

function createReader(database: Database): RecordReader {
  return {
    get(tenant, kind, id) {
      const row = database.row(
        `SELECT tenant, id, version, body FROM ${kind.table} WHERE tenant = ? AND id = ?`,
        tenant,
        id,
      );
      return row === undefined ? undefined : toRecord(kind.name, row);
    },
    having(tenant, kind, fields, values) {
      const where = fields.map((field) => `${columnOf(field)} = ?`);
      if (tenant !== null) where.unshift('tenant = ?');
      const sql = `SELECT tenant, id, version, body FROM ${kind.table} ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}`;
      const bound = tenant === null ? values : [tenant, ...values];
      return database.rows(sql, ...(bound as readonly SqlValue[])).map((row) => toRecord(kind.name, row));
    },
    lastRevision(tenant) {
      const row = database.row('SELECT MAX(number) AS last FROM revisions WHERE tenant = ?', tenant);
      return Number(row?.last ?? 0);
    },
    revisionByKey(tenant, key) {
      const row = database.row('SELECT * FROM revisions WHERE tenant = ? AND idempotency_key = ?', tenant, key);
      return row === undefined ? undefined : { revision: toRevision(row), fingerprint: String(row.fingerprint ?? '') };
    },
  };
}

function carryOut(
  database: Database,
  kinds: ReadonlyMap<string, RecordKind>,
  plan: CommitPlan & { kind: 'write' },
  commit: Commit,
): void {
  for (const record of plan.drops) {
    const table = kinds.get(record.kind)?.table ?? '';
    database.run(`DELETE FROM ${table} WHERE tenant = ? AND id = ?`, record.tenant, record.id);
  }
  // First out of each other's way: two records may exchange a unique value within one commit.
  for (const record of plan.puts) if (record.version > 1) clearColumns(database, kinds.get(record.kind), record);
  for (const record of plan.puts) putRecord(database, kinds.get(record.kind), record);
  const { tenant, number, id, author, utcMs, summary, changes } = plan.revision;
  database.run(
    'INSERT INTO revisions (tenant, number, id, author, utc_ms, summary, changes, idempotency_key, fingerprint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[tenant, number, id, author, Math.floor(utcMs), summary, JSON.stringify(changes)],
    ...[commit.idempotency?.key ?? null, commit.idempotency?.fingerprint ?? null],
  );
  for (const event of commit.events ?? []) addToOutbox(database, event);
}

function clearColumns(database: Database, kind: RecordKind | undefined, record: StoredRecord): void {
  const fields = kind === undefined ? [] : columnFields(kind);
  if (kind === undefined || fields.length === 0) return;
  const nulls = fields.map((field) => `${columnOf(field)} = NULL`).join(', ');
  database.run(`UPDATE ${kind.table} SET ${nulls} WHERE tenant = ? AND id = ?`, record.tenant, record.id);
}

function putRecord(database: Database, kind: RecordKind | undefined, record: StoredRecord): void {
  if (kind === undefined) return;
  const fields = columnFields(kind);
  const columns = ['tenant', 'id', 'version', 'body', ...fields.map(columnOf)];
  const updates = columns.slice(2).map((column) => `${column} = excluded.${column}`);
  const sql = `INSERT INTO ${kind.table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (tenant, id) DO UPDATE SET ${updates.join(', ')}`;
  const values = fields.map((field) => fieldOf(record.body, field));
  database.run(sql, record.tenant, record.id, record.version, JSON.stringify(record.body), ...values);
}

/** `localPart` is `local_part`, `destination.user` is `destination_user`; quoted, since `user` is a word of SQL. */
function columnOf(field: string): string {
  const name = field.replaceAll('.', '_').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return `"${name}"`;
}

function toRecord(kind: string, row: SqlRow): StoredRecord {
  const body = JSON.parse(String(row.body)) as object;
  return {
    tenant: String(row.tenant) as TenantId,
    kind,
    id: String(row.id),
    version: Number(row.version),
    body,
  };
}

function toRevision(row: SqlRow): Revision {
  return {
    tenant: String(row.tenant) as TenantId,
    number: Number(row.number),
    id: String(row.id) as RevisionId,
    author: String(row.author),
    utcMs: Number(row.utc_ms),
    summary: String(row.summary),
    changes: JSON.parse(String(row.changes)) as RevisionChange[],
  };
}
