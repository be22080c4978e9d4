/** `closeSession`, and every other way a session ends: its streams, its last event, its final statistics. */
import type { SessionEventBody } from '../../protocol/event.ts';
import type { SessionStatistics, StreamStatistics } from '../../protocol/statistics.ts';
import type { Connection } from '../connection.ts';
import type { EngineContext } from '../engine-context.ts';
import type { EngineSession } from '../session-table.ts';
import { closeStream } from './close-stream.ts';

export type CloseReason = Extract<SessionEventBody, { type: 'sessionClosed' }>['reason'];

export interface Closing {
  readonly reason: CloseReason;
  /** Who told us to: it needs not be told, and what nobody else is to hear is not remembered either. */
  readonly knownTo?: Connection | null;
  onClosed?(statistics: () => SessionStatistics): void;
}

export function closeSession(context: EngineContext, session: EngineSession, closing: Closing): void {
  const { knownTo = null, onClosed } = closing;
  const isUnheard = knownTo !== null && !context.isHeard(knownTo);
  const figures: StreamStatistics[] = [];
  let left = session.streams.size;
  const finish = () => {
    if (isUnheard) context.table.forgetSession(session);
    else if (session.closed === null) end(context, session, { figures, closing });
    onClosed?.(() => session.closed?.statistics ?? statisticsOf(session, figures));
  };
  if (left === 0) finish();
  for (const stream of [...session.streams.values()]) {
    closeStream(context, stream, (read) => {
      if (!isUnheard) figures.push(read());
      left--;
      if (left === 0) finish();
    });
  }
}

function end(
  context: EngineContext,
  session: EngineSession,
  { figures, closing }: { readonly figures: readonly StreamStatistics[]; readonly closing: Closing },
): void {
  const statistics = statisticsOf(session, figures);
  const { lastRtpAtUtcMs } = statistics;
  session.closed = { atMs: context.clock.nowMs(), statistics };
  context.table.endSession(session);
  const { reason, knownTo = null } = closing;
  context.tell(session, { type: 'sessionClosed', reason, lastRtpAtUtcMs, statistics }, knownTo);
}

function statisticsOf({ sessionId }: EngineSession, streams: readonly StreamStatistics[]): SessionStatistics {
  return { sessionId, streams, lastRtpAtUtcMs: lastRtpOf(streams) };
}

export function lastRtpOf(figures: readonly StreamStatistics[]): number | null {
  return figures.reduce<number | null>((last, { lastRtpAtUtcMs }) => {
    if (lastRtpAtUtcMs === null) return last;
    return last === null || lastRtpAtUtcMs > last ? lastRtpAtUtcMs : last;
  }, null);
}
