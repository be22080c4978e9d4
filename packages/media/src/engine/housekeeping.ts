/** Once a second: quality reports, sessions nobody owns, memories of ended ones, and whether the process is still needed. */
import { field } from '../region/layout.ts';
import type { EngineContext } from './engine-context.ts';
import type { EngineSession, EngineStream } from './session-table.ts';
import { readStatistics, receivedTotals } from './stream-statistics.ts';
import { closeSession } from './verbs/close-session.ts';
import { qualityEveryMs } from './verbs/open-session.ts';

export const housekeepingEveryMs = 1000;
const rememberEndedMs = 600_000;
const defaultOrphanAfterMs = 60_000;
const defaultIdleEndMs = 60_000;

/** Since when nobody has been there; null while somebody is. */
export interface Absence {
  readonly controlSinceMs: number | null;
  readonly anybodySinceMs: number | null;
}

export function keepHouse(context: EngineContext, absence: Absence): void {
  const nowMs = context.clock.nowMs();
  for (const session of [...context.table.sessions()]) {
    if (nowMs >= session.nextQualityMs) {
      session.nextQualityMs += qualityEveryMs;
      for (const stream of session.streams.values()) tellQuality(context, stream);
    }
    if (isOrphan(context, session, absence)) closeSession(context, session, { reason: 'orphaned' });
  }
  for (const pair of context.pairs.takeUnused(nowMs)) context.shut(pair, () => {});
  context.table.forgetEndedBefore(nowMs - rememberEndedMs);
  if (context.table.sessionCount > 0) return;
  const idleMs = absence.anybodySinceMs === null ? 0 : nowMs - absence.anybodySinceMs;
  if (context.draining) context.end('drained');
  else if (absence.anybodySinceMs !== null && idleMs >= (context.options.idleEndMs ?? defaultIdleEndMs))
    context.end('idle');
}

function tellQuality(context: EngineContext, stream: EngineStream): void {
  const base = context.region.baseOf(stream.record);
  const totals = receivedTotals(context.region, base);
  const packets = totals.received + (context.region.words[base + field.TX_PACKETS] as number);
  if (packets === stream.priorPackets) return;
  const statistics = readStatistics(stream, context.statisticsContext, false);
  stream.prior = totals;
  stream.priorPackets = packets;
  context.tell(stream.session, { type: 'quality', streamId: stream.spec.streamId, statistics });
}

/** Nobody has been in control for long, and none of its streams has shown life for as long, whatever its direction. */
function isOrphan(context: EngineContext, session: EngineSession, absence: Absence): boolean {
  const afterMs = context.options.orphanAfterMs ?? defaultOrphanAfterMs;
  const nowMs = context.clock.nowMs();
  if (absence.controlSinceMs === null || nowMs - absence.controlSinceMs < afterMs) return false;
  for (const stream of session.streams.values()) {
    const lifeMs = context.region.double(context.region.baseOf(stream.record), field.LIFE_MS);
    if (nowMs - Math.max(lifeMs, session.openedAtMs) < afterMs) return false;
  }
  return true;
}
