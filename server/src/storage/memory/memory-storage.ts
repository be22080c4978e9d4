/** A backend that forgets everything when the process ends; with misfortune given, one that is slow and fails at random. */
import type { RecordKind } from '#services/configuration';
import type { StorageBackend } from '#storage/backend';
import { createMemoryBindingLog, createMemoryBindings } from './memory-bindings.ts';
import { createMemoryCdrs } from './memory-cdrs.ts';
import { createMemoryConfiguration } from './memory-configuration.ts';
import { type Misfortune, unreliable } from './unreliable.ts';

export function createMemoryStorage(options: {
  readonly kinds: readonly RecordKind[];
  readonly misfortune?: Misfortune;
}): StorageBackend {
  const { configuration, outbox } = createMemoryConfiguration(options.kinds);
  const bindings = createMemoryBindings();
  const bindingLog = createMemoryBindingLog();
  const cdrs = createMemoryCdrs((event) => outbox.add(event));
  const close = () => Promise.resolve();
  const { misfortune } = options;
  if (misfortune === undefined) return { configuration, outbox, cdrs, bindings, bindingLog, close };
  return {
    configuration: unreliable(configuration, misfortune),
    outbox: unreliable(outbox, misfortune),
    cdrs: unreliable(cdrs, misfortune),
    bindings: unreliable(bindings, misfortune),
    bindingLog,
    close,
  };
}
