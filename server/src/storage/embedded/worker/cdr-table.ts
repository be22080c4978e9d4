/** Call detail records in SQL, synchronous, within the worker's transaction. */
import type { CallId, TenantId } from '#base/ids';
import type { Cdr, CdrFilter, CdrQuery, CdrSummary } from '#services/cdr';
import type { Database, SqlValue } from '../database.ts';
import type { CdrRow } from '../protocol.ts';
import { addRowToOutbox } from './outbox-table.ts';

export interface CdrTable {
  insert(row: CdrRow): 'stored' | 'known';
  list(tenant: TenantId, query: CdrQuery): readonly CdrSummary[];
  find(tenant: TenantId, callId: CallId): Cdr | undefined;
}

export function createCdrTable(database: Database): CdrTable {
  return {
    insert({ columns, events }) {
      const sql = `INSERT INTO cdrs (tenant, call, start_utc_ms, from_user, to_user, outcome, cause, summary, graph)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, call) DO NOTHING`;
      if (database.run(sql, ...columns) === 0) return 'known';
      for (const event of events) addRowToOutbox(database, event);
      return 'stored';
    },
    list(tenant, { filter = {}, before, limit }) {
      const asked: [condition: string, ...values: SqlValue[]][] = [['tenant = ?', tenant], ...conditionsOf(filter)];
      if (before !== undefined) asked.push(['call < ?', before]);
      const where = asked.map(([condition]) => condition).join(' AND ');
      const values = asked.flatMap(([, ...bound]) => bound);
      const sql = `SELECT summary FROM cdrs WHERE ${where} ORDER BY call DESC LIMIT ?`;
      return database.rows(sql, ...values, limit).map((row) => JSON.parse(String(row.summary)) as CdrSummary);
    },
    find(tenant, callId) {
      const row = database.row('SELECT summary, graph FROM cdrs WHERE tenant = ? AND call = ?', tenant, callId);
      if (row === undefined) return undefined;
      const graph = JSON.parse(String(row.graph)) as Pick<Cdr, 'legs' | 'joins'>;
      return { ...(JSON.parse(String(row.summary)) as CdrSummary), ...graph };
    },
  };
}

function conditionsOf(filter: CdrFilter): [condition: string, ...values: SqlValue[]][] {
  const { party, outcome, causeCode, fromUtcMs, toUtcMs } = filter;
  const conditions: [string, ...SqlValue[]][] = [];
  if (party !== undefined) conditions.push(['(from_user = ? OR to_user = ?)', party, party]);
  if (outcome !== undefined) conditions.push(['outcome = ?', outcome]);
  if (causeCode !== undefined) conditions.push(['cause = ?', causeCode]);
  if (fromUtcMs !== undefined) conditions.push(['start_utc_ms >= ?', fromUtcMs]);
  if (toUtcMs !== undefined) conditions.push(['start_utc_ms < ?', toUtcMs]);
  return conditions;
}
