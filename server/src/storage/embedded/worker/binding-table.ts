/** Bindings in SQL: one row of JSON per AOR. */
import type { TenantId } from '#base/ids';
import type { StoredBinding, StoredBindingSet } from '#services/registrar';
import type { Database } from '../database.ts';
import type { BindingRow } from '../protocol.ts';

export interface BindingTable {
  save(rows: readonly BindingRow[]): void;
  read(tenant: TenantId, aor: string): readonly StoredBinding[];
  load(page: {
    readonly after?: { readonly tenant: TenantId; readonly aor: string };
    readonly limit: number;
  }): readonly StoredBindingSet[];
}

const remove = 'DELETE FROM bindings WHERE tenant = ? AND aor = ?';
const replace = `INSERT INTO bindings (tenant, aor, body) VALUES (?, ?, ?)
  ON CONFLICT (tenant, aor) DO UPDATE SET body = excluded.body`;

export function createBindingTable(database: Database): BindingTable {
  return {
    save(rows) {
      for (const [tenant, aor, body] of rows) {
        if (body === '') database.run(remove, tenant, aor);
        else database.run(replace, tenant, aor, body);
      }
    },
    read(tenant, aor) {
      const row = database.row('SELECT body FROM bindings WHERE tenant = ? AND aor = ?', tenant, aor);
      return row === undefined ? [] : (JSON.parse(String(row.body)) as StoredBinding[]);
    },
    load({ after, limit }) {
      const sql = 'SELECT tenant, aor, body FROM bindings WHERE (tenant, aor) > (?, ?) ORDER BY tenant, aor LIMIT ?';
      return database.rows(sql, after?.tenant ?? '', after?.aor ?? '', limit).map((row) => ({
        tenant: String(row.tenant) as TenantId,
        aor: String(row.aor),
        bindings: JSON.parse(String(row.body)) as StoredBinding[],
      }));
    },
  };
}
