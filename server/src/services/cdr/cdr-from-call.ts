/**
 * The record of an ended call, derived from its state alone: no clock, no chance, so that the append log gives the same record however often
 * it is read. Interop: durations are differences of wall times, since the state of a call keeps no others; a clock set back makes them 0.
 */
import type { CallId, CdrId } from '#base/ids';
import {
  type CallState,
  callerLeg,
  type EndCause,
  type EndCauseCode,
  endCause,
  isDirect,
  type LegState,
} from '#engine/calls';
import { type Cdr, type CdrDestination, type CdrJoin, type CdrLeg, type CdrOutcome, cdrSchema } from './cdr.ts';
import { callNotEnded } from './errors.ts';

/** @throws cdr.call-not-ended for a call without an end: it goes on. */
export function cdrFromCall(call: CallState): Cdr {
  const { endedUtcMs } = call;
  if (endedUtcMs === null) throw callNotEnded(call.callId);
  const caller = callerLeg(call);
  const cause = call.cause ?? caller.cause ?? endCause('internal-error', { detail: 'ended without a cause' });
  // After a transfer another leg may stand in the first one's place, which was answered in its own call.
  const answerUtcMs = call.legs[0]?.answeredUtcMs ?? null;
  const ringUtcMs = caller.rangUtcMs ?? earliest(call.legs.map((leg) => leg.rangUtcMs));
  return {
    schema: cdrSchema,
    id: cdrIdOf(call.callId),
    callId: call.callId,
    tenantId: call.tenantId,
    from: call.from,
    to: call.to,
    caller: call.identity,
    origin: call.origin,
    service: call.plan.kind === 'serve' ? call.plan.service : null,
    startUtcMs: call.createdUtcMs,
    ringUtcMs,
    answerUtcMs,
    endUtcMs: endedUtcMs,
    ringMs: between(ringUtcMs, answerUtcMs ?? endedUtcMs),
    talkMs: between(answerUtcMs, endedUtcMs),
    totalMs: between(call.createdUtcMs, endedUtcMs),
    outcome: outcomeOf(answerUtcMs !== null, cause.code),
    cause,
    faultOf: nameFault(cause, call),
    codecs: [...new Set(call.legs.flatMap(({ media }) => media.codec ?? []))],
    media: answerUtcMs === null ? null : isDirect(call) ? 'direct' : 'relayed',
    ...linksOf(call),
    legs: call.legs.map((leg) => legOf(leg, call, cause, endedUtcMs)),
    joins: joinsOf(call.legs, endedUtcMs),
  };
}

function linksOf({ handover }: CallState): Pick<Cdr, 'transferredTo' | 'transferredFrom'> {
  const to = handover?.toCallId ?? null;
  const from = handover?.fromCallId ?? null;
  return { ...(to === null ? {} : { transferredTo: to }), ...(from === null ? {} : { transferredFrom: from }) };
}

export function cdrIdOf(callId: CallId): CdrId {
  return callId.replace(/^call_/, 'cdr_') as CdrId;
}

function legOf(leg: LegState, call: CallState, callCause: EndCause, endUtcMs: number): CdrLeg {
  const cause = leg.cause ?? callCause;
  return {
    legId: leg.legId,
    role: leg.role,
    edge: leg.edge,
    party: leg.party,
    destination: destinationOf(leg),
    startUtcMs: leg.startedUtcMs,
    ringUtcMs: leg.rangUtcMs,
    answerUtcMs: leg.answeredUtcMs,
    endUtcMs: leg.endedUtcMs ?? endUtcMs,
    cause,
    faultOf: nameFault(cause, call, leg),
    codec: leg.media.codec,
    quality: leg.quality,
  };
}

function destinationOf({ destination }: LegState): CdrDestination | null {
  if (destination === null) return null;
  if (destination.kind === 'trunk') return { kind: 'trunk', trunkId: destination.trunkId, user: destination.user };
  return { kind: 'binding', aor: destination.aor, contactUri: destination.contactUri };
}

/** Both legs of a join carry it; here it stands once, from the leg that came first. */
function joinsOf(legs: readonly LegState[], endUtcMs: number): CdrJoin[] {
  const joins: CdrJoin[] = [];
  for (const { legId, joins: own } of legs) {
    for (const { withLegId, fromUtcMs, toUtcMs } of own) {
      const isKnown = joins.some(
        (one) =>
          one.fromUtcMs === fromUtcMs &&
          ((one.legId === withLegId && one.withLegId === legId) ||
            (one.legId === legId && one.withLegId === withLegId)),
      );
      if (!isKnown) joins.push({ legId, withLegId, fromUtcMs, toUtcMs: toUtcMs ?? endUtcMs });
    }
  }
  return joins.length < 2 ? joins : joins.sort((a, b) => a.fromUtcMs - b.fromUtcMs);
}

const outcomes: Readonly<Partial<Record<EndCauseCode, CdrOutcome>>> = {
  'no-answer': 'no-answer',
  busy: 'busy',
  declined: 'declined',
  cancelled: 'cancelled',
};

function outcomeOf(isAnswered: boolean, code: EndCauseCode): CdrOutcome {
  return isAnswered ? 'answered' : (outcomes[code] ?? 'failed');
}

/** Names the one at fault. For a leg the far side is that leg's own party. */
function nameFault(cause: EndCause, call: CallState, leg?: LegState): string {
  switch (cause.fault) {
    case 'nobody':
      return 'nobody';
    case 'caller':
      return `the caller${inBrackets(call.from.user)}`;
    case 'callee':
      return `the callee${inBrackets(leg?.role === 'callee' ? leg.party.user : call.to.user)}`;
    case 'upstream':
      return 'the trunk or the far server';
    case 'us':
      return 'this server';
    case 'unknown':
      return 'not known';
  }
}

function inBrackets(user: string): string {
  return user === '' ? '' : ` (${user})`;
}

function between(fromUtcMs: number | null, toUtcMs: number): number {
  return fromUtcMs === null ? 0 : Math.max(0, toUtcMs - fromUtcMs);
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
