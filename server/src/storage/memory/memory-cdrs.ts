/** Call detail records in a map: for tests and throw-away servers. */
import type { EventEnvelope } from '#base/events';
import type { TenantId } from '#base/ids';
import type { Cdr, CdrFilter, CdrStore, CdrSummary } from '#services/cdr';

/** @param addToOutbox takes the events of a record that was written. */
export function createMemoryCdrs(addToOutbox: (event: EventEnvelope) => void): CdrStore {
  const tenants = new Map<TenantId, Map<string, Cdr>>();
  const recordsOf = (tenant: TenantId): Map<string, Cdr> => {
    const records = tenants.get(tenant) ?? new Map<string, Cdr>();
    tenants.set(tenant, records);
    return records;
  };
  return {
    async insert(tenant, cdr, events) {
      const records = recordsOf(tenant);
      if (records.has(cdr.callId)) return 'known';
      records.set(cdr.callId, structuredClone(cdr));
      for (const event of events) addToOutbox(event);
      return 'stored';
    },
    async list(tenant, { filter = {}, before, limit }) {
      const found = [...recordsOf(tenant).values()].filter(
        (cdr) => (before === undefined || cdr.callId < before) && isWanted(cdr, filter),
      );
      const newest = found.sort((a, b) => (a.callId < b.callId ? 1 : -1)).slice(0, limit);
      return newest.map((cdr) => structuredClone(summaryOf(cdr)));
    },
    async find(tenant, callId) {
      return structuredClone(recordsOf(tenant).get(callId));
    },
  };
}

function summaryOf(cdr: Cdr): CdrSummary {
  const { legs: _legs, joins: _joins, ...summary } = cdr;
  return summary;
}

function isWanted(cdr: Cdr, { party, outcome, causeCode, fromUtcMs, toUtcMs }: CdrFilter): boolean {
  if (party !== undefined && cdr.from.user !== party && cdr.to.user !== party) return false;
  if (outcome !== undefined && cdr.outcome !== outcome) return false;
  if (causeCode !== undefined && cdr.cause.code !== causeCode) return false;
  if (fromUtcMs !== undefined && cdr.startUtcMs < fromUtcMs) return false;
  return toUtcMs === undefined || cdr.startUtcMs < toUtcMs;
}
