/** Bindings in a map: for tests and throw-away servers. */
import type { TenantId } from '#base/ids';
import type { BindingLoader, BindingStore, StoredBindingSet } from '#services/registrar';

export function createMemoryBindings(): BindingStore & BindingLoader {
  const sets = new Map<string, StoredBindingSet>();
  const keyOf = (tenant: TenantId, aor: string) => `${tenant} ${aor}`;
  return {
    async save(changed) {
      for (const { tenant, aor, bindings } of changed) {
        if (bindings.length === 0) sets.delete(keyOf(tenant, aor));
        else sets.set(keyOf(tenant, aor), structuredClone({ tenant, aor, bindings }));
      }
    },
    async read(tenant, aor) {
      return structuredClone(sets.get(keyOf(tenant, aor))?.bindings ?? []);
    },
    async load({ after, limit }) {
      const from = after === undefined ? '' : keyOf(after.tenant, after.aor);
      const keys = [...sets.keys()].filter((key) => key > from).sort();
      return keys.slice(0, limit).flatMap((key) => structuredClone(sets.get(key)) ?? []);
    },
  };
}
