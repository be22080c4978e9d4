/** Streams of the media engine for the legs of a call: asked for before a leg speaks, given when the engine's reply has come. */

import type { LocalStream, MediaError, StreamSpec } from '@ringdown/media/protocol';
import type { LegStream } from '#engine/media';
import type { CallContext } from './call-context.ts';
import { type CallState, isAlive, isDirect, type LegState } from './call-state.ts';
import { type EndCause, endCause } from './end-cause.ts';

/** Whether a leg may speak: its ports are there, or it needs none. */
export function hasStreams(call: CallState, leg: LegState): boolean {
  return isDirect(call) || leg.media.streams.every((stream) => stream === null || stream.local !== null);
}

/** Asks for every stream that a live leg lacks: one command for a new session, one per stream afterwards. */
export function ensureStreams(ctx: CallContext, call: CallState): void {
  if (isDirect(call)) return;
  const wanted: StreamSpec[] = [];
  for (const leg of call.legs) {
    if (!isAlive(leg)) continue;
    for (const stream of leg.media.streams) {
      if (stream === null || stream.asked) continue;
      stream.asked = true;
      wanted.push(specOf(ctx, call, { leg, stream }));
    }
  }
  const { sessionId } = call.media;
  if (call.media.state === 'none') {
    call.media.state = 'opening';
    ctx.media(call, {
      verb: 'openSession',
      sessionId,
      callId: call.callId,
      streams: wanted,
    });
    return;
  }
  for (const stream of wanted) ctx.media(call, { verb: 'addStream', sessionId, stream });
}

function specOf(
  ctx: CallContext,
  { tenantId }: CallState,
  { leg, stream }: { readonly leg: LegState; readonly stream: LegStream },
): StreamSpec {
  const { dscp, mediaTimeoutMs } = ctx.settings;
  const { streamId, kind } = stream;
  const address = ctx.mediaAddress(leg.edge, { legId: leg.legId, tenantId, destination: leg.destination });
  return { streamId, kind, dscp: dscp[kind], timeoutMs: mediaTimeoutMs, ...(address === null ? {} : { address }) };
}

/** The engine has opened them. */
export function streamsOpened(call: CallState, opened: readonly LocalStream[]): void {
  call.media.state = 'open';
  for (const local of opened) {
    for (const leg of call.legs) {
      for (const stream of leg.media.streams) if (stream?.streamId === local.streamId) stream.local = local;
    }
  }
}

/** The engine has no room for more; what it carries already goes on. */
export function isShortage(error: MediaError): boolean {
  return error.code === 'ports-exhausted' || error.code === 'capacity-exhausted' || error.code === 'draining';
}

export function mediaFailure(error: MediaError): EndCause {
  const detail = `media engine: ${error.code}${error.detail === '' ? '' : ` (${error.detail})`}`;
  return endCause(isShortage(error) ? 'media-exhausted' : 'media-lost', { detail });
}
