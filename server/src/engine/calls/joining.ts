/** Joins the media of two legs in the engine as their descriptions say, and keeps the record of who was joined to whom. */
import { relayMap, streamSettings } from '#engine/media';
import type { CallContext } from './call-context.ts';
import { type CallState, callerLeg, type LegState } from './call-state.ts';

/** Each is told what the other calls the session, where one of them has a name for it (RFC 7989 §7). */
export function identifyLegs(ctx: CallContext, one: LegState, other: LegState): void {
  if (one.sessionId === undefined && other.sessionId === undefined) return;
  ctx.leg(one.edge, { type: 'identify', legId: one.legId, sessionId: other.sessionId ?? null });
  ctx.leg(other.edge, { type: 'identify', legId: other.legId, sessionId: one.sessionId ?? null });
}

/** `early`: the caller hears the callee before the answer; it counts as a conversation only from `answered`. */
export function joinLegs(
  ctx: CallContext,
  call: CallState,
  callee: LegState,
  when: 'early' | 'answered' | 'changed',
): void {
  const caller = callerLeg(call);
  if (when === 'answered' && call.joinedLegId === null) {
    call.joinedLegId = callee.legId;
    const fromUtcMs = ctx.time.nowUtcMs();
    caller.joins.push({ withLegId: callee.legId, fromUtcMs, toUtcMs: null });
    callee.joins.push({ withLegId: caller.legId, fromUtcMs, toUtcMs: null });
  }
  identifyLegs(ctx, caller, callee);
  applyStreams(ctx, call, caller);
  applyStreams(ctx, call, callee);
  for (const at of caller.media.streams.keys()) joinLine(ctx, call, { caller, callee, at });
}

/** Tells the engine where the peer of each stream is, what it speaks and in which direction; a new offer/answer lets the source settle anew. */
export function applyStreams(ctx: CallContext, call: CallState, leg: LegState): void {
  const { local, remote } = leg.media;
  if (local === null || remote === null) return;
  for (const [at, stream] of leg.media.streams.entries()) {
    if (stream?.local == null) continue;
    const settings = streamSettings(local, remote, at);
    if (settings === null) ctx.media(call, { verb: 'updateStream', streamId: stream.streamId, direction: 'inactive' });
    else ctx.media(call, { verb: 'updateStream', streamId: stream.streamId, ...settings, relock: true });
  }
}

interface Line {
  readonly caller: LegState;
  readonly callee: LegState;
  readonly at: number;
}

function joinLine(ctx: CallContext, call: CallState, line: Line): void {
  const a = line.caller.media;
  const b = line.callee.media;
  const { at } = line;
  // Lines count alike but after a transfer, where each leg has those of its own dialog.
  const far = a.lines?.lines[at]?.far ?? at;
  const streamA = a.streams[at];
  const streamB = b.streams[far];
  if (streamA?.local == null || streamB?.local == null) return;
  if (a.local === null || a.remote === null || b.local === null || b.remote === null) return;
  ctx.media(call, {
    verb: 'join',
    a: streamA.streamId,
    b: streamB.streamId,
    payloadMapAtoB: relayMap(a.local, b.remote, [at, far]),
    payloadMapBtoA: relayMap(b.local, a.remote, [far, at]),
  });
}

/** Closes the record of the conversation; the engine's session is closed with the call. */
export function splitLegs(ctx: CallContext, call: CallState): void {
  const toUtcMs = ctx.time.nowUtcMs();
  for (const leg of call.legs) {
    for (const join of leg.joins) join.toUtcMs ??= toUtcMs;
  }
  call.joinedLegId = null;
}
