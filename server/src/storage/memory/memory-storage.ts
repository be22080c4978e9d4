/** A backend that forgets everything when the process ends; with misfortune given, one that is slow and fails at random. */
import type { RecordKind } from '#services/configuration';
import type { StoredSubscription } from '#services/presence';
import type { StoredBindingSet } from '#services/registrar';
import type { StorageBackend } from '#storage/backend';
import { createMemoryBindings } from './memory-bindings.ts';
import { createMemoryCdrs } from './memory-cdrs.ts';
import { createMemoryConfiguration } from './memory-configuration.ts';
import { createMemoryLog } from './memory-log.ts';
import { type Misfortune, unreliable } from './unreliable.ts';

export function createMemoryStorage(options: {
  readonly kinds: readonly RecordKind[];
  readonly misfortune?: Misfortune;
}): StorageBackend {
  const { configuration, outbox } = createMemoryConfiguration(options.kinds);
  const bindings = createMemoryBindings();
  const bindingLog = createMemoryLog<StoredBindingSet>();
  const subscriptionLog = createMemoryLog<StoredSubscription>();
  const cdrs = createMemoryCdrs((event) => outbox.add(event));
  const close = () => Promise.resolve();
  const { misfortune } = options;
  const logs = { bindingLog, subscriptionLog };
  if (misfortune === undefined) return { configuration, outbox, cdrs, bindings, ...logs, close };
  return {
    configuration: unreliable(configuration, misfortune),
    outbox: unreliable(outbox, misfortune),
    cdrs: unreliable(cdrs, misfortune),
    bindings: unreliable(bindings, misfortune),
    ...logs,
    close,
  };
}
