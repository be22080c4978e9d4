/**
 * A synchronous in-memory view of one kind of record, all tenants, with look-ups by key. This is what the call path reads:
 * no promise, no database. Fed by Configuration.watch.
 */
import type { TenantId } from '#base/ids';
import type { RecordWatcher } from './configuration.ts';
import type { StoredRecord } from './ports.ts';

export interface RecordView<Body extends object, Index extends string> extends RecordWatcher<Body> {
  get(tenant: TenantId, id: string): StoredRecord<Body> | undefined;
  /** The one record with that key. The newest when the key is shared. */
  find(index: Index, key: string): StoredRecord<Body> | undefined;
  /** All records with that key, in the order they came. */
  all(index: Index, key: string): readonly StoredRecord<Body>[];
  /** Every record of a tenant, in order of id. */
  ofTenant(tenant: TenantId): readonly StoredRecord<Body>[];
  readonly size: number;
}

/** Gives the key of a record in an index, or undefined to leave it out. A key that is per tenant contains the tenant. */
export type KeyOf<Body extends object> = (record: StoredRecord<Body>) => string | undefined;

export function createRecordView<Body extends object, Index extends string>(
  keys: Readonly<Record<Index, KeyOf<Body>>>,
): RecordView<Body, Index> {
  const records = new Map<TenantId, Map<string, StoredRecord<Body>>>();
  const names = Object.keys(keys) as Index[];
  const indexes = new Map<Index, Map<string, StoredRecord<Body>[]>>(names.map((name) => [name, new Map()]));
  let size = 0;

  function unlink(record: StoredRecord<Body>): void {
    for (const name of names) {
      const key = keys[name](record);
      const list = key === undefined ? undefined : indexes.get(name)?.get(key);
      if (key === undefined || list === undefined) continue;
      const left = list.filter((other) => other.id !== record.id);
      if (left.length === 0) indexes.get(name)?.delete(key);
      else indexes.get(name)?.set(key, left);
    }
  }

  function link(record: StoredRecord<Body>): void {
    for (const name of names) {
      const key = keys[name](record);
      const index = indexes.get(name);
      if (key === undefined || index === undefined) continue;
      const list = index.get(key);
      if (list === undefined) index.set(key, [record]);
      else list.push(record);
    }
  }

  return {
    put(record) {
      let own = records.get(record.tenant);
      if (own === undefined) {
        own = new Map();
        records.set(record.tenant, own);
      }
      const before = own.get(record.id);
      if (before !== undefined && before.version >= record.version) return;
      if (before === undefined) size++;
      else unlink(before);
      own.set(record.id, record);
      link(record);
    },
    drop(tenant, id) {
      const own = records.get(tenant);
      const before = own?.get(id);
      if (own === undefined || before === undefined) return;
      own.delete(id);
      size--;
      unlink(before);
    },
    get: (tenant, id) => records.get(tenant)?.get(id),
    find: (index, key) => indexes.get(index)?.get(key)?.at(-1),
    all: (index, key) => indexes.get(index)?.get(key) ?? [],
    ofTenant: (tenant) => [...(records.get(tenant)?.values() ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1)),
    get size() {
      return size;
    },
  };
}
