/** Port: the durable truth of call detail records. A record never changes once it is written. Nothing here that PostgreSQL 15 lacks. */
import type { EventEnvelope } from '#base/events';
import type { CallId, TenantId } from '#base/ids';
import type { Cdr, CdrOutcome, CdrSummary } from './cdr.ts';

export interface CdrStore {
  /**
   * Writes the record and its events for the outbox, all or nothing; `known`, and nothing written, where the tenant has a record of that
   * call already. On the disk when it resolves.
   */
  insert(tenant: TenantId, cdr: Cdr, events: readonly EventEnvelope[]): Promise<'stored' | 'known'>;
  /** Newest call first. */
  list(tenant: TenantId, query: CdrQuery): Promise<readonly CdrSummary[]>;
  find(tenant: TenantId, callId: CallId): Promise<Cdr | undefined>;
}

/** Which records, all given conditions at once. */
export interface CdrFilter {
  /** User part of From or To. */
  readonly party?: string;
  readonly outcome?: CdrOutcome;
  readonly causeCode?: string;
  /** Calls that started at or after. */
  readonly fromUtcMs?: number;
  /** Calls that started before. */
  readonly toUtcMs?: number;
}

export interface CdrQuery {
  readonly filter?: CdrFilter;
  /** Only calls older than this one: the last of the page before. */
  readonly before?: CallId;
  readonly limit: number;
}
