/** What every contract suite gets: a fresh backend, ids, two tenants. Retries what a bad day makes fail, as callers do. */
import type { AppError } from '#base/errors';
import { createIdSource, createSeededRandom, type IdSource, type TenantId } from '#base/ids';
import type { Commit, CommitOutcome, RecordChange, RecordKind } from '#services/configuration';
import { directoryKinds } from '#services/directory';
import { trunkKinds } from '#services/trunks';
import type { StorageBackend } from '#storage/backend';

/** Makes a fresh, empty backend. */
export type OpenBackend = (kinds: readonly RecordKind[]) => Promise<StorageBackend>;

export const contractKinds: readonly RecordKind[] = [...directoryKinds, ...trunkKinds];

export interface ContractScene {
  readonly backend: StorageBackend;
  readonly ids: IdSource;
  readonly ours: TenantId;
  readonly theirs: TenantId;
  /** Commits with a fresh idempotency key unless one is given. */
  commit(tenant: TenantId, changes: readonly RecordChange[], more?: Partial<Commit>): Promise<CommitOutcome>;
}

export async function openScene(open: OpenBackend): Promise<ContractScene> {
  const backend = patient(await open(contractKinds));
  const ids = createIdSource({ nowUtcMs: () => 1_700_000_000_000 }, createSeededRandom(11));
  const [ours, theirs] = [ids.next('tenant'), ids.next('tenant')];
  const scene: ContractScene = {
    backend,
    ids,
    ours,
    theirs,
    commit(tenant, changes, more = {}) {
      const revision = ids.next('revision');
      const idempotency = { key: revision, fingerprint: 'x' };
      const commit = { revision, author: 'tester', utcMs: 1_700_000_000_123, summary: 'test', changes, idempotency };
      return backend.configuration.commit(tenant, { ...commit, ...more });
    },
  };
  for (const [id, name] of [
    [ours, 'ours'],
    [theirs, 'theirs'],
  ] as const) {
    await scene.commit(id, [{ kind: 'tenant', id, expectVersion: 0, after: { name } }]);
  }
  return scene;
}

/** Each call again while the backend says that trying later can help. */
function patient(backend: StorageBackend): StorageBackend {
  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          for (let attempt = 1; ; attempt++) {
            try {
              return await Reflect.apply(method, target, args);
            } catch (error) {
              if ((error as AppError).code !== 'storage.unavailable' || attempt === 20) throw error;
            }
          }
        };
      },
    });
  const { configuration, outbox, cdrs, bindings } = backend;
  return {
    configuration: wrap(configuration),
    outbox: wrap(outbox),
    cdrs: wrap(cdrs),
    bindings: wrap(bindings),
    bindingLog: backend.bindingLog,
    subscriptionLog: backend.subscriptionLog,
    close: () => backend.close(),
  };
}
