/** The service: settles ended calls into records, and finds them again. Only listens: nobody's call waits for it. */
import { type EventSource, eventType } from '#base/events';
import type { CallId, TenantId } from '#base/ids';
import type { CallState } from '#engine/calls';
import type { Cdr, CdrSummary } from './cdr.ts';
import { cdrFromCall } from './cdr-from-call.ts';
import type { CdrQuery, CdrStore } from './ports.ts';

/** A record was written: what billing, the API and webhooks go by. */
export const cdrRecorded = eventType<CdrSummary>()('cdr.recorded', 'durable');

export interface CdrOptions {
  readonly store: CdrStore;
  readonly events: EventSource;
}

export interface Cdrs {
  /**
   * Writes the record of an ended call; again for the same call it changes nothing (`known`). When it resolves the call may be forgotten by
   * the append log; when it rejects (`storage.unavailable` and kin) try again later, with the same call.
   */
  settle(call: CallState): Promise<'stored' | 'known'>;
  /** Newest first, at most 500 at once. */
  list(tenant: TenantId, query?: Partial<CdrQuery>): Promise<readonly CdrSummary[]>;
  find(tenant: TenantId, callId: CallId): Promise<Cdr | undefined>;
}

const pageLimit = 100;
const maxPageLimit = 500;

export function createCdr({ store, events }: CdrOptions): Cdrs {
  return {
    settle(call) {
      const cdr = cdrFromCall(call);
      const { legs: _legs, joins: _joins, ...summary } = cdr;
      // The call's own events came first; this one is the last of its numbers.
      events.resumeCall(call.callId, call.eventNumber);
      const event = events.event(cdrRecorded, { tenant: call.tenantId, call: call.callId, data: summary });
      events.forgetCall(call.callId);
      return store.insert(call.tenantId, cdr, [event]);
    },
    list(tenant, query = {}) {
      const limit = Math.max(1, Math.min(query.limit ?? pageLimit, maxPageLimit));
      return store.list(tenant, { ...query, limit });
    },
    find: (tenant, callId) => store.find(tenant, callId),
  };
}
