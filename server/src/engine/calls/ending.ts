/** How legs and calls end: every path out of a call goes through this file, so that nothing is left behind and one cause is kept. */
import type { CallContext } from './call-context.ts';
import { type CallState, callerLeg, isAlive, joinedLeg, type LegState, transferOf } from './call-state.ts';
import { cutBack } from './cut-back.ts';
import { type EndCause, endCause } from './end-cause.ts';
import { splitLegs } from './joining.ts';
import { forgetDescriptions } from './resting.ts';

/** Ends one leg from our side; the edge confirms by `ended`. Ending a leg that is ending already does nothing. */
export function endLeg(ctx: CallContext, leg: LegState, cause: EndCause): void {
  if (!isAlive(leg)) return;
  leg.phase = 'ending';
  leg.cause ??= cause;
  ctx.leg(leg.edge, { type: 'end', legId: leg.legId, cause });
}

/** Ends the whole call: every live leg is told. The first cause given is the call's. */
export function endCall(ctx: CallContext, call: CallState, cause: EndCause): void {
  if (call.phase === 'ended') return;
  call.cause ??= cause;
  call.phase = 'ending';
  ctx.ringTimer(call, null);
  call.ringDeadlineUtcMs = null;
  for (const leg of call.legs) {
    if (leg.phase === 'new' && leg.role === 'callee') closeLeg(ctx, call, leg, cause);
    else endLeg(ctx, leg, cause);
  }
  closeIfOver(ctx, call);
}

/** The edge says that a leg is over. One that has asked for a transfer leaves the other party alone, which waits for its outcome (waiting.ts). */
export function legEnded(ctx: CallContext, call: CallState, leg: LegState, cause: EndCause): void {
  const counts = leg === callerLeg(call) || joinedLeg(call, leg) !== undefined || transferOf(call)?.legId === leg.legId;
  closeLeg(ctx, call, leg, leg.cause ?? cause);
  if (call.phase === 'ending' || call.phase === 'ended') closeIfOver(ctx, call);
  else if (counts && transferOf(call)?.byLegId !== leg.legId) endCall(ctx, call, cause);
}

/** A leg is over, or never began. */
export function closeLeg(ctx: CallContext, call: CallState, leg: LegState, cause: EndCause): void {
  if (leg.phase === 'ended') return;
  leg.phase = 'ended';
  leg.cause ??= cause;
  leg.endedUtcMs = ctx.time.nowUtcMs();
  leg.reoffer = null;
  releaseStreams(ctx, call, leg);
  if (call.joinedLegId === leg.legId || leg === callerLeg(call)) splitLegs(ctx, call);
  ctx.tell(call, 'leg.ended', leg);
}

/** A device that only rang gives its ports back at once; all others go with the session. */
function releaseStreams(ctx: CallContext, call: CallState, leg: LegState): void {
  if (leg === callerLeg(call) || call.joinedLegId === leg.legId || call.phase === 'ending') return;
  for (const stream of leg.media.streams)
    if (stream?.local != null && call.media.state !== 'lost')
      ctx.media(call, { verb: 'removeStream', streamId: stream.streamId });
  leg.media.streams = [];
}

/** Closes media and the call when its last leg is gone. */
export function closeIfOver(ctx: CallContext, call: CallState): void {
  if (call.phase === 'ended' || call.legs.some((leg) => leg.phase !== 'ended')) return;
  call.phase = 'ended';
  call.cause ??= endCause('internal-error', { detail: 'all legs ended without a cause' });
  call.endedUtcMs = ctx.time.nowUtcMs();
  if (call.overUtcMs !== null) cutBack(call, call.overUtcMs);
  if (call.media.state === 'open' || call.media.state === 'opening') {
    ctx.media(call, { verb: 'closeSession', sessionId: call.media.sessionId });
    call.media.state = 'closed';
  }
  forgetDescriptions(call);
  ctx.tell(call, 'call.ended', null);
}
