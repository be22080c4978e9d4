/** `state`, `stats` and `ping`: what is, without changing it. */
import { formatAddress, portOf } from '../../io/address.ts';
import type { CommandOf, MediaResults } from '../../protocol/command.ts';
import { mediaError } from '../../protocol/error.ts';
import type { SessionState, StreamState } from '../../protocol/session-state.ts';
import type { SessionStatistics } from '../../protocol/statistics.ts';
import { field, header, latchState, maxThreads } from '../../region/layout.ts';
import type { EngineContext } from '../engine-context.ts';
import type { Done, EngineSession, EngineStream } from '../session-table.ts';
import { readStatistics } from '../stream-statistics.ts';
import { lastRtpOf } from './close-session.ts';

const defaultPage = 200;

export function reportState(context: EngineContext, command: CommandOf<'state'>): Done<MediaResults['state']> {
  const limit = command.limit ?? defaultPage;
  const page = context.table.page(command.after ?? '', limit);
  const sessions = page.map((session) => sessionState(context, session, command.eventsSince?.[session.sessionId] ?? 0));
  const last = page.at(-1);
  return { ok: true, result: { sessions, next: page.length === limit && last !== undefined ? last.sessionId : null } };
}

function sessionState(context: EngineContext, session: EngineSession, since: number): SessionState {
  const streams =
    session.closed === null ? [...session.streams.values()].map((stream) => streamState(context, stream)) : [];
  return {
    sessionId: session.sessionId,
    callId: session.callId,
    openedAtUtcMs: session.openedAtUtcMs,
    lastRtpAtUtcMs: session.closed?.statistics.lastRtpAtUtcMs ?? lastRtpOf(streams.map((stream) => stream.statistics)),
    closed: session.closed !== null,
    streams,
    lastEventNumber: session.events.lastNumber,
    events: session.events.since(since),
  };
}

function streamState(context: EngineContext, stream: EngineStream): StreamState {
  const { words } = context.region;
  const base = context.region.baseOf(stream.record);
  const latched = words[base + field.LATCH] !== latchState.OPEN;
  const at = base + field.LATCHED_RTP;
  return {
    local: stream.local,
    kind: stream.spec.kind,
    remote: stream.remote,
    latched: latched ? { address: formatAddress(words, at), port: portOf(words, at) } : null,
    direction: stream.direction,
    codecs: stream.codecs,
    dtmfPayloadType: stream.dtmfPayloadType,
    joined: stream.joined?.spec.streamId ?? null,
    echo: stream.echo,
    playing: stream.playing,
    statistics: readStatistics(stream, context.statisticsContext, true),
  };
}

export function reportStatistics(context: EngineContext, command: CommandOf<'stats'>): Done<MediaResults['stats']> {
  const session = context.table.session(command.sessionId);
  if (session === undefined) return { ok: false, error: mediaError('unknown-session', command.sessionId) };
  return { ok: true, result: { statistics: sessionStatistics(context, session) } };
}

function sessionStatistics(context: EngineContext, session: EngineSession): SessionStatistics {
  const streams = [...session.streams.values()].map((stream) =>
    readStatistics(stream, context.statisticsContext, true),
  );
  return { sessionId: session.sessionId, streams, lastRtpAtUtcMs: lastRtpOf(streams) };
}

export function reportHealth(context: EngineContext): Done<MediaResults['ping']> {
  return {
    ok: true,
    result: {
      sessions: context.table.sessionCount,
      streams: context.table.streamCount,
      freePortPairs: context.freePortPairs,
      draining: context.draining,
      atUtcMs: Math.round(context.clock.utcMs()),
      tickLateMaxMs: takeLateness(context) / 1000,
    },
  };
}

function takeLateness(context: EngineContext): number {
  const { words } = context.region;
  let worst = 0;
  for (let thread = 0; thread < maxThreads; thread++) {
    worst = Math.max(worst, words[header.TICK_LATE_MAX_US + thread] as number);
    words[header.TICK_LATE_MAX_US + thread] = 0;
  }
  return worst;
}
