/** Verbs that change a running stream: `updateStream`, `join`, `split`, `echo`, `play`, `stopPlay`, `sendDtmf`. The outcome is known at once. */
import type { CommandOf } from '../../protocol/command.ts';
import { type MediaErrorCode, mediaError } from '../../protocol/error.ts';
import type { PlaySource } from '../../protocol/play-source.ts';
import type { EngineContext } from '../engine-context.ts';
import type { Done, EngineStream } from '../session-table.ts';
import { isUnspecified, playableCodec, remoteWords, settingsOf } from '../stream-settings.ts';
import { unjoin } from './close-stream.ts';

type Changed = Done<Record<string, never>>;

const defaultKeyMs = 160;
const defaultGapMs = 80;
const changed: Changed = { ok: true, result: {} };

export function updateStream(context: EngineContext, command: CommandOf<'updateStream'>): Changed {
  return withStream(context, command.streamId, (stream) => {
    const words = command.remote === undefined ? null : remoteWords(command.remote);
    if (command.remote !== undefined && words === null)
      return refused('bad-command', `command.remote.address: ${command.remote.address} is not numeric`);
    stream.remote = command.remote ?? stream.remote;
    stream.direction = command.direction ?? stream.direction;
    stream.codecs = command.codecs ?? stream.codecs;
    if (command.dtmfPayloadType !== undefined) stream.dtmfPayloadType = command.dtmfPayloadType;
    stream.timeoutMs = command.timeoutMs ?? stream.timeoutMs;
    const { thread } = stream.session;
    context.post(thread, { type: 'settings', record: stream.record, settings: settingsOf(stream) });
    if (words !== null || command.relock === true) {
      const remote = isUnspecified(stream.remote) ? null : words;
      context.post(thread, { type: 'remote', record: stream.record, remote, relock: command.relock === true });
    }
    return changed;
  });
}

export function join(context: EngineContext, command: CommandOf<'join'>): Changed {
  const a = context.table.stream(command.a);
  const b = context.table.stream(command.b);
  if (a === undefined || b === undefined) return refused('unknown-stream', a === undefined ? command.a : command.b);
  if (a === b) return refused('bad-command', 'command.b: a stream cannot be joined to itself; see echo');
  if (a.session.thread !== b.session.thread) return refused('not-co-located', `${command.a}, ${command.b}`);
  for (const stream of [a, b]) if (stream.joined !== a && stream.joined !== b) unjoin(stream);
  a.joined = b;
  b.joined = a;
  context.post(a.session.thread, {
    type: 'join',
    a: a.record,
    b: b.record,
    mapAtoB: command.payloadMapAtoB,
    mapBtoA: command.payloadMapBtoA,
  });
  return changed;
}

export function split(context: EngineContext, command: CommandOf<'split'>): Changed {
  return withStream(context, command.streamId, (stream) => {
    unjoin(stream);
    context.post(stream.session.thread, { type: 'split', record: stream.record });
    return changed;
  });
}

export function echo(context: EngineContext, command: CommandOf<'echo'>): Changed {
  return withStream(context, command.streamId, (stream) => {
    stream.echo = command.on;
    context.post(stream.session.thread, { type: 'echo', record: stream.record, on: command.on });
    return changed;
  });
}

export function play(context: EngineContext, command: CommandOf<'play'>): Changed {
  return withStream(context, command.streamId, (stream) => {
    if (playableCodec(stream.codecs) === undefined)
      return refused('no-codec', stream.codecs.map((codec) => codec.name).join(' '));
    const missing = missingPrompt(context, command.source);
    if (missing !== undefined) return refused('unknown-prompt', missing);
    const { playId, source, loop } = command;
    stream.playing = { playId, source, loop };
    context.post(stream.session.thread, { type: 'play', record: stream.record, playId, source, loop });
    return changed;
  });
}

export function stopPlay(context: EngineContext, command: CommandOf<'stopPlay'>): Changed {
  return withStream(context, command.streamId, (stream) => {
    stream.playing = null;
    context.post(stream.session.thread, { type: 'stopPlay', record: stream.record });
    return changed;
  });
}

export function sendDtmf(context: EngineContext, command: CommandOf<'sendDtmf'>): Changed {
  return withStream(context, command.streamId, (stream) => {
    if (stream.dtmfPayloadType === null) return refused('no-dtmf', command.streamId);
    const { digits, durationMs = defaultKeyMs, gapMs = defaultGapMs } = command;
    context.post(stream.session.thread, { type: 'dtmf', record: stream.record, digits, durationMs, gapMs });
    return changed;
  });
}

function missingPrompt(context: EngineContext, source: PlaySource): string | undefined {
  return source.kind === 'prompt' ? source.names.find((name) => !context.options.promptNames.has(name)) : undefined;
}

function withStream(context: EngineContext, streamId: string, change: (stream: EngineStream) => Changed): Changed {
  const stream = context.table.stream(streamId);
  return stream === undefined ? refused('unknown-stream', streamId) : change(stream);
}

function refused(code: MediaErrorCode, detail: string): Changed {
  return { ok: false, error: mediaError(code, detail) };
}
