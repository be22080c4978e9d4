/**
 * Where the media of a call goes: through the media engine, or straight from party to party (docs/adr/0022). This file alone decides. A step may be direct
 * when the settings of both sides let it (`DialTarget.direct`), one device rings, and caller and callee can reach each other as their signalling shows them;
 * else it is relayed. What was agreed is looked at again with each answer and change: where one can no longer reach the other, the call is anchored, that
 * is, a session is opened for it and each leg is made an offer with its address. What is relayed stays so.
 */
import type { SessionDescription } from '@ringdown/sdp';
import { canReach, directObstacle, growStreams } from '#engine/media';
import type { CallContext } from './call-context.ts';
import { type CallState, callerLeg, type DialStep, isDirect, joinedLeg, type LegState } from './call-state.ts';
import type { LegDestination, PeerPlace } from './leg-port.ts';
import { ensureStreams } from './streams.ts';

/** Before a step is rung. */
export function planMedia(ctx: CallContext, call: CallState, step: DialStep): void {
  const { media } = call;
  if (media.state !== 'none' && media.state !== 'direct') return;
  const terms = step.targets.length === 1 ? step.targets[0]?.direct : undefined;
  media.directCodecs = terms?.codecs ?? [];
  media.state = terms !== undefined && mayBegin(ctx, call, step) ? 'direct' : 'none';
}

function mayBegin(ctx: CallContext, call: CallState, { targets: [target] }: DialStep): boolean {
  const caller = callerLeg(call);
  const from = placeOf(ctx, call, caller);
  // The callee has no leg yet: its edge is asked by where the leg is to lead.
  const to = target === undefined ? null : placeAt(ctx, call, { edge: target.edge, destination: target.destination });
  if (!isOpen(from) || !isOpen(to) || !canReach(from.address, to.address)) return false;
  const offer = caller.media.remote ?? caller.media.pendingRemote;
  return offer === null || directObstacle(offer, { from, to, codecs: call.media.directCodecs }) === null;
}

/**
 * Whether what this leg says may go to the other: through the engine always, as it is where that one can send there. Early media that may not is not shown, and
 * the caller hears the callee from the answer on.
 */
export function mayCross(ctx: CallContext, call: CallState, leg: LegState, said: SessionDescription | null): boolean {
  if (!isDirect(call)) return true;
  const caller = callerLeg(call);
  const other = leg === caller ? joinedLeg(call, leg) : caller;
  const from = placeOf(ctx, call, leg);
  const to = other === undefined ? null : placeOf(ctx, call, other);
  if (said === null || from === null || to === null) return true;
  return directObstacle(said, { from, to, codecs: call.media.directCodecs }) === null;
}

/** A change that a leg wants: one that cannot cross as it is opens a session first, and is then carried as in any relayed call. */
export function planChange(ctx: CallContext, call: CallState, leg: LegState, wanted: SessionDescription): void {
  if (!mayCross(ctx, call, leg, wanted)) leaveDirect(call);
}

/** After an answer or a change. True: the two cannot hear each other straight, and the call is being anchored. */
export function anchorIfApart(ctx: CallContext, call: CallState): boolean {
  const legs = talking(call);
  if (legs.every((leg) => mayCross(ctx, call, leg, leg.media.remote))) return false;
  anchorCall(ctx, call);
  return true;
}

/** Media is to go through the engine from now on: both legs are told when their ports are there (`reoffering.ts`: `tellUntold`). */
export function anchorCall(ctx: CallContext, call: CallState): void {
  leaveDirect(call);
  for (const { legId, media } of talking(call)) if (media.remote !== null) growStreams(media, legId, media.remote);
  ensureStreams(ctx, call);
}

/** The two that are to be told where the engine hears them; none where nobody talks. */
export function talking(call: CallState): LegState[] {
  const caller = callerLeg(call);
  const callee = joinedLeg(call, caller);
  return callee === undefined ? [] : [caller, callee];
}

/** Sessions and streams are the caller's matter. */
export function leaveDirect(call: CallState): void {
  call.media.state = 'none';
}

/** Its session is being opened while the two talk: only a direct call does without until then. */
export function isBeingAnchored({ phase, media }: CallState): boolean {
  return phase === 'up' && media.state === 'opening';
}

/** No ports for a call that goes on without: it stays direct. */
export function stayDirect(call: CallState): void {
  call.media.state = 'direct';
  for (const { media } of call.legs)
    media.streams = media.streams.map((stream) => (stream === null ? null : { ...stream, asked: false, local: null }));
}

function placeOf(ctx: CallContext, call: CallState, leg: LegState): PeerPlace | null {
  return ctx.peerPlace(leg.edge, { legId: leg.legId, tenantId: call.tenantId, destination: leg.destination });
}

function placeAt(
  ctx: CallContext,
  { tenantId }: CallState,
  to: { readonly edge: string; readonly destination: LegDestination },
): PeerPlace | null {
  return ctx.peerPlace(to.edge, { legId: null, tenantId, destination: to.destination });
}

function isOpen(place: PeerPlace | null): place is PeerPlace {
  return place !== null && !place.isHidden;
}
