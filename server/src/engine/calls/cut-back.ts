/** A call that was over before that was found out ends in its record when it did: nothing in it is later, and nothing that it had done is undone. */
import type { CallState } from './call-state.ts';

export function cutBack(call: CallState, overUtcMs: number): void {
  const endUtcMs = Math.max(overUtcMs, ...knownTimes(call));
  const earlier = (utcMs: number | null): number => Math.min(utcMs ?? endUtcMs, endUtcMs);
  call.endedUtcMs = earlier(call.endedUtcMs);
  for (const leg of call.legs) {
    leg.endedUtcMs = earlier(leg.endedUtcMs);
    for (const join of leg.joins) join.toUtcMs = earlier(join.toUtcMs);
  }
}

function knownTimes(call: CallState): number[] {
  const times = call.legs.flatMap((leg) => [
    leg.startedUtcMs,
    leg.rangUtcMs,
    leg.answeredUtcMs,
    ...leg.joins.map(({ fromUtcMs }) => fromUtcMs),
  ]);
  return [call.createdUtcMs, ...times.filter((time) => time !== null)];
}
