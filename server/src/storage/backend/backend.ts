/** What a storage backend offers: one implementation of each port, durable truth and live state apart. main.ts picks one. */
import type { EventOutbox } from '#base/events';
import type { CdrStore } from '#services/cdr';
import type { ConfigurationLoader, ConfigurationStore } from '#services/configuration';
import type { SubscriptionLog } from '#services/presence';
import type { BindingLoader, BindingLog, BindingStore } from '#services/registrar';

export interface StorageBackend {
  /** Durable truth. */
  readonly configuration: ConfigurationStore & ConfigurationLoader;
  readonly outbox: EventOutbox;
  readonly cdrs: CdrStore;
  /** Live state. */
  readonly bindings: BindingStore & BindingLoader;
  /** What the live state will be fed from; the thread's own, it waits for nobody. */
  readonly bindingLog: BindingLog;
  /** As it is: nothing feeds on it. */
  readonly subscriptionLog: SubscriptionLog;
  /** Writes out what is under way and lets go of files and threads. */
  close(): Promise<void>;
}
