/** The verb `serve`: a built-in number answers by itself, so that a newcomer can test alone (echo, 1004 Hz tone, music, speaking clock). */
import type { PlaySource } from '@ringdown/media/protocol';
import type { CallContext } from './call-context.ts';
import { type CallState, callerLeg, type LegState } from './call-state.ts';
import { describeService } from './describing.ts';
import { endCall } from './ending.ts';
import { applyStreams } from './joining.ts';
import { ensureStreams, hasStreams } from './streams.ts';

export function beginService(ctx: CallContext, call: CallState): void {
  call.phase = 'opening';
  ensureStreams(ctx, call);
}

/** The ports are there: answer. */
export function answerService(ctx: CallContext, call: CallState): void {
  const leg = callerLeg(call);
  if (call.phase !== 'opening' || !hasStreams(call, leg)) return;
  const described = describeService(leg);
  if (!described.ok) {
    endCall(ctx, call, described.cause);
    return;
  }
  leg.phase = 'answered';
  leg.answeredUtcMs = ctx.time.nowUtcMs();
  call.phase = 'up';
  ctx.leg(leg.edge, { type: 'answer', legId: leg.legId, description: described.description });
  startSound(ctx, call, leg);
  ctx.tell(call, 'call.answered', leg);
}

/** Once both descriptions are known; harmless to repeat after a change of media. */
export function startSound(ctx: CallContext, call: CallState, leg: LegState): void {
  if (call.plan.kind !== 'serve' || leg.media.remote === null) return;
  applyStreams(ctx, call, leg);
  const streamId = leg.media.streams.find((stream) => stream?.kind === 'audio')?.streamId;
  if (streamId === undefined) return;
  const { service } = call.plan;
  if (service === 'echo') ctx.media(call, { verb: 'echo', streamId, on: true });
  else ctx.media(call, { verb: 'play', streamId, playId: service, source: soundOf(ctx, service), loop: true });
}

function soundOf(ctx: CallContext, service: 'tone' | 'music' | 'clock'): PlaySource {
  if (service === 'tone') return { kind: 'tone', hz: 1004, levelDbm0: -10 };
  if (service === 'music') return { kind: 'music' };
  return { kind: 'clock', utcOffsetMin: ctx.settings.utcOffsetMin };
}
