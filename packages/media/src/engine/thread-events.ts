/** What the packet threads tell, turned into answers to the verbs and numbered events of sessions. */
import type { StreamEvent, ThreadEvent } from '../thread/thread-message.ts';
import type { EngineContext } from './engine-context.ts';
import type { EngineStream } from './session-table.ts';

export function takeThreadEvent(context: EngineContext, thread: number, event: ThreadEvent): void {
  if (event.type === 'opened' || event.type === 'closed' || event.type === 'shut') {
    context.answer(event.id, event);
    return;
  }
  if (event.type === 'rested') {
    const nowMs = context.clock.nowMs();
    for (const rtp of event.rtp) context.pairs.rested(thread, rtp, nowMs);
    return;
  }
  const stream = context.table.streamOfRecord(event.record, event.generation);
  if (stream !== undefined && stream.session.closed === null) takeStreamEvent(context, stream, event);
}

function takeStreamEvent(context: EngineContext, stream: EngineStream, event: StreamEvent): void {
  const { streamId } = stream.spec;
  const { session } = stream;
  switch (event.type) {
    case 'latched': {
      const { component, address, port, ssrc, why } = event;
      context.tell(session, { type: 'streamLatched', streamId, component, address, port, ssrc, why });
      break;
    }
    case 'refused': {
      const { address, port, ssrc, packets } = event;
      context.tell(session, { type: 'sourceRefused', streamId, address, port, ssrc, packets });
      break;
    }
    case 'timeout':
      context.tell(session, { type: 'streamTimeout', streamId, silentMs: event.silentMs });
      break;
    case 'dtmf':
      context.tell(session, { type: 'dtmf', streamId, digit: event.digit, durationMs: event.durationMs });
      break;
    case 'playEnded':
      // A newer play has its own entry already.
      if (stream.playing?.playId === event.playId) stream.playing = null;
      context.tell(session, { type: 'playEnded', streamId, playId: event.playId, reason: event.reason });
      break;
  }
}
