/**
 * Closes calls that were alive when the process died, with what is known of them: they ended when their last RTP was seen, else when the
 * process was last known to live, and never before anything that they had already done. Nothing here changes what it was given.
 */
import { type CallState, type EndCause, endCause, type LegState } from '#engine/calls';

/** @param lastKnownUtcMs when the process was last known to live: its last write to the append log. */
export function closeAbandoned(calls: readonly CallState[], lastKnownUtcMs: number): CallState[] {
  return calls.map((call) => (call.endedUtcMs === null ? close(call, lastKnownUtcMs) : call));
}

function close(call: CallState, lastKnownUtcMs: number): CallState {
  const endUtcMs = Math.max(call.media.lastRtpUtcMs ?? lastKnownUtcMs, ...knownTimes(call));
  // A call that was being ended already keeps its own reason.
  const cause = call.cause ?? endCause('control-restarted');
  return {
    ...call,
    phase: 'ended',
    cause,
    endedUtcMs: endUtcMs,
    ringDeadlineUtcMs: null,
    legs: call.legs.map((leg) => closeLeg(leg, cause, endUtcMs)),
  };
}

function closeLeg(leg: LegState, cause: EndCause, endUtcMs: number): LegState {
  return {
    ...leg,
    phase: 'ended',
    cause: leg.cause ?? cause,
    endedUtcMs: leg.endedUtcMs ?? endUtcMs,
    joins: leg.joins.map((join) => ({ ...join, toUtcMs: join.toUtcMs ?? endUtcMs })),
  };
}

function knownTimes(call: CallState): number[] {
  const times = call.legs.flatMap((leg) => [
    leg.startedUtcMs,
    leg.rangUtcMs,
    leg.answeredUtcMs,
    leg.endedUtcMs,
    ...leg.joins.map(({ fromUtcMs }) => fromUtcMs),
  ]);
  return [call.createdUtcMs, ...times.filter((time) => time !== null)];
}
