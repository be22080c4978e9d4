/**
 * The verb `take-place`: a leg that has come in takes the place of another leg of a call (RFC 3891): of a device that rings, so that the call is picked up; of a party that talks,
 * so that the call goes on at another device. The other party stays; it is told by a change of media only where what it was told no longer fits. What the newcomer cannot
 * speak refuses it, and the call is as it was.
 *
 * Leaves out: a call with a built-in service, and a change of media under way in the call: both are refused.
 */
import type { LegId } from '#base/ids';
import type { CallContext } from './call-context.ts';
import {
  type CallState,
  callerLeg,
  isAlive,
  isDirect,
  joinedLeg,
  type LegState,
  noteHandover,
  ringingLegs,
  type TakingPlace,
  transferOf,
} from './call-state.ts';
import { answerFrom, applyOwnAnswer, codecsOf, describeNewcomer, isOutOfStep, tieLegs } from './describing.ts';
import { type EndCause, endCause } from './end-cause.ts';
import { endLeg } from './ending.ts';
import { placeEdge } from './handover.ts';
import { incomingLeg } from './incoming-leg.ts';
import { joinLegs, splitLegs } from './joining.ts';
import type { IncomingCall, LegEvent, Replacing } from './leg-port.ts';
import { leaveDirect } from './media-plan.ts';
import { tellAgain, tellUntold } from './reoffering.ts';
import { ensureStreams, hasStreams } from './streams.ts';

/** Why it cannot be begun; null: it can. */
export function placeRefusal(call: CallState, { legId, isEarlyOnly }: Replacing): EndCause | null {
  const leg = call.legs.find((one) => one.legId === legId);
  if (leg === undefined || !isAlive(leg) || call.plan.kind !== 'dial') return callIsOver;
  // Unimplemented: picking up what a party that is being transferred rings.
  if (call.takingPlace !== null || transferOf(call) !== null || callerLeg(call).edge === placeEdge) return isChanging;
  if (call.phase === 'dialing') return ringingLegs(call).includes(leg) ? null : callIsOver;
  if (call.phase !== 'up') return callIsOver;
  if (isEarlyOnly) return endCause('busy', { detail: 'it was answered meanwhile' });
  const stays = joinedLeg(call, leg);
  if (stays === undefined) return callIsOver;
  const isStill = [leg, stays].every(({ phase, reoffer }) => phase === 'up' && reoffer === null);
  return isStill ? null : isChanging;
}

/** RFC 3891 §3: what has ended is declined. */
export const callIsOver: EndCause = endCause('declined', { detail: 'the call that was to be taken is over' });
const isChanging = endCause('not-acceptable', { status: 491, detail: 'another change of this call is under way' });

/** The newcomer's leg comes into the call; it goes on when its ports are there. */
export function beginTakingPlace(
  ctx: CallContext,
  call: CallState,
  incoming: IncomingCall,
  replacing: Replacing,
): void {
  const stays = partyThatStays(call, replacing.legId);
  const replaced = call.legs.find(({ legId }) => legId === replacing.legId);
  const { legId, origin } = incoming;
  call.legs.push(newcomerOf(incoming, replaced, codecsFor(ctx, replaced, stays)));
  noteHandover(call, { arrived: [...(call.handover?.arrived ?? []), { legId, origin }] });
  call.takingPlace = { ...replacing, newcomer: legId };
  if (isDirect(call)) leaveDirect(call);
  ensureStreams(ctx, call);
  goOnTakingPlace(ctx, call);
}

/** Ports have come. */
export function goOnTakingPlace(ctx: CallContext, call: CallState): void {
  const taking = call.takingPlace;
  if (taking === null) return;
  const newcomer = call.legs.find(({ legId }) => legId === taking.newcomer);
  const stays = partyThatStays(call, taking.legId);
  if (newcomer === undefined || newcomer.phase !== 'new') return;
  if (stays === undefined || !hasStreams(call, newcomer) || !hasStreams(call, stays)) return;
  const refusal = stillRefused(call, taking);
  const said = refusal === null ? describeNewcomer(newcomer, stays) : { ok: false as const, cause: refusal };
  if (!said.ok) {
    giveUp(ctx, call, newcomer, said.cause);
    return;
  }
  newcomer.phase = 'answered';
  newcomer.answeredUtcMs = ctx.time.nowUtcMs();
  // Without an offer of its own the newcomer speaks first in its ACK.
  if (newcomer.media.remote !== null && !takePlace(ctx, call, { newcomer, stays, taking })) return;
  ctx.leg(newcomer.edge, { type: 'answer', legId: newcomer.legId, description: said.description });
}

/** The newcomer's ACK; true: it was one. */
export function newcomerAcknowledged(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  { description }: Extract<LegEvent, { type: 'acknowledged' }>,
): boolean {
  const taking = call.takingPlace;
  if (taking === null || taking.newcomer !== leg.legId) return false;
  leg.phase = 'up';
  const stays = partyThatStays(call, taking.legId);
  const refusal = stays === undefined ? callIsOver : stillRefused(call, taking);
  const answer =
    description === null
      ? { ok: false as const, cause: endCause('not-acceptable', { detail: 'the ACK of an offer had no answer' }) }
      : applyOwnAnswer(leg, description);
  if (refusal !== null || !answer.ok || stays === undefined)
    giveUp(ctx, call, leg, refusal ?? (answer.ok ? callIsOver : answer.cause));
  else takePlace(ctx, call, { newcomer: leg, stays, taking });
  return true;
}

function stillRefused(call: CallState, taking: TakingPlace): EndCause | null {
  call.takingPlace = null;
  const refusal = placeRefusal(call, taking);
  call.takingPlace = taking;
  return refusal;
}

function giveUp(ctx: CallContext, call: CallState, newcomer: LegState, cause: EndCause): void {
  call.takingPlace = null;
  endLeg(ctx, newcomer, cause);
  if (call.phase === 'up') tellUntold(ctx, call);
}

interface Places {
  readonly newcomer: LegState;
  readonly stays: LegState;
  readonly taking: TakingPlace;
}

/** False: the two cannot talk, and the newcomer was refused. */
function takePlace(ctx: CallContext, call: CallState, { newcomer, stays, taking }: Places): boolean {
  if (call.phase === 'dialing') {
    const answer = answerFrom(call, stays, newcomer);
    if (!answer.ok) {
      giveUp(ctx, call, newcomer, answer.cause);
      return false;
    }
    pickUp(ctx, call, newcomer);
    ctx.leg(stays.edge, { type: 'answer', legId: stays.legId, description: answer.description });
    ctx.tell(call, 'call.answered', newcomer);
  } else takeOver(ctx, call, { newcomer, stays, taking });
  return true;
}

/** Every device that rings is told that somebody has answered. */
function pickUp(ctx: CallContext, call: CallState, newcomer: LegState): void {
  const caller = callerLeg(call);
  call.takingPlace = null;
  ctx.ringTimer(call, null);
  call.ringDeadlineUtcMs = null;
  caller.phase = 'answered';
  caller.answeredUtcMs = newcomer.answeredUtcMs;
  call.phase = 'up';
  joinLegs(ctx, call, newcomer, 'answered');
  for (const leg of call.legs) if (leg !== caller && leg !== newcomer) endLeg(ctx, leg, endCause('answered-elsewhere'));
}

function takeOver(ctx: CallContext, call: CallState, { newcomer, stays, taking }: Places): void {
  const left = call.legs.find(({ legId }) => legId === taking.legId);
  call.takingPlace = null;
  splitLegs(ctx, call);
  const isCaller = left === callerLeg(call);
  noteHandover(call, isCaller ? { callerLegId: newcomer.legId } : {});
  tieLegs(newcomer, stays);
  joinLegs(ctx, call, isCaller ? stays : newcomer, 'answered');
  if (left !== undefined) endLeg(ctx, left, endCause('normal-clearing', { detail: 'taken over by another device' }));
  ctx.tell(call, 'call.joined', newcomer);
  if (isOutOfStep(call, stays, newcomer)) tellAgain(ctx, call, stays);
  else tellUntold(ctx, call);
}

/** Whoever is on the other side of the one that is replaced. */
function partyThatStays(call: CallState, replaced: LegId): LegState | undefined {
  const leg = call.legs.find(({ legId }) => legId === replaced);
  if (leg === undefined) return undefined;
  return call.phase === 'up' ? joinedLeg(call, leg) : callerLeg(call);
}

/** What is spoken already; before the answer, what the caller can speak of that which the device that rings might have spoken. */
function codecsFor(ctx: CallContext, replaced: LegState | undefined, stays: LegState | undefined): readonly string[] {
  const { codec = null, pendingRemote = null } = stays?.media ?? {};
  if (codec !== null) return [codec];
  const policy = replaced?.media.policy ?? ctx.settings.codecs;
  if (pendingRemote === null) return policy;
  const offered = codecsOf(pendingRemote);
  return policy.filter((name) => offered.has(name.toUpperCase()));
}

function newcomerOf(incoming: IncomingCall, replaced: LegState | undefined, codecs: readonly string[]): LegState {
  const leg = incomingLeg(incoming, codecs);
  // Whoever was offered something has answered: so it stands for those who come later.
  return { ...leg, role: replaced?.role ?? 'callee', media: { ...leg.media, offered: true } };
}

/** It is over before it took its place. */
export function forgetNewcomer(ctx: CallContext, call: CallState, leg: LegState): void {
  if (call.takingPlace?.newcomer !== leg.legId) return;
  call.takingPlace = null;
  if (call.phase === 'up') tellUntold(ctx, call);
}
