/** Ends one stream: what it was joined to is free again, its final figures are read, where somebody wants them, after the thread has let go of it. */
import type { StreamStatistics } from '../../protocol/statistics.ts';
import { field } from '../../region/layout.ts';
import type { EngineContext } from '../engine-context.ts';
import type { EngineStream } from '../session-table.ts';
import { readStatistics } from '../stream-statistics.ts';

/** `figures` must be called at once or never: soon the record is another stream's. */
export type OnStreamClosed = (figures: () => StreamStatistics) => void;

export function closeStream(context: EngineContext, stream: EngineStream, onClosed: OnStreamClosed): void {
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
      context.table.removeStream(stream);
      context.region.words[context.region.baseOf(stream.record) + field.IN_USE] = 0;
      if (stream.pair !== null) context.rest(stream.pair);
      context.giveRecord(stream.record);
      for (const tell of waiting) tell(() => readStatistics(stream, context.statisticsContext, true));
    },
  );
}

/** In the main thread's tables only. */
export function unjoin(stream: EngineStream): void {
  if (stream.joined?.joined === stream) stream.joined.joined = null;
  stream.joined = null;
}
