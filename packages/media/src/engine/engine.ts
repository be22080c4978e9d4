/**
 * The engine's main thread: connections, epochs, idempotency, and the verbs. Sans-IO: time, chance, packet threads and byte streams are
 * arguments, so that the same code runs in the program, in tests and in virtual time.
 */
import type { ByteSink, ByteStream } from '../protocol/byte-stream.ts';
import type { CommandOf, MediaCommand, MediaResults, MediaVerb } from '../protocol/command.ts';
import type { CommandFrame, RefusedCommand, ReplyFrame } from '../protocol/envelope.ts';
import { type MediaError, mediaError } from '../protocol/error.ts';
import type { MediaEvent } from '../protocol/event.ts';
import { encodeFrame } from '../protocol/frame.ts';
import { commonVersion, protocolVersions, toldFramesSince } from '../protocol/version.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { EngineContext, type EngineOptions, type EventListeners } from './engine-context.ts';
import { housekeepingEveryMs, keepHouse } from './housekeeping.ts';
import { ReplyMemory } from './reply-memory.ts';
import type { Done } from './session-table.ts';
import { takeThreadEvent } from './thread-events.ts';
import { echo, join, play, sendDtmf, split, stopPlay, updateStream } from './verbs/change-stream.ts';
import { closeSession } from './verbs/close-session.ts';
import { closeStream } from './verbs/close-stream.ts';
import { openSession } from './verbs/open-session.ts';
import { openStream } from './verbs/open-stream.ts';
import { reportHealth, reportState, reportStatistics } from './verbs/report-state.ts';
import { reserve } from './verbs/reserve.ts';

type OnDone = (done: Done<MediaResults[MediaVerb]>) => void;

/** Verbs that change nothing that outlives the connection: repeated, they are simply asked again. */
const harmless: ReadonlySet<MediaVerb> = new Set(['hello', 'ping', 'state', 'stats', 'reserve']);
const supervisorVerbs: ReadonlySet<MediaVerb> = new Set(['hello', 'ping', 'state', 'stats', 'drain']);

export class Engine implements ConnectionOwner, EventListeners {
  readonly #context: EngineContext;
  readonly #connections = new Set<Connection>();
  readonly #replies = new ReplyMemory();
  readonly #startedAtUtcMs: number;
  #epoch = 0;
  #controlGoneMs: number | null;
  #everybodyGoneMs: number | null;
  #stopHousekeeping: () => void = () => {};
  #stopDeadline: () => void = () => {};

  constructor(options: EngineOptions) {
    this.#context = new EngineContext(options, this);
    this.#startedAtUtcMs = Math.round(options.clock.utcMs());
    this.#controlGoneMs = options.clock.nowMs();
    this.#everybodyGoneMs = options.clock.nowMs();
    for (const [index, thread] of options.threads.entries())
      thread.listen((event) => takeThreadEvent(this.#context, index, event));
    this.#scheduleHousekeeping();
  }

  get sessionCount(): number {
    return this.#context.table.sessionCount;
  }

  /** A new connection. `makeStream` gets the engine's end for the bytes that come. */
  accept(makeStream: (sink: ByteSink) => ByteStream): void {
    const connection = new Connection(this);
    connection.attach(makeStream(connection));
    this.#connections.add(connection);
    this.#everybodyGoneMs = null;
  }

  /** Closes every session, says so, and ends all connections. */
  stop(onStopped: () => void): void {
    this.#stopHousekeeping();
    this.#stopDeadline();
    const sessions = [...this.#context.table.sessions()];
    let left = sessions.length;
    const finish = () => {
      for (const connection of [...this.#connections]) connection.end();
      onStopped();
    };
    if (left === 0) finish();
    for (const session of sessions) {
      closeSession(this.#context, session, {
        reason: 'engine-stopping',
        onClosed: () => {
          left--;
          if (left === 0) finish();
        },
      });
    }
  }

  /** No new session from now on; `onEnd('drained')` follows when the last is closed. */
  drain(withinMs: number | undefined): void {
    if (!this.#context.draining) {
      this.#context.draining = true;
      this.#context.tellEngine({
        type: 'draining',
        sessions: this.sessionCount,
        atUtcMs: Math.round(this.#context.clock.utcMs()),
      });
    }
    if (withinMs === undefined) return;
    this.#stopDeadline();
    this.#stopDeadline = this.#context.clock.after(withinMs, () => {
      for (const session of [...this.#context.table.sessions()])
        closeSession(this.#context, session, { reason: 'engine-stopping' });
    });
  }

  onCommand(connection: Connection, frame: CommandFrame): void {
    const refusal = this.#refusal(connection, frame);
    if (refusal !== null) {
      connection.send(failed(frame, refusal));
      return;
    }
    if (harmless.has(frame.command.verb)) {
      this.#perform(connection, frame, (reply) => connection.send(reply));
      return;
    }
    if (frame.quiet === true) {
      // Nobody repeats what nobody waits for: nothing to remember.
      this.#perform(connection, frame, (reply) => {
        if (!reply.ok) connection.send(reply);
      });
      return;
    }
    const isNew = this.#replies.begin(frame.key, (reply) => connection.send(reply));
    if (isNew) this.#perform(connection, frame, (reply) => this.#replies.finish(frame.key, reply));
  }

  onConnectionClosed(connection: Connection): void {
    this.#connections.delete(connection);
    for (const pair of this.#context.reserved.takeOf(connection)) this.#context.shut(pair, () => {});
    this.#noteAbsence();
  }

  #refusal(connection: Connection, frame: CommandFrame): MediaError | null {
    const { verb } = frame.command;
    const controls =
      verb === 'hello' ? (frame.command as CommandOf<'hello'>).role === 'control' : connection.role === 'control';
    if (connection.role === null && verb !== 'hello') return mediaError('not-greeted', verb);
    if (controls && frame.epoch < this.#epoch)
      return mediaError('stale-epoch', `${frame.epoch}, the engine obeys ${this.#epoch}`);
    if (!controls && !supervisorVerbs.has(verb)) return mediaError('role-forbidden', verb);
    return null;
  }

  #perform(connection: Connection, frame: CommandFrame, deliver: (reply: ReplyFrame) => void): void {
    const onDone: OnDone = (done) => {
      deliver(done.ok ? { t: 'reply', key: frame.key, ok: true, result: done.result } : failed(frame, done.error));
    };
    try {
      if (frame.command.verb === 'hello') onDone(this.#greet(connection, frame.epoch, frame.command));
      else if (frame.command.verb === 'reserve')
        reserve(this.#context, { command: frame.command, owner: connection, onDone });
      else this.#carryOut(frame.command, toldBy(connection, frame), onDone);
    } catch (error) {
      // A defect of ours must cost this command only, never the other calls.
      this.#context.log('error', 'a command failed', {
        verb: frame.command.verb,
        error: error instanceof Error ? error.stack : String(error),
      });
      onDone({ ok: false, error: mediaError('internal', frame.command.verb) });
    }
  }

  /** @param toldBy who needs not hear of what comes of it */
  #carryOut(
    command: Exclude<MediaCommand, { verb: 'hello' | 'reserve' }>,
    toldBy: Connection | null,
    onDone: OnDone,
  ): void {
    const context = this.#context;
    switch (command.verb) {
      case 'ping':
        onDone(reportHealth(context));
        break;
      case 'state':
        onDone(reportState(context, command));
        break;
      case 'stats':
        onDone(reportStatistics(context, command));
        break;
      case 'openSession':
        openSession(context, command, onDone);
        break;
      case 'closeSession':
        this.#closeSession(command, toldBy, onDone);
        break;
      case 'addStream':
        this.#addStream(command, onDone);
        break;
      case 'removeStream':
        this.#removeStream(command, onDone);
        break;
      case 'updateStream':
        onDone(updateStream(context, command));
        break;
      case 'join':
        onDone(join(context, command));
        break;
      case 'split':
        onDone(split(context, command));
        break;
      case 'echo':
        onDone(echo(context, command));
        break;
      case 'play':
        onDone(play(context, command));
        break;
      case 'stopPlay':
        onDone(stopPlay(context, command));
        break;
      case 'sendDtmf':
        onDone(sendDtmf(context, command));
        break;
      case 'drain':
        this.drain(command.withinMs);
        onDone({ ok: true, result: { sessions: this.sessionCount } });
        break;
    }
  }

  #greet(connection: Connection, epoch: number, command: CommandOf<'hello'>): Done<MediaResults['hello']> {
    const version = commonVersion(command.versionRange, protocolVersions);
    if (version === null) {
      const detail = `${protocolVersions.min} to ${protocolVersions.max} here`;
      return { ok: false, error: mediaError('version-unsupported', detail) };
    }
    connection.role = command.role;
    connection.version = version;
    connection.epoch = epoch;
    if (command.role === 'control') {
      this.#epoch = epoch;
      this.#controlGoneMs = null;
      for (const other of [...this.#connections]) if (other.role === 'control' && other.epoch < epoch) other.end();
    }
    const { options } = this.#context;
    const { engineId, pid, capabilities, ioKind } = options;
    return {
      ok: true,
      result: {
        version,
        versionRange: protocolVersions,
        engineId,
        pid,
        capabilities,
        ioKind,
        epoch: this.#epoch,
        startedAtUtcMs: this.#startedAtUtcMs,
      },
    };
  }

  #closeSession(command: CommandOf<'closeSession'>, knownTo: Connection | null, onDone: OnDone): void {
    const session = this.#context.table.session(command.sessionId);
    if (session === undefined) onDone({ ok: false, error: mediaError('unknown-session', command.sessionId) });
    else
      closeSession(this.#context, session, {
        reason: 'commanded',
        knownTo,
        onClosed: (statistics) => onDone({ ok: true, result: { statistics: statistics() } }),
      });
  }

  #addStream(command: CommandOf<'addStream'>, onDone: OnDone): void {
    const session = this.#context.table.session(command.sessionId);
    if (session === undefined) onDone({ ok: false, error: mediaError('unknown-session', command.sessionId) });
    else if (this.#context.table.stream(command.stream.streamId) !== undefined) {
      this.#context.giveBack([command.stream]);
      onDone({ ok: false, error: mediaError('stream-exists', command.stream.streamId) });
    } else
      openStream(this.#context, session, {
        spec: command.stream,
        onDone: (done) => {
          if (!done.ok) this.#context.giveBack([command.stream]);
          onDone(done.ok ? { ok: true, result: { stream: done.result } } : done);
        },
      });
  }

  #removeStream(command: CommandOf<'removeStream'>, onDone: OnDone): void {
    const stream = this.#context.table.stream(command.streamId);
    if (stream === undefined) onDone({ ok: false, error: mediaError('unknown-stream', command.streamId) });
    else closeStream(this.#context, stream, (figures) => onDone({ ok: true, result: { statistics: figures() } }));
  }

  publish(event: MediaEvent, except: Connection | null): void {
    let bytes: Uint8Array | null = null;
    for (const connection of this.#connections) {
      if (connection.role !== 'control' || connection === except) continue;
      bytes ??= encodeFrame({ t: 'event', event });
      connection.sendBytes(bytes);
    }
  }

  isHeard(except: Connection): boolean {
    for (const connection of this.#connections) if (connection.role === 'control' && connection !== except) return true;
    return false;
  }

  #noteAbsence(): void {
    const nowMs = this.#context.clock.nowMs();
    const controlled = [...this.#connections].some((connection) => connection.role === 'control');
    if (!controlled) this.#controlGoneMs ??= nowMs;
    if (this.#connections.size === 0) this.#everybodyGoneMs ??= nowMs;
  }

  #scheduleHousekeeping(): void {
    this.#stopHousekeeping = this.#context.clock.after(housekeepingEveryMs, () => {
      keepHouse(this.#context, { controlSinceMs: this.#controlGoneMs, anybodySinceMs: this.#everybodyGoneMs });
      this.#scheduleHousekeeping();
    });
  }
}

function toldBy(connection: Connection, { quiet }: CommandFrame): Connection | null {
  return quiet === true && connection.version >= toldFramesSince ? connection : null;
}

function failed(frame: CommandFrame, error: MediaError): ReplyFrame {
  const { quiet, command } = frame;
  const key = frame.key === '' ? null : frame.key;
  if (quiet !== true) return { t: 'reply', key, ok: false, error };
  const refused: RefusedCommand = {
    verb: command.verb,
    ...('sessionId' in command ? { sessionId: command.sessionId } : {}),
    ...('streamId' in command ? { streamId: command.streamId } : {}),
  };
  return { t: 'reply', key, ok: false, error, refused };
}
