/** Sessions and streams as the main thread knows them. What the packet path knows stands in the region, under the stream's record. */
import type { MediaError } from '../protocol/error.ts';
import type { PlaySource } from '../protocol/play-source.ts';
import type { SessionStatistics, StreamStatistics } from '../protocol/statistics.ts';
import type { CodecSpec, Direction, LocalStream, RemoteAddress, StreamSpec } from '../protocol/stream-spec.ts';
import type { SessionEvents } from './session-events.ts';
import type { Pair } from './standing-pairs.ts';

export interface EngineStream {
  readonly spec: StreamSpec;
  readonly session: EngineSession;
  readonly record: number;
  readonly generation: number;
  readonly address: string;
  /** Its sockets, once they are open. */
  pair: Pair | null;
  /** As `local.cname` says. */
  readonly cname: number;
  local: LocalStream;
  remote: RemoteAddress | null;
  direction: Direction;
  codecs: readonly CodecSpec[];
  dtmfPayloadType: number | null;
  timeoutMs: number;
  joined: EngineStream | null;
  echo: boolean;
  playing: { readonly playId: string; readonly source: PlaySource; readonly loop: boolean } | null;
  /** As of the last quality event. */
  prior: { expected: number; received: number };
  /** Packets there were then, both ways: an idle stream has no news. */
  priorPackets: number;
  /** Once it is being closed: who waits for the final figures. */
  closing: ((figures: () => StreamStatistics) => void)[] | null;
}

export interface EngineSession {
  readonly sessionId: string;
  readonly callId: string;
  readonly thread: number;
  readonly openedAtUtcMs: number;
  readonly openedAtMs: number;
  readonly events: SessionEvents;
  readonly streams: Map<string, EngineStream>;
  nextQualityMs: number;
  /** Set when it ends; kept for ten minutes. */
  closed: { readonly atMs: number; readonly statistics: SessionStatistics } | null;
}

/** More ended ones are not remembered. */
const mostEnded = 10_000;

export class SessionTable {
  readonly #sessions = new Map<string, EngineSession>();
  readonly #streams = new Map<string, EngineStream>();
  readonly #byRecord = new Map<number, EngineStream>();
  readonly #ended = new Map<string, EngineSession>();

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  session(sessionId: string): EngineSession | undefined {
    return this.#sessions.get(sessionId);
  }

  stream(streamId: string): EngineStream | undefined {
    return this.#streams.get(streamId);
  }

  streamOfRecord(record: number, generation: number): EngineStream | undefined {
    const stream = this.#byRecord.get(record);
    return stream?.generation === generation ? stream : undefined;
  }

  sessions(): Iterable<EngineSession> {
    return this.#sessions.values();
  }

  /** Live and lately ended ones in the order of their ids, from after `after`. */
  page(after: string, limit: number): EngineSession[] {
    const all = [...this.#sessions.values(), ...this.#ended.values()].filter((session) => session.sessionId > after);
    return all.toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1)).slice(0, limit);
  }

  addSession(session: EngineSession): void {
    this.#ended.delete(session.sessionId);
    this.#sessions.set(session.sessionId, session);
  }

  addStream(stream: EngineStream): void {
    stream.session.streams.set(stream.spec.streamId, stream);
    this.#streams.set(stream.spec.streamId, stream);
    this.#byRecord.set(stream.record, stream);
  }

  /** The record may be given away only after this. */
  removeStream(stream: EngineStream): void {
    stream.session.streams.delete(stream.spec.streamId);
    this.#streams.delete(stream.spec.streamId);
    this.#byRecord.delete(stream.record);
  }

  endSession(session: EngineSession): void {
    if (this.#sessions.get(session.sessionId) === session) this.#sessions.delete(session.sessionId);
    this.#ended.set(session.sessionId, session);
    if (this.#ended.size <= mostEnded) return;
    // A Map keeps the order of insertion: the first ended first.
    const oldest = this.#ended.keys().next();
    if (oldest.done !== true) this.#ended.delete(oldest.value);
  }

  /** A session that never came to be, or of whose end everybody knows, leaves no trace. */
  forgetSession(session: EngineSession): void {
    this.#sessions.delete(session.sessionId);
  }

  forgetEndedBefore(ms: number): void {
    for (const [sessionId, session] of this.#ended) {
      if (session.closed !== null && session.closed.atMs >= ms) return;
      this.#ended.delete(sessionId);
    }
  }
}

/** A verb's outcome inside the engine. */
export type Done<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: MediaError };
