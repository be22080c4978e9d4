/**
 * The verb that joins two legs of two calls: a leg of one takes the place of a leg of another, whose partner it talks to from then on; what is left of its own
 * call ends, and so does the leg whose place it took (attended transfer, RFC 5589 §7; the end of a blind one; picking up).
 *
 * The leg gets streams of its own in the other call's session. It is told of them as soon as they are there (`tellUntold`), which also holds after a restart,
 * since what it was told is compared with where its streams are.
 */
import { growStreams, isRelayable, type LegStream, legLinesOf, tieLines, untied } from '#engine/media';
import type { CallContext } from './call-context.ts';
import {
  type CallState,
  callerLeg,
  isAlive,
  isDirect,
  joinedLeg,
  type LegState,
  noteHandover,
  originOf,
} from './call-state.ts';
import type { EndCause } from './end-cause.ts';
import { closeLeg, endCall, endLeg } from './ending.ts';
import { placeEdge } from './handover.ts';
import { splitLegs } from './joining.ts';
import { leaveDirect } from './media-plan.ts';
import { tellUntold } from './reoffering.ts';
import { wakeCall } from './resting.ts';
import { ensureStreams } from './streams.ts';

export interface TakingOver {
  readonly from: CallState;
  readonly leg: LegState;
  readonly to: CallState;
  /** The leg of `to` whose place it takes. */
  readonly place: LegState;
  /** Why the call that it leaves, and the leg whose place it takes, are over. */
  readonly cause: EndCause;
}

/** Both sides are up, and no change of media is under way on the two that are to talk. */
export function mayTakeOver({ from, leg, to, place }: Omit<TakingOver, 'cause'>): boolean {
  if (from.takingPlace !== null || to.takingPlace !== null) return false;
  if (from === to || from.phase !== 'up' || to.phase !== 'up' || !isFree(leg)) return false;
  if (place.phase !== 'up' && place.phase !== 'answered') return false;
  const far = joinedLeg(to, place);
  return far === undefined ? to.plan.kind === 'serve' : isFree(far);
}

function isFree({ phase, reoffer }: LegState): boolean {
  return phase === 'up' && reoffer === null;
}

/** @returns the leg as it is in the other call */
export function takeOver(ctx: CallContext, { from, leg, to, place, cause }: TakingOver): LegState {
  for (const call of [from, to]) wakeCall(call);
  const far = joinedLeg(to, place);
  const arrived = arrive(leg, place, far);
  const origin = originOf(from, leg);
  leave(ctx, { from, leg, toCallId: to.callId, cause });
  splitLegs(ctx, to);
  const isCaller = callerLeg(to) === place;
  to.legs.push(arrived);
  noteHandover(to, {
    fromCallId: from.callId,
    ...(isCaller ? { callerLegId: arrived.legId } : {}),
    ...(origin === undefined ? {} : { arrived: [...(to.handover?.arrived ?? []), { legId: arrived.legId, origin }] }),
  });
  if (far !== undefined) {
    to.joinedLegId = isCaller ? far.legId : arrived.legId;
    const fromUtcMs = ctx.time.nowUtcMs();
    arrived.joins.push({ withLegId: far.legId, fromUtcMs, toUtcMs: null });
    far.joins.push({ withLegId: arrived.legId, fromUtcMs, toUtcMs: null });
  }
  vacate(ctx, to, place, cause);
  if (isDirect(to)) {
    leaveDirect(to);
    if (far?.media.remote != null) growStreams(far.media, far.legId, far.media.remote);
  }
  ensureStreams(ctx, to);
  ctx.tell(to, 'leg.arrived', arrived);
  endCall(ctx, from, cause);
  tellUntold(ctx, to);
  return arrived;
}

/** Each line that the far side has on gets a stream, in the leg's own order of lines. */
function arrive(leg: LegState, place: LegState, far: LegState | undefined): LegState {
  const { media } = leg;
  const before = untied(media.lines ?? legLinesOf(media.local));
  const source = far?.media.remote ?? place.media.remote ?? media.remote;
  const lines = source === null ? before : tieLines(before, source, (line) => isRelayable(line));
  const streams = lines.lines.map(({ far: at }, index): LegStream | null => {
    const line = at === null ? undefined : source?.media[at];
    if (line === undefined || line.port === 0 || (line.kind !== 'audio' && line.kind !== 'video')) return null;
    return { streamId: `${leg.legId}.${index}.${place.legId}`, kind: line.kind, asked: false, local: null };
  });
  if (far !== undefined && far.media.lines !== null) far.media.lines = untied(far.media.lines);
  return {
    ...leg,
    step: -1,
    earlySource: null,
    joins: [],
    media: { ...media, streams, lines: before, pendingLocal: null, pendingRemote: null, pendingLines: null },
  };
}

/** What stays behind is the record of the time it was there. */
function leave(
  ctx: CallContext,
  {
    from,
    leg,
    toCallId,
    cause,
  }: Pick<TakingOver, 'from' | 'leg' | 'cause'> & { readonly toCallId: CallState['callId'] },
): void {
  splitLegs(ctx, from);
  silence(ctx, from, leg);
  const left: LegState = {
    ...leg,
    phase: 'ended',
    cause,
    endedUtcMs: ctx.time.nowUtcMs(),
    media: { ...leg.media, streams: [] },
  };
  from.legs = from.legs.map((one) => (one === leg ? left : one));
  noteHandover(from, { transfer: null, toCallId });
}

function vacate(ctx: CallContext, to: CallState, place: LegState, cause: EndCause): void {
  silence(ctx, to, place);
  if (place.edge === placeEdge) closeLeg(ctx, to, place, cause);
  else if (isAlive(place)) endLeg(ctx, place, cause);
}

/**
 * At once, so that nobody hears two at a time: phones take the other one's packets for the same stream. The ports stay until the phone has heard of it and sends there no
 * more.
 */
function silence(ctx: CallContext, call: CallState, { media }: LegState): void {
  if (call.media.state === 'lost') return;
  for (const stream of media.streams)
    if (stream?.local != null) ctx.media(call, { verb: 'split', streamId: stream.streamId });
}
