/**
 * The verb `dial`: rings the targets of one step together, and the next step when all of them failed. The caller hears one stated
 * source: its own ring-back after a 180, or the early media of the only branch there is (never of one among several).
 */
import { bestCause } from './best-cause.ts';
import type { CallContext } from './call-context.ts';
import {
  type CallState,
  callerLeg,
  type DialStep,
  type DialTarget,
  isAlive,
  type LegState,
  ringingLegs,
} from './call-state.ts';
import { applyAnswer, newLegMedia, offerToCallee } from './describing.ts';
import { type EndCause, endCause } from './end-cause.ts';
import { closeLeg, endCall, endLeg } from './ending.ts';
import { identifyLegs, joinLegs } from './joining.ts';
import type { LegEvent } from './leg-port.ts';
import { mayCross, planMedia } from './media-plan.ts';
import { ensureStreams, hasStreams } from './streams.ts';

/** Begins a step: makes its legs and asks for their RTP ports; `dialLegs` goes on when they are there. */
export function beginStep(ctx: CallContext, call: CallState, index: number): void {
  const step = stepOf(call, index);
  if (step === undefined) {
    endCall(ctx, call, bestCause(failures(call)));
    return;
  }
  call.step = index;
  call.phase = 'opening';
  planMedia(ctx, call, step);
  for (const target of step.targets) call.legs.push(newCallee(ctx, call, target, index));
  ensureStreams(ctx, call);
  dialLegs(ctx, call);
}

/** Sends the INVITEs of the current step once every leg has its ports. */
export function dialLegs(ctx: CallContext, call: CallState): void {
  const legs = ringingLegs(call).filter((leg) => leg.phase === 'new');
  if (call.phase !== 'opening' || !hasStreams(call, callerLeg(call))) return;
  if (!legs.every((leg) => hasStreams(call, leg))) return;
  const step = stepOf(call, call.step);
  const ringMs = step?.ringMs ?? 0;
  call.phase = 'dialing';
  for (const [at, leg] of legs.entries()) {
    const target = step?.targets[at];
    if (target !== undefined) dialLeg(ctx, call, leg, { target, ringMs });
  }
  if (ringingLegs(call).length === 0) {
    beginStep(ctx, call, call.step + 1);
    return;
  }
  ctx.ringTimer(call, ringMs);
  call.ringDeadlineUtcMs = ctx.time.nowUtcMs() + ringMs;
}

function dialLeg(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  { target, ringMs }: { readonly target: DialTarget; readonly ringMs: number },
): void {
  const offer = offerToCallee(call, leg);
  if (!offer.ok) {
    closeLeg(ctx, call, leg, offer.cause);
    return;
  }
  leg.phase = 'dialing';
  ctx.leg(leg.edge, {
    type: 'dial',
    legId: leg.legId,
    callId: call.callId,
    tenantId: call.tenantId,
    destination: target.destination,
    from: target.from,
    to: target.to,
    ...(target.told === undefined ? {} : { told: target.told }),
    crossing: call.crossing,
    ...(target.sentOn === undefined ? {} : { sentOn: target.sentOn }),
    ...(target.alert === undefined ? {} : { alert: target.alert }),
    offer: offer.description,
    ringMs,
  });
}

/** A provisional from one of the ringing devices. */
export function legRinging(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  event: Extract<LegEvent, { type: 'ringing' }>,
): void {
  if (!isAlive(leg) || call.joinedLegId !== null || leg.step !== call.step) return;
  if (leg.phase === 'dialing') leg.phase = 'ringing';
  const caller = callerLeg(call);
  if (!isAlive(caller)) return;
  if (event.status === 180) leg.rangUtcMs ??= ctx.time.nowUtcMs();
  if (event.sessionId !== undefined && isOnlyBranch(call)) {
    leg.sessionId = event.sessionId;
    identifyLegs(ctx, caller, leg);
  }
  // An offer has no place in an unreliable provisional (RFC 3262 §5): a caller that made none, and acknowledges none, hears the callee from the answer on.
  const isShowable = caller.media.offered || (caller.offeredEarly === true && leg.media.offered);
  const isShown = event.description !== null && isOnlyBranch(call) && isShowable;
  if (isShown && mayCross(ctx, call, leg, event.description)) {
    showEarlyMedia(ctx, call, leg, event);
    return;
  }
  if (caller.phase === 'new' || (event.status === 180 && caller.rangUtcMs === null && caller.earlySource === null)) {
    ctx.leg(caller.edge, {
      type: 'ring',
      legId: caller.legId,
      status: event.status === 180 ? 180 : 183,
      description: null,
    });
    noteRinging(ctx, call, caller, event.status);
  }
}

/** 183 with the callee's own sound: shown once; what the caller was told then also holds for the answer. */
function showEarlyMedia(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  event: Extract<LegEvent, { type: 'ringing' }>,
): void {
  const caller = callerLeg(call);
  if (event.description === null || leg.earlySource !== null) return;
  const shown = applyAnswer(call, leg, event.description);
  if (!shown.ok) return;
  leg.earlySource = event.source;
  caller.earlySource = event.source;
  joinLegs(ctx, call, leg, 'early');
  const status = event.status === 180 ? 180 : 183;
  ctx.leg(caller.edge, { type: 'ring', legId: caller.legId, status, description: shown.description });
  noteRinging(ctx, call, caller, event.status);
}

function noteRinging(ctx: CallContext, call: CallState, caller: LegState, status: number): void {
  const first = caller.phase === 'new';
  caller.phase = 'ringing';
  if (status === 180) caller.rangUtcMs ??= ctx.time.nowUtcMs();
  if (first) ctx.tell(call, 'call.ringing', caller);
}

/** A ringing leg failed: the next step begins when it was the last. */
export function branchFailed(ctx: CallContext, call: CallState): void {
  if (call.phase === 'opening') {
    dialLegs(ctx, call);
    return;
  }
  if (call.phase !== 'dialing' || call.joinedLegId !== null) return;
  if (refusedForGood(call)) {
    endCall(ctx, call, bestCause(failures(call)));
    return;
  }
  if (ringingLegs(call).length > 0) return;
  ctx.ringTimer(call, null);
  call.ringDeadlineUtcMs = null;
  beginStep(ctx, call, call.step + 1);
}

/** The step's time is over: its legs are cancelled, and the next step begins without waiting for their 487. */
export function ringTimeOver(ctx: CallContext, call: CallState): void {
  if (call.phase !== 'dialing') return;
  const cause = endCause('no-answer', {
    detail: `no answer within ${Math.round((stepOf(call, call.step)?.ringMs ?? 0) / 1000)} s`,
  });
  for (const leg of ringingLegs(call)) endLeg(ctx, leg, cause);
  branchFailed(ctx, call);
}

/** A person who declined is not rung elsewhere any more (RFC 3261 §16.7 step 5: 603 is about the user, not the device). */
function refusedForGood(call: CallState): boolean {
  return call.legs.some((leg) => leg.role === 'callee' && leg.cause?.code === 'declined' && leg.cause.status === 603);
}

function stepOf(call: CallState, index: number): DialStep | undefined {
  return call.plan.kind === 'dial' ? call.plan.steps[index] : undefined;
}

function isOnlyBranch(call: CallState): boolean {
  return stepOf(call, call.step)?.targets.length === 1;
}

function failures(call: CallState): EndCause[] {
  return call.legs.flatMap((leg) => (leg.role === 'callee' && leg.cause !== null ? [leg.cause] : []));
}

function newCallee(ctx: CallContext, call: CallState, target: DialTarget, step: number): LegState {
  const legId = ctx.ids.next('leg');
  return {
    legId,
    edge: target.edge,
    role: 'callee',
    party: target.to,
    destination: target.destination,
    phase: 'new',
    reoffer: null,
    step,
    earlySource: null,
    media: newLegMedia(legId, call, target.codecs),
    ...(target.answeredAs === undefined ? {} : { answeredAs: target.answeredAs }),
    held: false,
    startedUtcMs: ctx.time.nowUtcMs(),
    rangUtcMs: null,
    answeredUtcMs: null,
    endedUtcMs: null,
    cause: null,
    joins: [],
    quality: null,
  };
}
