/**
 * Port: the durable truth of tenant configuration. A commit changes some records of one tenant, writes one numbered revision
 * (author, time, before, after) and its durable events, all or nothing. Nothing here that PostgreSQL 15 lacks.
 */
import type { EventEnvelope } from '#base/events';
import type { RevisionId, TenantId } from '#base/ids';

export interface StoredRecord<Body extends object = object> {
  readonly tenant: TenantId;
  readonly kind: string;
  readonly id: string;
  /** 1 when made, one more with each change. */
  readonly version: number;
  readonly body: Body;
}

export interface RecordChange {
  readonly kind: string;
  readonly id: string;
  /** The version the author saw; 0 for a record that must not exist yet. */
  readonly expectVersion: number;
  /** JSON data; null deletes. */
  readonly after: object | null;
}

export interface Commit {
  readonly revision: RevisionId;
  /** Who: a user's id, `first-start`, `cli`. */
  readonly author: string;
  readonly utcMs: number;
  /** What, as the verb says it: `user.create`. */
  readonly summary: string;
  readonly changes: readonly RecordChange[];
  /** Durable events for the outbox. */
  readonly events?: readonly EventEnvelope[];
  /** The same key and fingerprint again change nothing and give the first outcome, marked as replayed. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

export interface CommittedChange {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
}

export type CommitOutcome =
  | {
      readonly kind: 'committed';
      readonly revision: number;
      readonly id: RevisionId;
      /** In the order of the commit's changes. */
      readonly changes: readonly CommittedChange[];
      readonly replayed: boolean;
    }
  /** Somebody else was faster: `version` is what stands there now, 0 for nothing. */
  | { readonly kind: 'conflict'; readonly record: RecordName; readonly version: number }
  /** A unique rule is in the way; `by` is unset when it is another tenant's. */
  | { readonly kind: 'taken'; readonly record: RecordName; readonly fields: readonly string[]; readonly by?: string }
  /** A reference to something that is not there; field `tenant` when the tenant itself is unknown. */
  | { readonly kind: 'dangling'; readonly record: RecordName; readonly field: string }
  /** The deleted record is still referred to. */
  | { readonly kind: 'in-use'; readonly record: RecordName; readonly by: RecordName }
  /** The idempotency key belongs to another request. */
  | { readonly kind: 'key-reused'; readonly revision: number };

export interface RecordName {
  readonly kind: string;
  readonly id: string;
}

export interface Revision {
  readonly tenant: TenantId;
  /** 1, 2, 3 … within the tenant. */
  readonly number: number;
  readonly id: RevisionId;
  readonly author: string;
  readonly utcMs: number;
  readonly summary: string;
  readonly changes: readonly RevisionChange[];
}

export interface RevisionChange extends CommittedChange {
  /** Null when made by this revision. Sealed fields read `(sealed)`. */
  readonly before: object | null;
  /** Null when deleted by this revision. */
  readonly after: object | null;
}

export interface ConfigurationStore {
  commit(tenant: TenantId, commit: Commit): Promise<CommitOutcome>;
  read(tenant: TenantId, kind: string, id: string): Promise<StoredRecord | undefined>;
  /** Records of a kind with an id after `afterId`, in order of id, at most `limit`. */
  list(tenant: TenantId, kind: string, page: Page): Promise<readonly StoredRecord[]>;
  /** Newest first, below `before` when given. */
  revisions(tenant: TenantId, page: { readonly before?: number; readonly limit: number }): Promise<readonly Revision[]>;
}

/** Reads all tenants: for the in-memory views at start, nobody else. */
export interface ConfigurationLoader {
  load(kind: string, page: Page): Promise<readonly StoredRecord[]>;
}

export interface Page {
  readonly afterId?: string;
  readonly limit: number;
}
