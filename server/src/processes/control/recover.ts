/**
 * What a fresh control process makes of what the one before has left in the append log and in the media engines. Calls whose parties talk are taken up;
 * the others are ended, their peers told, their records closed. Runs before the first message is read.
 */
import type { CallId, LegId } from '#base/ids';
import type { Log } from '#base/log';
import { type CallEngine, isBeingAnchored, type StoredCall } from '#engine/calls';
import type { LeftSession, MediaLink } from '#engine/media';
import type { SipEdge } from '#faces/sip-edge';

/** So long the media engines have to say what they carry. A call that none of them has named by then has lost its audio. */
const mediaWithinMs = 3_000;

export interface Recovery {
  readonly calls: readonly StoredCall[];
  readonly sessions: ReadonlyMap<string, LeftSession>;
  readonly lastKnownUtcMs: number;
}

export async function surveyMedia(media: MediaLink, calls: readonly StoredCall[]): Promise<Recovery['sessions']> {
  if (calls.length === 0) return new Map();
  const eventsSince = Object.fromEntries(
    calls.map(({ call }) => [call.media.sessionId, call.media.eventNumber] as const),
  );
  const found = await media.leftSessions(eventsSince, mediaWithinMs);
  return new Map(found.map((session) => [session.sessionId, session]));
}

export interface RecoverInto {
  readonly engine: CallEngine;
  readonly edge: SipEdge;
  readonly media: MediaLink;
  readonly log: Log;
  /** A dialog that goes on. */
  readonly bind: (sipCallId: string, callId: CallId, legId: LegId) => void;
}

/** An input of the first turn. */
export function recoverCalls(recovery: Recovery, into: RecoverInto): void {
  for (const left of recovery.calls) {
    try {
      recoverCall(left, recovery, into);
    } catch (error) {
      into.log.error(
        { call: left.call.callId, err: error },
        'a defect: a call of the process before could not be read',
      );
    }
  }
  into.media.closeStrays();
}

function recoverCall(left: StoredCall, recovery: Recovery, into: RecoverInto): void {
  const { engine, media, log } = into;
  const { call } = left;
  const { sessionId } = call.media;
  const session = recovery.sessions.get(sessionId);
  // One that was opened for a direct call, and that nobody has heard of yet, is closed with the strays.
  const isUnheard = isBeingAnchored(call);
  const isRunning = !isUnheard && session?.closed === false && media.adopt(sessionId, session.engineId);
  const restored = restoreLegs(left, into);
  const goesOn = engine.resume(call, {
    hasLeg: (legId) => restored.has(legId),
    hasDialog: (legId) => restored.get(legId) === true,
    media: isRunning ? 'runs' : session?.closed === true ? 'ended' : 'gone',
    lastRtpUtcMs: session?.lastRtpAtUtcMs ?? null,
    lastKnownUtcMs: recovery.lastKnownUtcMs,
  });
  const cause = call.cause?.code;
  if (goesOn) log.info({ call: call.callId }, 'a call of the process before goes on');
  else log.warn({ call: call.callId, cause }, 'a call of the process before is ended');
  for (const event of session?.events ?? []) engine.onMediaEvent(event);
}

function restoreLegs({ call, legs }: StoredCall, { edge, log, bind }: RecoverInto): ReadonlyMap<LegId, boolean> {
  const restored = new Map<LegId, boolean>();
  for (const { legId, phase, destination } of call.legs) {
    if (phase === 'ended') continue;
    const leg = edge.restore(legs[legId], { legId, tenantId: call.tenantId, destination });
    if (leg === undefined) {
      log.warn({ call: call.callId, leg: legId, phase }, 'what is stored of a leg does not bring it back');
      continue;
    }
    restored.set(legId, leg.sipCallId !== null);
    if (leg.sipCallId !== null) bind(leg.sipCallId, call.callId, legId);
  }
  return restored;
}
