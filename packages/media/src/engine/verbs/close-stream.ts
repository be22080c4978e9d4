/** Ends one stream: what it was joined to is free again, its final figures are read after the thread has let go of it. */
import type { StreamStatistics } from '../../protocol/statistics.ts';
import { field } from '../../region/layout.ts';
import type { EngineContext } from '../engine-context.ts';
import type { EngineStream } from '../session-table.ts';
import { readStatistics } from '../stream-statistics.ts';

export function closeStream(
  context: EngineContext,
  stream: EngineStream,
  onClosed: (statistics: StreamStatistics) => void,
): void {
  if (stream.closing !== null) {
    stream.closing.push(onClosed);
    return;
  }
  const waiting = [onClosed];
  stream.closing = waiting;
  unjoin(stream);
  context.ask(
    stream.session.thread,
    (id) => ({ type: 'close', id, record: stream.record }),
    () => {
      const statistics = readStatistics(stream, context.statisticsContext, true);
      context.table.removeStream(stream);
      context.region.words[context.region.baseOf(stream.record) + field.IN_USE] = 0;
      if (stream.pair !== null) context.rest(stream.pair);
      context.giveRecord(stream.record);
      for (const tell of waiting) tell(statistics);
    },
  );
}

/** In the main thread's tables only. */
export function unjoin(stream: EngineStream): void {
  if (stream.joined?.joined === stream) stream.joined.joined = null;
  stream.joined = null;
}
