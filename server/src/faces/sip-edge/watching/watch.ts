/** One subscription as the server has it: whose, of what, and the view that it shows. */
import type { EventAgent, ServedSubscription, ServedUser, SessionBody } from '@ringdown/sip';
import type { StoredSubscription, Watched, Watcher } from '#services/presence';
import type { View } from './event-package.ts';

export interface WatchParts {
  /** In the log. */
  readonly key: string;
  readonly watcher: Watcher;
  readonly watched: Watched;
  /** Of the documents to come. */
  readonly version: number;
  readonly events: EventAgent;
  readonly openView: (watch: Watch) => View;
  /** The Contact that the subscriber is registered with over the way it came; null: none. */
  readonly registered: string | null;
  /** What is stored of it is old. */
  readonly onChanged: (watch: Watch) => void;
  readonly onOver: (watch: Watch) => void;
}

/** Versions and numbers of requests skip this much after a restart; before so many documents it is stored anew. */
const storedEach = 400;
const skipped = 1_000;

export class Watch implements ServedUser {
  /** From `serve` or `restore`. */
  served: ServedSubscription | null = null;
  readonly #parts: WatchParts;
  readonly #view: View;
  #version: number;
  #sinceStored = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#version = parts.version;
    this.#view = parts.openView(this);
  }

  get key(): string {
    return this.#parts.key;
  }

  compose(_served: ServedSubscription, isFull: boolean): SessionBody {
    this.#version += 1;
    this.#sinceStored += 1;
    if (this.#sinceStored === storedEach) this.#parts.onChanged(this);
    return this.#view.compose(isFull);
  }

  onRefreshed(): void {
    this.#parts.onChanged(this);
  }

  onEnded(): void {
    this.#view.stop();
    this.#parts.onOver(this);
  }

  /** Undefined: there is nothing to go on with. */
  stored(): StoredSubscription['state'] | undefined {
    const { events, watcher, watched, registered } = this.#parts;
    const snapshot = this.served === null ? null : events.snapshot(this.served);
    if (snapshot === null) return undefined;
    this.#sinceStored = 0;
    return {
      tenant: watched.tenant,
      watcher: watcher.user,
      watched: watched.user,
      aor: watched.aor,
      version: this.#version + skipped,
      dialog: { snapshot, registered },
    };
  }
}
