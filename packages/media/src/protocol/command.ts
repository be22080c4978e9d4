/**
 * What control can ask, and what it gets. A verb that an engine lacks fails with `unsupported`; `hello` says beforehand which it has.
 *
 * What a leg hears is decided by the strongest of: a player (`play`), the echo (`echo`), the joined stream (`join`). They do not undo one
 * another: `play` to a joined leg covers the far side, `stopPlay` (or the end of the source) uncovers it again.
 */
import type { PlaySource } from './play-source.ts';
import type { SessionState } from './session-state.ts';
import type { SessionStatistics, StreamStatistics } from './statistics.ts';
import type {
  CodecSpec,
  Direction,
  LocalStream,
  PayloadMap,
  RemoteAddress,
  ReservedTransport,
  StreamSpec,
} from './stream-spec.ts';
import type { VersionRange } from './version.ts';

export type Capability =
  | 'relay'
  | 'play'
  | 'echo'
  | 'dtmf'
  | 'dscp'
  | 'srtp'
  | 'dtls'
  | 'ice'
  | 'transcode'
  | 'record'
  | 'mix'
  | 'tap'
  | 'bundle'
  | 'reserve'
  | 'video';

/** `control` owns sessions and gets events; `supervisor` only sees whether the engine lives. */
export type ClientRole = 'control' | 'supervisor';

export type MediaCommand =
  /** The first command of every connection. A control connection with a higher epoch takes over from the ones before. */
  | { readonly verb: 'hello'; readonly versionRange: VersionRange; readonly role: ClientRole }
  | { readonly verb: 'ping' }
  /** All sessions, a page at a time in the order of session ids; `eventsSince` gives the last event number already seen per session. */
  | {
      readonly verb: 'state';
      readonly eventsSince?: Readonly<Record<string, number>>;
      readonly after?: string;
      readonly limit?: number;
    }
  /** `nearSessionId`: place it where that session is, so that the two can be joined; sessions of one call are together anyway. */
  | {
      readonly verb: 'openSession';
      readonly sessionId: string;
      readonly callId: string;
      readonly streams: readonly StreamSpec[];
      readonly nearSessionId?: string;
    }
  /**
   * Transports in advance, for streams that are opened later by naming them (`transportId`): no call then waits for the engine. They belong to the
   * connection and go with it.
   */
  | { readonly verb: 'reserve'; readonly address?: string; readonly dscp?: number; readonly count: number }
  | { readonly verb: 'closeSession'; readonly sessionId: string }
  | { readonly verb: 'addStream'; readonly sessionId: string; readonly stream: StreamSpec }
  | { readonly verb: 'removeStream'; readonly streamId: string }
  /** What is absent stays as it is. `relock`: a new offer/answer was made, so the source may settle anew. */
  | {
      readonly verb: 'updateStream';
      readonly streamId: string;
      readonly remote?: RemoteAddress;
      readonly direction?: Direction;
      /** In the order of preference: the first the engine can make is what `play` uses. */
      readonly codecs?: readonly CodecSpec[];
      readonly dtmfPayloadType?: number | null;
      readonly timeoutMs?: number;
      readonly relock?: boolean;
    }
  /** An empty map passes every payload type as it is; otherwise what the map does not name is dropped. Joining again replaces. */
  | {
      readonly verb: 'join';
      readonly a: string;
      readonly b: string;
      readonly payloadMapAtoB: PayloadMap;
      readonly payloadMapBtoA: PayloadMap;
    }
  | { readonly verb: 'split'; readonly streamId: string }
  /** The leg hears itself; `on: false` ends it. */
  | { readonly verb: 'echo'; readonly streamId: string; readonly on: boolean }
  /** A running player is replaced. `loop`: start over at the end until stopped. */
  | {
      readonly verb: 'play';
      readonly streamId: string;
      readonly playId: string;
      readonly source: PlaySource;
      readonly loop: boolean;
    }
  | { readonly verb: 'stopPlay'; readonly streamId: string }
  /** Keys to press towards this leg: 0-9 * # A-D, `,` is a pause of 500 ms. Default 160 ms each, 80 ms between. */
  | {
      readonly verb: 'sendDtmf';
      readonly streamId: string;
      readonly digits: string;
      readonly durationMs?: number;
      readonly gapMs?: number;
    }
  | { readonly verb: 'stats'; readonly sessionId: string }
  /** Open no new session; end the process when the last is closed, or after withinMs whatever is up. */
  | { readonly verb: 'drain'; readonly withinMs?: number };

export type MediaVerb = MediaCommand['verb'];
export type CommandOf<V extends MediaVerb> = Extract<MediaCommand, { readonly verb: V }>;

/** What each verb gives when it succeeds. */
export interface MediaResults {
  readonly hello: {
    /** The version both sides now speak. */
    readonly version: number;
    readonly versionRange: VersionRange;
    /** New at each start of an engine: a changed id means that its sessions are gone. */
    readonly engineId: string;
    readonly pid: number;
    readonly capabilities: readonly Capability[];
    /** Which I/O implementation carries packets: `io_uring`, `epoll`, `dgram`. */
    readonly ioKind: string;
    /** The highest epoch the engine knows, this greeting included. */
    readonly epoch: number;
    readonly startedAtUtcMs: number;
  };
  readonly ping: {
    readonly sessions: number;
    readonly streams: number;
    readonly freePortPairs: number;
    readonly draining: boolean;
    readonly atUtcMs: number;
    /** Worst lateness of the 20 ms clock since the ping before. */
    readonly tickLateMaxMs: number;
  };
  readonly state: {
    readonly sessions: readonly SessionState[] /** Pass as `after` for the next page; null at the end. */;
    readonly next: string | null;
  };
  /** At least one, all at one place; fewer than asked for where ports are short. */
  readonly reserve: { readonly transports: readonly ReservedTransport[] };
  readonly openSession: { readonly streams: readonly LocalStream[] };
  readonly closeSession: { readonly statistics: SessionStatistics };
  readonly addStream: { readonly stream: LocalStream };
  readonly removeStream: { readonly statistics: StreamStatistics };
  readonly updateStream: Record<string, never>;
  readonly join: Record<string, never>;
  readonly split: Record<string, never>;
  readonly echo: Record<string, never>;
  readonly play: Record<string, never>;
  readonly stopPlay: Record<string, never>;
  readonly sendDtmf: Record<string, never>;
  readonly stats: { readonly statistics: SessionStatistics };
  readonly drain: { readonly sessions: number };
}
