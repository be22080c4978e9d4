/**
 * What the main thread tells a packet thread, and what it hears. Plain data that can cross a MessagePort; to a thread that blocks in its I/O wait
 * the commands go through a ring of shared memory (command-ring.ts). Streams are named by record and generation.
 */
import type { PlaySource } from '../protocol/play-source.ts';
import type { PayloadMap } from '../protocol/stream-spec.ts';

export interface RemoteWords {
  /** Ten words: the RTP address, then the RTCP address (io/address.ts). */
  readonly words: Int32Array;
  readonly mux: boolean;
}

export interface StreamSettings {
  readonly maySend: boolean;
  readonly mayReceive: boolean;
  readonly timeoutMs: number;
  readonly clockRate: number;
  readonly dtmfPayloadType: number;
  readonly comfortNoisePayloadType: number;
  readonly playPayloadType: number;
  /** 0 none, 1 mu-law, 2 A-law. */
  readonly playLaw: number;
}

export type ThreadCommand =
  /** A stream without sockets yet. Its record is begun already (Region.begin) and has its SSRC and random beginnings. */
  | { readonly type: 'begin'; readonly record: number; readonly cname: number }
  /** Opens and binds a pair of sockets. Answered by `opened` with the same id. */
  | {
      readonly type: 'open';
      readonly id: number;
      readonly address: string;
      readonly rtpPort: number;
      readonly dscp: number;
    }
  /** Gives the stream a pair of sockets that is open. */
  | { readonly type: 'take'; readonly record: number; readonly rtp: number; readonly rtcp: number }
  /** Answered by `closed`. Its sockets stay open and rest: see `rested`. */
  | { readonly type: 'close'; readonly id: number; readonly record: number }
  /** A pair of sockets that no stream has is closed. Answered by `shut`. */
  | { readonly type: 'shut'; readonly id: number; readonly rtp: number; readonly rtcp: number }
  | { readonly type: 'settings'; readonly record: number; readonly settings: StreamSettings }
  /** Null: only reopen the latch. */
  | { readonly type: 'remote'; readonly record: number; readonly remote: RemoteWords | null; readonly relock: boolean }
  | {
      readonly type: 'join';
      readonly a: number;
      readonly b: number;
      readonly mapAtoB: PayloadMap;
      readonly mapBtoA: PayloadMap;
    }
  | { readonly type: 'split'; readonly record: number }
  | { readonly type: 'echo'; readonly record: number; readonly on: boolean }
  | {
      readonly type: 'play';
      readonly record: number;
      readonly playId: string;
      readonly source: PlaySource;
      readonly loop: boolean;
    }
  | { readonly type: 'stopPlay'; readonly record: number }
  | {
      readonly type: 'dtmf';
      readonly record: number;
      readonly digits: string;
      readonly durationMs: number;
      readonly gapMs: number;
    };

export type ThreadEvent =
  | { readonly type: 'opened'; readonly id: number; readonly ok: true; readonly rtp: number; readonly rtcp: number }
  | {
      readonly type: 'opened';
      readonly id: number;
      readonly ok: false;
      readonly reason: 'in-use' | 'unavailable' | 'limit';
      readonly detail: string;
    }
  | { readonly type: 'closed'; readonly id: number }
  | { readonly type: 'shut'; readonly id: number }
  /** Nothing came to these pairs for a while, each named by its RTP socket: late packets of their last stream are no longer to be expected. */
  | { readonly type: 'rested'; readonly rtp: readonly number[] }
  | StreamEvent;

/** About one stream. */
export type StreamEvent = { readonly record: number; readonly generation: number } & (
  | {
      readonly type: 'latched';
      readonly component: 'rtp' | 'rtcp';
      readonly address: string;
      readonly port: number;
      readonly ssrc: number;
      readonly why: 'first' | 'relock' | 'moved';
    }
  | {
      readonly type: 'refused';
      readonly address: string;
      readonly port: number;
      readonly ssrc: number;
      readonly packets: number;
    }
  | { readonly type: 'timeout'; readonly silentMs: number }
  | { readonly type: 'dtmf'; readonly digit: string; readonly durationMs: number }
  | { readonly type: 'playEnded'; readonly playId: string; readonly reason: 'finished' | 'stopped' | 'replaced' }
);

/** The main thread's end of a packet thread. */
export interface ThreadLink {
  /** Never calls back from inside. */
  post(command: ThreadCommand): void;
  /** Set once by the engine. */
  listen(onEvent: (event: ThreadEvent) => void): void;
}
