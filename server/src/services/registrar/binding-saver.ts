/**
 * Keeps bindings on disk: what a turn has changed goes into the log at once, before its answers leave, and behind the calls from there into the store,
 * the last of each AOR in batches, one at a time (docs/adr/0014). What the store refuses waits for the next time.
 */
import type { TimeSource } from '#base/clock';
import type { AorEntry, BindingTable } from './binding-table.ts';
import type { BindingLog, BindingStore, StoredBindingSet } from './ports.ts';
import { toStored } from './stored-binding.ts';

export interface BindingSaverOptions {
  readonly store: BindingStore;
  readonly log: BindingLog;
  readonly time: TimeSource;
  readonly table: BindingTable;
  readonly onSaveFailed: (error: unknown, count: number) => void;
}

/** So many at once: a millisecond or so of the thread. */
const batchSets = 500;

type Batch = readonly (readonly [AorEntry, StoredBindingSet])[];

export class BindingSaver {
  readonly #options: BindingSaverOptions;
  /** Changed, not in the log yet. */
  readonly #changed = new Set<AorEntry>();
  /** In the log, not in the store yet. */
  readonly #unsaved = new Map<AorEntry, StoredBindingSet>();
  #running: Promise<void> | undefined;

  constructor(options: BindingSaverOptions) {
    this.#options = options;
  }

  changed(entry: AorEntry): void {
    this.#changed.add(entry);
  }

  /** Of an earlier process: the log has it, the store may not. */
  recovered(entry: AorEntry): void {
    this.#unsaved.set(entry, this.#stored(entry));
  }

  /** One write for all that has changed since the last time. */
  record(): void {
    if (this.#changed.size === 0) return;
    const sets: StoredBindingSet[] = [];
    for (const entry of this.#changed) {
      const set = this.#stored(entry);
      sets.push(set);
      this.#unsaved.set(entry, set);
    }
    this.#changed.clear();
    this.#options.log.append(sets);
  }

  /** Gives the store what it lacks, unless that is being done. */
  save(): void {
    this.record();
    if (this.#unsaved.size > 0) void this.#run();
  }

  /** Resolves when everything so far is saved or has failed once. */
  async flush(): Promise<void> {
    await this.#running;
    this.record();
    if (this.#unsaved.size > 0) await this.#run();
  }

  #run(): Promise<void> {
    this.#running ??= this.#saveAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Never rejects. */
  async #saveAll(): Promise<void> {
    const { log, store, onSaveFailed } = this.#options;
    const all: Batch = [...this.#unsaved];
    this.#unsaved.clear();
    log.cut();
    for (let at = 0; at < all.length; at += batchSets) {
      const batch = all.slice(at, at + batchSets);
      try {
        await store.save(batch.map(([, set]) => set));
      } catch (error) {
        onSaveFailed(error, all.length - at);
        this.#putBack(all.slice(at));
        return;
      }
      for (const [entry] of batch) this.#saved(entry);
    }
    log.forget();
  }

  #saved(entry: AorEntry): void {
    if (!this.#changed.has(entry) && !this.#unsaved.has(entry)) this.#options.table.forget(entry);
  }

  /** What has changed meanwhile is newer. */
  #putBack(batch: Batch): void {
    for (const [entry, set] of batch) if (!this.#unsaved.has(entry)) this.#unsaved.set(entry, set);
    const { log } = this.#options;
    if (!log.isGrown) return;
    log.cut();
    log.append([...this.#unsaved.values()]);
    log.forget();
  }

  #stored({ tenant, aor, bindings }: AorEntry): StoredBindingSet {
    return { tenant, aor, bindings: bindings.map((binding) => toStored(binding, this.#options.time)) };
  }
}
