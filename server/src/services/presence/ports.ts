/**
 * Port: subscriptions that stand, so that a process that takes over goes on with them. Written by the thread itself before a 200 leaves; the last row of a key counts. Synchronous, in
 * parts, each since a `cut`, like the log of bindings.
 */
import type { TenantId, UserId } from '#base/ids';

export interface StoredSubscription {
  readonly key: string;
  /** Null: it is over. */
  readonly state: {
    readonly tenant: TenantId;
    readonly watcher: UserId;
    /** Whose state it shows, by that address. */
    readonly watched: UserId;
    readonly aor: string;
    /** Higher than the number of every document that was sent. */
    readonly version: number;
    /** The edge's own: the dialog, JSON. */
    readonly dialog: unknown;
  } | null;
}

export interface SubscriptionLog {
  /** What an earlier process left, oldest first. Once, before all else. */
  read(): readonly StoredSubscription[];
  /** With one write(2). A disk that refuses is reported by the log itself. */
  append(rows: readonly StoredSubscription[]): void;
  /** Begins a part. */
  cut(): void;
  /** The parts before the last cut are not needed any more. */
  forget(): void;
  /** So long without a `forget` that it should be written anew. */
  readonly isGrown: boolean;
}
