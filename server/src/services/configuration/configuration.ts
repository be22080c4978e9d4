/**
 * Tenant configuration as services use it: each change is committed with its revision, then the in-memory views hear of it
 * in the order of commits, then the bus. Changes of one tenant go one after the other; of different tenants side by side.
 */
import type { TimeSource } from '#base/clock';
import { toAppError } from '#base/errors';
import { type EventBus, type EventEnvelope, type EventSource, eventType } from '#base/events';
import type { IdSource, TenantId } from '#base/ids';
import type {
  Commit,
  CommitOutcome,
  CommittedChange,
  ConfigurationLoader,
  ConfigurationStore,
  RecordChange,
  Revision,
  StoredRecord,
} from './ports.ts';
import type { RecordKind } from './record-kind.ts';

/** Some records changed; whoever shows configuration reads them anew. */
export const configurationChanged = eventType<{
  readonly revision: number;
  readonly author: string;
  readonly summary: string;
  readonly changes: readonly CommittedChange[];
}>()('configuration.changed', 'transient');

export interface ChangeRequest {
  readonly author: string;
  readonly summary: string;
  readonly changes: readonly RecordChange[];
  readonly events?: readonly EventEnvelope[];
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

/** A view that is fed: everything at start, then each change. */
export interface RecordWatcher<Body extends object> {
  put(record: StoredRecord<Body>): void;
  drop(tenant: TenantId, id: string): void;
}

export interface Configuration {
  change(tenant: TenantId, request: ChangeRequest): Promise<CommitOutcome>;
  read<Body extends object>(
    tenant: TenantId,
    kind: RecordKind<Body>,
    id: string,
  ): Promise<StoredRecord<Body> | undefined>;
  revisions(tenant: TenantId, page: { readonly before?: number; readonly limit: number }): Promise<readonly Revision[]>;
  /** Before {@link load}: the watcher gets every record of the kind, then every change. */
  watch<Body extends object>(kind: RecordKind<Body>, watcher: RecordWatcher<Body>): void;
  /** Reads everything that is watched; resolves when all views are complete. */
  load(): Promise<void>;
}

export interface ConfigurationOptions {
  readonly store: ConfigurationStore & ConfigurationLoader;
  readonly time: TimeSource;
  readonly ids: IdSource;
  readonly bus: EventBus;
  readonly events: EventSource;
}

const attempts = 3;
const loadPage = 1_000;

export function createConfiguration(options: ConfigurationOptions): Configuration {
  const { store, time, ids, bus, events } = options;
  const watchers = new Map<string, RecordWatcher<object>[]>();
  const queues = new Map<TenantId, Promise<unknown>>();

  async function run(tenant: TenantId, request: ChangeRequest): Promise<CommitOutcome> {
    const revision = ids.next('revision');
    // A lost answer is asked for again by key: without one from the caller, the revision's own id is the key.
    const idempotency = request.idempotency ?? { key: revision, fingerprint: revision };
    const commit: Commit = { ...request, revision, utcMs: time.nowUtcMs(), idempotency };
    const outcome = await commitPatiently(store, tenant, commit);
    // A replay of an earlier request has been told of before; one of our own lost answer has not.
    if (outcome.kind !== 'committed' || outcome.id !== revision) return outcome;
    tellWatchers(tenant, request.changes, outcome.changes);
    const { author, summary } = request;
    const data = { revision: outcome.revision, author, summary, changes: outcome.changes };
    bus.publish(events.event(configurationChanged, { tenant, data }));
    for (const event of request.events ?? []) bus.publish(event);
    return outcome;
  }

  function tellWatchers(tenant: TenantId, asked: readonly RecordChange[], done: readonly CommittedChange[]): void {
    done.forEach(({ kind, id, version }, i) => {
      const body = asked[i]?.after ?? null;
      for (const watcher of watchers.get(kind) ?? []) {
        if (body === null) watcher.drop(tenant, id);
        else watcher.put({ tenant, kind, id, version, body });
      }
    });
  }

  return {
    change(tenant, request) {
      const before = queues.get(tenant) ?? Promise.resolve();
      const mine = before.then(() => run(tenant, request));
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      queues.set(tenant, settled);
      void settled.then(() => (queues.get(tenant) === settled ? queues.delete(tenant) : false));
      return mine;
    },
    async read<Body extends object>(tenant: TenantId, kind: RecordKind<Body>, id: string) {
      return (await store.read(tenant, kind.name, id)) as StoredRecord<Body> | undefined;
    },
    revisions: (tenant, page) => store.revisions(tenant, page),
    watch<Body extends object>(kind: RecordKind<Body>, watcher: RecordWatcher<Body>) {
      watchers.set(kind.name, [...(watchers.get(kind.name) ?? []), watcher as RecordWatcher<object>]);
    },
    async load() {
      for (const [kind, list] of watchers) await loadKind(store, kind, list);
    },
  };
}

/** Repeats at once what may work again; the key makes the repetition harmless. */
async function commitPatiently(store: ConfigurationStore, tenant: TenantId, commit: Commit): Promise<CommitOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.commit(tenant, commit);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (attempt === attempts || error.retry === 'never') throw error;
    }
  }
}

async function loadKind(
  loader: ConfigurationLoader,
  kind: string,
  list: readonly RecordWatcher<object>[],
): Promise<void> {
  let afterId: string | undefined;
  for (;;) {
    const page = await loader.load(kind, afterId === undefined ? { limit: loadPage } : { afterId, limit: loadPage });
    for (const record of page) for (const watcher of list) watcher.put(record);
    afterId = page.at(-1)?.id;
    if (page.length < loadPage || afterId === undefined) return;
  }
}
