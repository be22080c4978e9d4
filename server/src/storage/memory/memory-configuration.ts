/** Tenant configuration in maps: for tests, simulations and a throw-away server. Bodies are copied in and out like JSON. */
import type { EventOutbox, OutboxEntry } from '#base/events';
import type { TenantId } from '#base/ids';
import type {
  Commit,
  CommitOutcome,
  ConfigurationLoader,
  ConfigurationStore,
  Page,
  RecordKind,
  Revision,
  StoredRecord,
} from '#services/configuration';
import { type CommitPlan, fieldOf, planCommit, type RecordReader } from '#storage/plan';

interface RevisionRow {
  readonly revision: Revision;
  readonly key: string | undefined;
  readonly fingerprint: string;
}

export function createMemoryConfiguration(kindList: readonly RecordKind[]): {
  configuration: ConfigurationStore & ConfigurationLoader;
  outbox: EventOutbox;
} {
  const kinds = new Map(kindList.map((kind) => [kind.name, kind]));
  /** By kind, then id: ids are unique in the whole installation. */
  const records = new Map<string, Map<string, StoredRecord>>(kindList.map((kind) => [kind.name, new Map()]));
  const revisions = new Map<TenantId, RevisionRow[]>();
  let outbox: OutboxEntry[] = [];
  let position = 0;

  const ofKind = (kind: string) => records.get(kind) ?? new Map<string, StoredRecord>();
  const reader: RecordReader = {
    get(tenant, kind, id) {
      const record = ofKind(kind.name).get(id);
      return record?.tenant === tenant ? record : undefined;
    },
    having(tenant, kind, fields, values) {
      const all = [...ofKind(kind.name).values()];
      return all.filter(
        (record) =>
          (tenant === null || record.tenant === tenant) &&
          fields.every((field, i) => fieldOf(record.body, field) === values[i]),
      );
    },
    lastRevision: (tenant) => revisions.get(tenant)?.length ?? 0,
    revisionByKey: (tenant, key) => revisions.get(tenant)?.find((row) => row.key === key),
  };

  function carryOut(plan: CommitPlan & { kind: 'write' }, commit: Commit): void {
    for (const record of plan.drops) ofKind(record.kind).delete(record.id);
    for (const record of plan.puts) ofKind(record.kind).set(record.id, structuredClone(record));
    const { tenant } = plan.revision;
    const rows = revisions.get(tenant) ?? [];
    const { key, fingerprint = '' } = commit.idempotency ?? { key: undefined };
    rows.push({ revision: structuredClone(plan.revision), key, fingerprint });
    revisions.set(tenant, rows);
    for (const event of commit.events ?? []) outbox.push({ position: ++position, event: structuredClone(event) });
  }

  async function page(
    kind: string,
    { afterId = '', limit }: Page,
    tenant?: TenantId,
  ): Promise<readonly StoredRecord[]> {
    return [...ofKind(kind).values()]
      .filter((record) => record.id > afterId && (tenant === undefined || record.tenant === tenant))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map((record) => structuredClone(record));
  }

  const configuration: ConfigurationStore & ConfigurationLoader = {
    async commit(tenant, commit): Promise<CommitOutcome> {
      const plan = planCommit(reader, kinds, tenant, commit);
      if (plan.kind === 'write') carryOut(plan, commit);
      return structuredClone(plan.outcome);
    },
    async read(tenant, kind, id) {
      const record = ofKind(kind).get(id);
      return record?.tenant === tenant ? structuredClone(record) : undefined;
    },
    list: (tenant, kind, wanted) => page(kind, wanted, tenant),
    async revisions(tenant, { before = Number.POSITIVE_INFINITY, limit }) {
      const own = (revisions.get(tenant) ?? []).filter((row) => row.revision.number < before);
      return own
        .reverse()
        .slice(0, limit)
        .map((row) => structuredClone(row.revision));
    },
    load: (kind, wanted) => page(kind, wanted),
  };
  return {
    configuration,
    outbox: {
      async after(from, limit) {
        return outbox.filter((entry) => entry.position > from).slice(0, limit);
      },
      async forgetThrough(through) {
        outbox = outbox.filter((entry) => entry.position > through);
      },
    },
  };
}
