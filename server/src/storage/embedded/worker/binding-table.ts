/** Bindings in SQL: one row of JSON per AOR. */
import type { TenantId } from '#base/ids';
import type { StoredBinding, StoredBindingSet } from '#services/registrar';
import type { Database } from '../database.ts';

export interface BindingTable {
  save(tenant: TenantId, aor: string, bindings: readonly StoredBinding[]): void;
  read(tenant: TenantId, aor: string): readonly StoredBinding[];
  load(page: {
    readonly after?: { readonly tenant: TenantId; readonly aor: string };
    readonly limit: number;
  }): readonly StoredBindingSet[];
}

export function createBindingTable(database: Database): BindingTable {
  return {
    save(tenant, aor, bindings) {
      if (bindings.length === 0) {
        database.run('DELETE FROM bindings WHERE tenant = ? AND aor = ?', tenant, aor);
        return;
      }
      const sql = `INSERT INTO bindings (tenant, aor, body) VALUES (?, ?, ?)
        ON CONFLICT (tenant, aor) DO UPDATE SET body = excluded.body`;
      database.run(sql, tenant, aor, JSON.stringify(bindings));
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
