/** The first device to answer wins: the others are told so, the caller gets its answer, the two are joined. */
import type { SessionDescription } from '@ringdown/sdp';
import type { CallContext } from './call-context.ts';
import { type CallState, callerLeg, heardLeg, isAlive, joinedLeg, type LegState } from './call-state.ts';
import { applyAnswer, applyOwnAnswer, isOutdated, reanswerAcross } from './describing.ts';
import { type EndCause, endCause } from './end-cause.ts';
import { endCall, endLeg } from './ending.ts';
import { joinLegs } from './joining.ts';
import type { LegEvent } from './leg-port.ts';
import { anchorIfApart } from './media-plan.ts';
import { tellAgain } from './reoffering.ts';
import { startSound } from './serving.ts';

export function legAnswered(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  event: Extract<LegEvent, { type: 'answered' }>,
): void {
  const caller = callerLeg(call);
  const lost =
    call.phase !== 'dialing' ||
    !isAlive(leg) ||
    !isAlive(caller) ||
    caller.phase === 'answered' ||
    caller.phase === 'up';
  if (lost) {
    endLeg(ctx, leg, endCause('answered-elsewhere'));
    return;
  }
  leg.answeredUtcMs = ctx.time.nowUtcMs();
  if (event.crossing.sessionId !== undefined) leg.sessionId = event.crossing.sessionId;
  for (const other of call.legs) {
    if (other !== caller && other !== leg) endLeg(ctx, other, endCause('answered-elsewhere'));
  }
  ctx.ringTimer(call, null);
  call.ringDeadlineUtcMs = null;
  if (event.description === null) {
    failAnswered(
      ctx,
      call,
      leg,
      endCause('not-acceptable', { detail: event.unreadable ?? 'the answer (2xx) carried no session description' }),
    );
    return;
  }
  const answer = applyAnswer(call, leg, event.description);
  if (!answer.ok) {
    failAnswered(ctx, call, leg, answer.cause);
    return;
  }
  leg.phase = 'up';
  caller.phase = 'answered';
  caller.answeredUtcMs = leg.answeredUtcMs;
  call.phase = 'up';
  joinLegs(ctx, call, leg, 'answered');
  ctx.leg(caller.edge, {
    type: 'answer',
    legId: caller.legId,
    description: answer.description,
    crossing: event.crossing,
    ...(leg.answeredAs === undefined || event.isHidden === true ? {} : { told: leg.answeredAs }),
  });
  ctx.tell(call, 'call.answered', leg);
}

/** An answer that cannot be used ends the call on both sides with one cause (the callee gets BYE, the caller a refusal). */
function failAnswered(ctx: CallContext, call: CallState, leg: LegState, cause: EndCause): void {
  leg.phase = 'answered';
  endLeg(ctx, leg, cause);
  endCall(ctx, call, cause);
}

/** The caller's answer to the offer in a provisional (RFC 3262 §5): it hears the callee now, or, had that answered meanwhile, talks to it. */
export function callerAnsweredEarly(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  description: SessionDescription | null,
): void {
  if (leg.media.offered || leg.media.remote !== null || leg.media.pendingLocal === null || !isAlive(leg)) return;
  const applied =
    description === null
      ? { ok: false as const, cause: endCause('not-acceptable', { detail: 'the PRACK of an offer had no answer' }) }
      : applyOwnAnswer(leg, description);
  if (!applied.ok) {
    endCall(ctx, call, applied.cause);
    return;
  }
  const callee = joinedLeg(call, leg) ?? heardLeg(call);
  if (callee !== undefined) joinLegs(ctx, call, callee, call.phase === 'up' ? 'answered' : 'early');
}

/** The caller's ACK. Where the INVITE had no offer it brings the caller's answer to the offer in our 2xx. */
export function callerAcknowledged(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  event: Extract<LegEvent, { type: 'acknowledged' }>,
): void {
  if (leg.phase !== 'answered') return;
  leg.phase = 'up';
  const callee = joinedLeg(call, leg);
  if (leg.media.offered || leg.media.remote !== null) {
    if (callee !== undefined && leg.earlySource !== null && isOutdated(call, leg, callee)) tellAgain(ctx, call, leg);
    else anchorIfApart(ctx, call);
    return;
  }
  if (event.description === null) {
    endCall(
      ctx,
      call,
      endCause('not-acceptable', { detail: 'the ACK of an answer that carried an offer had no answer' }),
    );
    return;
  }
  if (callee !== undefined && !callee.media.offered) {
    answerInAck(ctx, call, { caller: leg, callee, answer: event.description });
    return;
  }
  const applied = applyOwnAnswer(leg, event.description);
  if (!applied.ok) {
    endCall(ctx, call, applied.cause);
    return;
  }
  if (call.plan.kind === 'serve') {
    startSound(ctx, call, leg);
    return;
  }
  if (callee === undefined) return;
  joinLegs(ctx, call, callee, 'answered');
  if (isOutdated(call, leg, callee)) tellAgain(ctx, call, callee);
}

interface AckedAnswer {
  readonly caller: LegState;
  readonly callee: LegState;
  readonly answer: SessionDescription;
}

/** The callee's offer went to the caller in our 2xx; what the caller's ACK answers goes into the callee's ACK. */
function answerInAck(ctx: CallContext, call: CallState, { caller, callee, answer }: AckedAnswer): void {
  const across = reanswerAcross(call, { from: callee, to: caller }, answer);
  if (!across.ok) {
    endCall(ctx, call, across.cause);
    return;
  }
  ctx.leg(callee.edge, { type: 'acknowledge', legId: callee.legId, description: across.description });
  anchorIfApart(ctx, call);
}
