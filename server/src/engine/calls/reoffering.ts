/**
 * A change of media in a running call (hold, resume, another codec, video) is carried to the other leg and answered only when that has answered; a
 * refusal there is a refusal here, a wish taken back here is taken back there, and both stand on what they had (RFC 6141). Refreshes never come this far: the edge answers them.
 */

import { answerProblem, mediaDirection, offerProblem, type SessionDescription } from '@ringdown/sdp';
import { growStreams, isCrossed } from '#engine/media';
import type { CallContext } from './call-context.ts';
import { type CallState, callerLeg, isDirect, joinedLeg, type LegState } from './call-state.ts';
import {
  answerAlone,
  applyOwnAnswer,
  describeService,
  isOutdated,
  isOutOfStep,
  offerAgain,
  offerOfService,
  reanswerAcross,
  reofferAcross,
  rollBack,
} from './describing.ts';
import { type EndCause, endCause } from './end-cause.ts';
import { endCall } from './ending.ts';
import { applyStreams, joinLegs } from './joining.ts';
import { anchorCall, anchorIfApart, mayCross, planChange, talking } from './media-plan.ts';
import { startSound } from './serving.ts';
import { ensureStreams, hasStreams } from './streams.ts';

/** The peer of `leg` wants a change, or (null) asks for an offer. */
export function legReoffered(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  description: SessionDescription | null,
): void {
  const other = joinedLeg(call, leg);
  const refusal = refusalOf(call, leg, description);
  if (refusal !== null) {
    ctx.leg(leg.edge, { type: 'refuse-reoffer', legId: leg.legId, cause: refusal });
    return;
  }
  leg.media.pendingRemote = description;
  if (call.plan.kind === 'serve' || other === undefined) {
    answerByService(ctx, call, leg);
    return;
  }
  if (description === null) {
    leg.reoffer = 'theirs-asked';
    other.reoffer = 'ours-asked';
    ctx.leg(other.edge, { type: 'reoffer', legId: other.legId, description: null });
    return;
  }
  leg.reoffer = 'theirs';
  planChange(ctx, call, leg, description);
  const left = [leg, other].flatMap(({ media, legId }) => growStreams(media, legId, description));
  for (const streamId of left) ctx.media(call, { verb: 'removeStream', streamId });
  ensureStreams(ctx, call);
  carryReoffer(ctx, call, leg);
}

/** Why a change cannot even be begun. What is under way stays untouched: it has its own end. */
function refusalOf(call: CallState, leg: LegState, description: SessionDescription | null): EndCause | null {
  const problem = description === null ? null : offerProblem(leg.media.local, description);
  if (problem !== null) return endCause('not-acceptable', { status: 488, detail: problem.reason });
  const other = joinedLeg(call, leg);
  const isFree = leg.phase === 'up' && leg.reoffer === null;
  const isAlone = call.plan.kind === 'serve' || other === undefined;
  if (isFree && (isAlone || (other.phase === 'up' && other.reoffer === null))) return null;
  return endCause('not-acceptable', { status: 491, detail: 'another change of this call is under way' });
}

/** Goes on when the streams of new m-lines are there. */
export function carryReoffer(ctx: CallContext, call: CallState, leg: LegState): void {
  const other = joinedLeg(call, leg);
  if (leg.reoffer !== 'theirs' || other === undefined || other.reoffer !== null) return;
  if (!hasStreams(call, leg) || !hasStreams(call, other)) return;
  const offer = reofferAcross(call, leg, other);
  if (!offer.ok) {
    refuse(ctx, leg, offer.cause);
    tellUntold(ctx, call);
    return;
  }
  other.reoffer = 'ours';
  ctx.leg(other.edge, { type: 'reoffer', legId: other.legId, description: offer.description });
}

/**
 * The peer has taken its wish back (RFC 3261 §9.2): it is taken back from the other leg too, which may have answered already. Then what that has agreed to is undone by an
 * offer of what stands.
 */
export function legReofferCancelled(ctx: CallContext, call: CallState, leg: LegState): void {
  if (leg.reoffer !== 'theirs' && leg.reoffer !== 'theirs-asked') return;
  const other = joinedLeg(call, leg);
  leg.reoffer = null;
  rollBack(leg);
  if (other !== undefined && other.reoffer !== null)
    ctx.leg(other.edge, { type: 'cancel-reoffer', legId: other.legId });
}

/** No ports for the new lines of a change: it is refused, the call goes on. */
export function refuseNewLines(ctx: CallContext, call: CallState, cause: EndCause): void {
  const wisher = call.legs.find((leg) => leg.reoffer === 'theirs' && joinedLeg(call, leg)?.reoffer === null);
  const other = wisher === undefined ? undefined : joinedLeg(call, wisher);
  if (wisher === undefined || other === undefined) return;
  for (const { media } of [wisher, other])
    media.streams = media.streams.map((stream) => (stream?.local == null ? null : stream));
  refuse(ctx, wisher, cause);
}

/** The other leg has answered our re-offer; or, where it was asked, has made its offer. */
export function legReanswered(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  description: SessionDescription | null,
): void {
  const wisher = joinedLeg(call, leg);
  if (leg.reoffer === null) return;
  if (wisher === undefined) {
    answeredAlone(ctx, call, leg, description);
    return;
  }
  const ours = leg.media.pendingLocal;
  const problem =
    description === null || ours === null || leg.reoffer === 'ours-asked'
      ? null
      : answerProblem(ours, description, 'theirs');
  if (problem !== null) {
    endCall(ctx, call, endCause('not-acceptable', { detail: problem.reason }));
    return;
  }
  if (description === null) {
    legReofferRefused(
      ctx,
      call,
      leg,
      endCause('not-acceptable', { detail: 'the answer to a change carried no description' }),
    );
    return;
  }
  if (leg.reoffer !== 'own' && wisher.reoffer === null) {
    answeredTooLate(ctx, call, leg, description);
    return;
  }
  if (leg.reoffer === 'ours-asked') {
    offerToAsker(ctx, call, { leg, wisher, description });
    return;
  }
  if (leg.reoffer === 'own') {
    leg.reoffer = null;
    const applied = applyOwnAnswer(leg, description);
    if (applied.ok) toldAgain(ctx, call, leg);
    else endCall(ctx, call, applied.cause);
    return;
  }
  if (!mayCross(ctx, call, leg, description)) {
    carryAnew(ctx, call, { leg, wisher, description });
    return;
  }
  const answer = reanswerAcross(call, { from: wisher, to: leg }, description);
  leg.reoffer = null;
  if (!answer.ok) {
    refuse(ctx, wisher, answer.cause);
    tellAgain(ctx, call, leg);
    return;
  }
  wisher.reoffer = null;
  ctx.leg(wisher.edge, { type: 'accept-reoffer', legId: wisher.legId, description: answer.description });
  changed(ctx, call, wisher);
}

/** By one that talks to nobody: to a service that was said to it, or to what a party that has left had wished. */
function answeredAlone(ctx: CallContext, call: CallState, leg: LegState, description: SessionDescription | null): void {
  const wasAsked = leg.reoffer === 'ours-asked';
  leg.reoffer = null;
  if (description === null) rollBack(leg);
  else if (wasAsked)
    ctx.leg(leg.edge, { type: 'acknowledge', legId: leg.legId, description: answerAlone(leg, description) });
  else {
    const applied = applyOwnAnswer(leg, description);
    if (applied.ok) soundAlone(ctx, call, leg);
    else endCall(ctx, call, applied.cause);
  }
}

/** Nobody wishes any more what this leg has answered, or offers where it was asked. */
function answeredTooLate(ctx: CallContext, call: CallState, leg: LegState, description: SessionDescription): void {
  const wasAsked = leg.reoffer === 'ours-asked';
  leg.reoffer = null;
  if (wasAsked) {
    leg.media.pendingRemote = description;
    acknowledgeAlone(ctx, call, leg);
    return;
  }
  const applied = applyOwnAnswer(leg, description);
  if (applied.ok) tellAgain(ctx, call, leg);
  else endCall(ctx, call, applied.cause);
}

interface Asked {
  readonly leg: LegState;
  readonly wisher: LegState;
  readonly description: SessionDescription;
}

/** The answer to a change cannot cross as it is: the wisher waits until the call is anchored, and the change is carried once more, through the engine. */
function carryAnew(ctx: CallContext, call: CallState, { leg, description }: Asked): void {
  leg.reoffer = null;
  applyOwnAnswer(leg, description);
  anchorCall(ctx, call);
}

/** RFC 3261 §14.2: a re-INVITE without an offer is answered with the far side's offer; its answer comes in the ACK. */
function offerToAsker(ctx: CallContext, call: CallState, asked: Asked): void {
  asked.leg.media.pendingRemote = asked.description;
  const fewer = offerProblem(asked.leg.media.local, asked.description);
  if (fewer !== null) {
    giveUp(ctx, call, asked.leg, endCause('not-acceptable', { detail: fewer.reason }));
    return;
  }
  const offer = reofferAcross(call, asked.leg, asked.wisher);
  if (offer.ok) {
    ctx.leg(asked.wisher.edge, { type: 'accept-reoffer', legId: asked.wisher.legId, description: offer.description });
    return;
  }
  acknowledgeAlone(ctx, call, asked.leg);
  asked.leg.reoffer = null;
  refuse(ctx, asked.wisher, offer.cause);
}

/** A leg's offer that comes to nothing on the far side is answered all the same: its re-INVITE was ours. */
function acknowledgeAlone(ctx: CallContext, call: CallState, leg: LegState): void {
  const offer = leg.media.pendingRemote;
  if (offer === null) return;
  const description = answerAlone(leg, offer);
  ctx.leg(leg.edge, { type: 'acknowledge', legId: leg.legId, description });
  if (description.media.every(({ port }) => port === 0)) tellAgain(ctx, call, leg);
  else changed(ctx, call, leg);
}

/** The two cannot go on: the leg's offer is still answered, so that it may be hung up (RFC 3261 §13.2.2.4). */
function giveUp(ctx: CallContext, call: CallState, leg: LegState, cause: EndCause): void {
  const offer = leg.media.pendingRemote;
  if (offer !== null)
    ctx.leg(leg.edge, { type: 'acknowledge', legId: leg.legId, description: answerAlone(leg, offer) });
  endCall(ctx, call, cause);
}

/** Says to a leg by an offer of our own what the far side has agreed on, where the two have come apart. */
export function tellAgain(ctx: CallContext, call: CallState, leg: LegState): void {
  const far = joinedLeg(call, leg);
  if (far === undefined || leg.reoffer !== null) return;
  const offer = offerAgain(call, leg, far);
  if (!offer.ok) {
    endCall(ctx, call, offer.cause);
    return;
  }
  leg.reoffer = 'own';
  ctx.leg(leg.edge, { type: 'reoffer', legId: leg.legId, description: offer.description });
}

/** Media goes through the engine: whoever still has the other party's address from when it was direct is told ours. */
export function tellUntold(ctx: CallContext, call: CallState): void {
  if (isDirect(call)) return;
  const served = callerLeg(call);
  if (call.plan.kind === 'serve' && isUntold(call, served)) tellOfService(ctx, call, served);
  for (const leg of talking(call)) if (isUntold(call, leg)) tellAgain(ctx, call, leg);
}

/** It has the other party's address, or ours of a call that it was transferred from. */
function isUntold(call: CallState, leg: LegState): boolean {
  const { local, streams } = leg.media;
  if (local === null || !hasStreams(call, leg)) return false;
  if (isCrossed(local)) return true;
  if (call.handover === null) return false;
  return local.media.some(({ port }, at) => port !== 0 && port !== streams[at]?.local?.rtpPort);
}

function tellOfService(ctx: CallContext, call: CallState, leg: LegState): void {
  if (leg.reoffer !== null) return;
  const offer = offerOfService(leg);
  if (!offer.ok) {
    endCall(ctx, call, offer.cause);
    return;
  }
  leg.reoffer = 'own';
  ctx.leg(leg.edge, { type: 'reoffer', legId: leg.legId, description: offer.description });
}

/**
 * Straight from one to the other, a callee may have to be told where a caller that was told again sends from; never back, so that two phones cannot keep it going. After
 * a transfer the one that was there has to follow the one that came.
 */
function toldAgain(ctx: CallContext, call: CallState, leg: LegState): void {
  changed(ctx, call, leg);
  tellUntold(ctx, call);
  const other = joinedLeg(call, leg);
  if (other === undefined) return;
  if (isDirect(call) ? leg === callerLeg(call) && isOutdated(call, other, leg) : isOutOfStep(call, other, leg))
    tellAgain(ctx, call, other);
}

/** The asker's answer, in the ACK of its own re-INVITE. */
export function legReacknowledged(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  description: SessionDescription | null,
): void {
  const other = joinedLeg(call, leg);
  if (call.plan.kind === 'serve' || other === undefined) {
    if (description !== null && applyOwnAnswer(leg, description).ok) soundAlone(ctx, call, leg);
    return;
  }
  if (leg.reoffer !== 'theirs-asked') return;
  leg.reoffer = null;
  other.reoffer = null;
  const ours = leg.media.pendingLocal;
  const problem = description === null || ours === null ? null : answerProblem(ours, description, 'theirs');
  const answer =
    description === null || problem !== null ? null : reanswerAcross(call, { from: other, to: leg }, description);
  if (answer?.ok === true) {
    ctx.leg(other.edge, { type: 'acknowledge', legId: other.legId, description: answer.description });
    changed(ctx, call, leg);
    return;
  }
  rollBack(leg);
  if (problem !== null) giveUp(ctx, call, other, endCause('not-acceptable', { detail: problem.reason }));
  else if (answer !== null) giveUp(ctx, call, other, answer.cause);
  else acknowledgeAlone(ctx, call, other);
}

export function legReofferRefused(ctx: CallContext, call: CallState, leg: LegState, cause: EndCause): void {
  const wisher = joinedLeg(call, leg);
  const isOwn = leg.reoffer === 'own';
  leg.reoffer = null;
  rollBack(leg);
  // 491: the peer has a change of its own, which comes next and brings both legs together.
  if (isOwn && cause.status !== 491) endCall(ctx, call, cause);
  // Both may be told at once; the other one waits for its own answer then, not for this.
  if (wisher?.reoffer === 'theirs' || wisher?.reoffer === 'theirs-asked') refuse(ctx, wisher, cause);
  if (!isOwn) tellUntold(ctx, call);
}

/** Its wish for a change comes to nothing. */
export function refuse(ctx: CallContext, leg: LegState, cause: EndCause): void {
  leg.reoffer = null;
  rollBack(leg);
  ctx.leg(leg.edge, { type: 'refuse-reoffer', legId: leg.legId, cause });
}

function answerByService(ctx: CallContext, call: CallState, leg: LegState): void {
  const described = describeService(leg);
  if (!described.ok) {
    refuse(ctx, leg, described.cause);
    return;
  }
  ctx.leg(leg.edge, { type: 'accept-reoffer', legId: leg.legId, description: described.description });
  soundAlone(ctx, call, leg);
}

function soundAlone(ctx: CallContext, call: CallState, leg: LegState): void {
  if (call.plan.kind === 'serve') startSound(ctx, call, leg);
  else applyStreams(ctx, call, leg);
}

function changed(ctx: CallContext, call: CallState, leg: LegState): void {
  const callee = leg === callerLeg(call) ? joinedLeg(call, leg) : leg;
  if (callee !== undefined) joinLegs(ctx, call, callee, 'changed');
  const { remote } = leg.media;
  const line = remote?.media.find((media) => media.kind === 'audio');
  if (remote === null || line === undefined) return;
  const direction = mediaDirection(remote, line);
  const isHeld = direction === 'sendonly' || direction === 'inactive';
  if (isHeld !== leg.held) {
    leg.held = isHeld;
    ctx.tell(call, isHeld ? 'call.held' : 'call.resumed', leg);
  }
  anchorIfApart(ctx, call);
}
