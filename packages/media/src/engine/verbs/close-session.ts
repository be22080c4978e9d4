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
  /** Who told us to, and needs not be told. */
  readonly knownTo?: Connection | null;
  onClosed?(statistics: SessionStatistics): void;
}

export function closeSession(
  context: EngineContext,
  session: EngineSession,
  { reason, knownTo = null, onClosed }: Closing,
): void {
  const figures: StreamStatistics[] = [];
  let left = session.streams.size;
  const finish = () => {
    const statistics: SessionStatistics = {
      sessionId: session.sessionId,
      streams: figures,
      lastRtpAtUtcMs: lastRtpOf(figures),
    };
    if (session.closed === null) {
      session.closed = { atMs: context.clock.nowMs(), statistics };
      context.table.endSession(session);
      const { lastRtpAtUtcMs } = statistics;
      context.tell(session, { type: 'sessionClosed', reason, lastRtpAtUtcMs, statistics }, knownTo);
    }
    onClosed?.(session.closed.statistics);
  };
  if (left === 0) finish();
  for (const stream of [...session.streams.values()]) {
    closeStream(context, stream, (statistics) => {
      figures.push(statistics);
      left--;
      if (left === 0) finish();
    });
  }
}

export function lastRtpOf(figures: readonly StreamStatistics[]): number | null {
  return figures.reduce<number | null>((last, { lastRtpAtUtcMs }) => {
    if (lastRtpAtUtcMs === null) return last;
    return last === null || lastRtpAtUtcMs > last ? lastRtpAtUtcMs : last;
  }, null);
}
