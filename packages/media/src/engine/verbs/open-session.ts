/** `openSession`: all its streams, or none. */
import type { CommandOf, MediaResults } from '../../protocol/command.ts';
import { type MediaError, mediaError } from '../../protocol/error.ts';
import type { LocalStream } from '../../protocol/stream-spec.ts';
import type { EngineContext } from '../engine-context.ts';
import { SessionEvents } from '../session-events.ts';
import type { Done, EngineSession } from '../session-table.ts';
import { closeStream } from './close-stream.ts';
import { openStream } from './open-stream.ts';

export const qualityEveryMs = 5000;

export function openSession(
  context: EngineContext,
  command: CommandOf<'openSession'>,
  onDone: (done: Done<MediaResults['openSession']>) => void,
): void {
  const problem = refuse(context, command);
  if (problem !== null) {
    context.giveBack(command.streams);
    onDone({ ok: false, error: problem });
    return;
  }
  const nowMs = context.clock.nowMs();
  const session: EngineSession = {
    sessionId: command.sessionId,
    callId: command.callId,
    thread: chooseThread(context, command),
    openedAtUtcMs: Math.round(context.clock.utcMs()),
    openedAtMs: nowMs,
    events: new SessionEvents(command.sessionId, command.callId),
    streams: new Map(),
    nextQualityMs: nowMs + qualityEveryMs,
    closed: null,
  };
  context.table.addSession(session);
  openAll(context, session, command, onDone);
}

function refuse(context: EngineContext, command: CommandOf<'openSession'>): MediaError | null {
  if (context.draining) return mediaError('draining');
  if (context.table.session(command.sessionId) !== undefined) return mediaError('session-exists', command.sessionId);
  const seen = new Set<string>();
  for (const { streamId } of command.streams) {
    if (seen.has(streamId) || context.table.stream(streamId) !== undefined)
      return mediaError('stream-exists', streamId);
    seen.add(streamId);
  }
  return null;
}

function openAll(
  context: EngineContext,
  session: EngineSession,
  command: CommandOf<'openSession'>,
  onDone: (done: Done<MediaResults['openSession']>) => void,
): void {
  const opened = new Map<string, LocalStream>();
  let failure: MediaError | null = null;
  let left = command.streams.length;
  const finish = () => {
    if (failure === null) {
      onDone({ ok: true, result: { streams: command.streams.flatMap((spec) => opened.get(spec.streamId) ?? []) } });
      return;
    }
    for (const stream of [...session.streams.values()]) closeStream(context, stream, () => {});
    if (session.closed === null) context.table.forgetSession(session);
    context.giveBack(command.streams);
    onDone({ ok: false, error: failure });
  };
  if (left === 0) finish();
  for (const spec of command.streams) {
    openStream(context, session, {
      spec,
      onDone: (done) => {
        if (done.ok) opened.set(spec.streamId, done.result);
        else failure ??= done.error;
        left--;
        if (left === 0) finish();
      },
    });
  }
}

/** Where a transport was reserved for it, where the call is already, or where it is asked to be, or where the fewest sessions are. */
function chooseThread(context: EngineContext, command: CommandOf<'openSession'>): number {
  const reserved = command.streams.find(({ transportId }) => transportId !== undefined)?.transportId;
  const place = reserved === undefined ? undefined : context.reserved.find(reserved)?.pair.thread;
  if (place !== undefined) return place;
  const near = command.nearSessionId === undefined ? undefined : context.table.session(command.nearSessionId);
  if (near !== undefined) return near.thread;
  const load = context.options.threads.map(() => 0);
  // With one thread there is nothing to choose.
  if (load.length === 1) return 0;
  for (const session of context.table.sessions()) {
    if (session.callId === command.callId) return session.thread;
    load[session.thread] = (load[session.thread] ?? 0) + session.streams.size;
  }
  return load.indexOf(Math.min(...load));
}
