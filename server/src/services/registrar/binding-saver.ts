/**
 * Saves behind the call: one save per AOR at a time, and what changed meanwhile is saved after it, so however fast REGISTERs come
 * the store sees few writes and ends with the latest. A failed save waits for the next retry.
 */
import type { TimeSource } from '#base/clock';
import type { AorEntry, BindingTable } from './binding-table.ts';
import type { BindingStore } from './ports.ts';
import { toStored } from './stored-binding.ts';

export interface BindingSaverOptions {
  readonly store: BindingStore;
  readonly time: TimeSource;
  readonly table: BindingTable;
  readonly onSaveFailed: (error: unknown, aor: string) => void;
}

export class BindingSaver {
  readonly #options: BindingSaverOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #failed = new Set<AorEntry>();

  constructor(options: BindingSaverOptions) {
    this.#options = options;
  }

  save(entry: AorEntry): void {
    if (entry.saving) {
      entry.dirty = true;
      return;
    }
    const { store, time } = this.#options;
    entry.saving = true;
    entry.dirty = false;
    this.#failed.delete(entry);
    const stored = entry.bindings.map((binding) => toStored(binding, time));
    const done = store.save(entry.tenant, entry.aor, stored).then(
      () => this.#saved(entry),
      (error: unknown) => this.#notSaved(entry, error),
    );
    this.#running.add(done);
    void done.then(() => this.#running.delete(done));
  }

  /** Saves again what failed. */
  retry(): void {
    for (const entry of [...this.#failed]) this.save(entry);
  }

  /** Resolves when everything so far is saved or has failed once. */
  async flush(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
  }

  #saved(entry: AorEntry): void {
    entry.saving = false;
    if (entry.dirty) this.save(entry);
    else this.#options.table.forget(entry);
  }

  #notSaved(entry: AorEntry, error: unknown): void {
    entry.saving = false;
    entry.dirty = true;
    this.#failed.add(entry);
    this.#options.onSaveFailed(error, entry.aor);
  }
}
