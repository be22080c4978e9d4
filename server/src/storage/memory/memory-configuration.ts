/** Tenant configuration in maps: for tests, simulations and a throw-away server. Bodies are copied in and out like JSON. */
import type { EventEnvelope, EventOutbox, OutboxEntry } from '#base/events';
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

export function createMemoryConfiguration(kinds: readonly RecordKind[]): {
  configuration: ConfigurationStore & ConfigurationLoader;
  outbox: EventOutbox & { add(event: EventEnvelope): void };
} {
  const outbox = new MemoryOutbox();
  return { configuration: new MemoryConfiguration(kinds, outbox), outbox };
}

class MemoryOutbox implements EventOutbox {
  #entries: OutboxEntry[] = [];
  #position = 0;

  add(event: EventEnvelope): void {
    this.#entries.push({ position: ++this.#position, event: structuredClone(event) });
  }

  async after(position: number, limit: number): Promise<readonly OutboxEntry[]> {
    return this.#entries.filter((entry) => entry.position > position).slice(0, limit);
  }

  async forgetThrough(position: number): Promise<void> {
    this.#entries = this.#entries.filter((entry) => entry.position > position);
  }
}

class MemoryConfiguration implements ConfigurationStore, ConfigurationLoader, RecordReader {
  readonly #kinds: ReadonlyMap<string, RecordKind>;
  readonly #outbox: MemoryOutbox;
  /** By kind, then id: ids are unique in the whole installation. */
  readonly #records: ReadonlyMap<string, Map<string, StoredRecord>>;
  readonly #revisions = new Map<TenantId, RevisionRow[]>();

  constructor(kinds: readonly RecordKind[], outbox: MemoryOutbox) {
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    this.#records = new Map(kinds.map((kind) => [kind.name, new Map()]));
    this.#outbox = outbox;
  }

  async commit(tenant: TenantId, commit: Commit): Promise<CommitOutcome> {
    const plan = planCommit(this, this.#kinds, tenant, commit);
    if (plan.kind === 'write') this.#carryOut(plan, commit);
    return structuredClone(plan.outcome);
  }

  async read(tenant: TenantId, kind: string, id: string): Promise<StoredRecord | undefined> {
    const record = this.#ofKind(kind).get(id);
    return record?.tenant === tenant ? structuredClone(record) : undefined;
  }

  async list(tenant: TenantId, kind: string, page: Page): Promise<readonly StoredRecord[]> {
    return this.#page(kind, page, tenant);
  }

  async load(kind: string, page: Page): Promise<readonly StoredRecord[]> {
    return this.#page(kind, page);
  }

  async revisions(
    tenant: TenantId,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly Revision[]> {
    const { before = Number.POSITIVE_INFINITY, limit } = page;
    const own = (this.#revisions.get(tenant) ?? []).filter((row) => row.revision.number < before);
    const newest = own.reverse().slice(0, limit);
    return newest.map((row) => structuredClone(row.revision));
  }

  get(tenant: TenantId, kind: RecordKind, id: string): StoredRecord | undefined {
    const record = this.#ofKind(kind.name).get(id);
    return record?.tenant === tenant ? record : undefined;
  }

  having(
    tenant: TenantId | null,
    kind: RecordKind,
    fields: readonly string[],
    values: readonly unknown[],
  ): readonly StoredRecord[] {
    const all = [...this.#ofKind(kind.name).values()];
    const own = tenant === null ? all : all.filter((record) => record.tenant === tenant);
    return own.filter((record) => fields.every((field, i) => fieldOf(record.body, field) === values[i]));
  }

  lastRevision(tenant: TenantId): number {
    return this.#revisions.get(tenant)?.length ?? 0;
  }

  revisionByKey(tenant: TenantId, key: string): RevisionRow | undefined {
    return this.#revisions.get(tenant)?.find((row) => row.key === key);
  }

  #carryOut(plan: CommitPlan & { kind: 'write' }, commit: Commit): void {
    for (const record of plan.drops) this.#ofKind(record.kind).delete(record.id);
    for (const record of plan.puts) this.#ofKind(record.kind).set(record.id, structuredClone(record));
    const { tenant } = plan.revision;
    const rows = this.#revisions.get(tenant) ?? [];
    const { key, fingerprint = '' } = commit.idempotency ?? { key: undefined };
    rows.push({ revision: structuredClone(plan.revision), key, fingerprint });
    this.#revisions.set(tenant, rows);
    for (const event of commit.events ?? []) this.#outbox.add(event);
  }

  #page(kind: string, { afterId = '', limit }: Page, tenant?: TenantId): readonly StoredRecord[] {
    const wanted = [...this.#ofKind(kind).values()].filter(
      (record) => record.id > afterId && (tenant === undefined || record.tenant === tenant),
    );
    const sorted = wanted.sort((a, b) => (a.id < b.id ? -1 : 1));
    return sorted.slice(0, limit).map((record) => structuredClone(record));
  }

  #ofKind(kind: string): Map<string, StoredRecord> {
    return this.#records.get(kind) ?? new Map();
  }
}
