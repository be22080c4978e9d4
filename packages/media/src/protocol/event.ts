/**
 * What the engine tells unasked. Events of a session are numbered from 1 without gaps, so that a fresh control process can ask for those
 * since n (`state`). The engine keeps the last 64 of each session, `quality` excepted, which is numbered but not kept.
 */
import type { SessionStatistics, StreamStatistics } from './statistics.ts';

export type SessionEventBody =
  /** The source of a stream is settled, or has moved in one of the allowed ways. */
  | {
      readonly type: 'streamLatched';
      readonly streamId: string;
      readonly component: 'rtp' | 'rtcp';
      readonly address: string;
      readonly port: number;
      readonly ssrc: number;
      /** `moved`: the same source went on from a new address after silence (RFC 4961 peers behind a NAT that forgot). */
      readonly why: 'first' | 'relock' | 'moved';
    }
  /** Neither RTP nor RTCP for the stream's timeoutMs. Once; again only after media came back. Never on hold, one-way or after announced silence. */
  | { readonly type: 'streamTimeout'; readonly streamId: string; readonly silentMs: number }
  /** The peer pressed a key (RFC 4733). Once per key, when it is released, or after its last packet was lost. */
  | { readonly type: 'dtmf'; readonly streamId: string; readonly digit: string; readonly durationMs: number }
  | {
      readonly type: 'playEnded';
      readonly streamId: string;
      readonly playId: string;
      readonly reason: 'finished' | 'stopped' | 'replaced';
    }
  /** Every 5 s while the stream has media. */
  | { readonly type: 'quality'; readonly streamId: string; readonly statistics: StreamStatistics }
  /** A second live source sent to the stream (a hijack attempt, or a broken phone). At most once a second per stream. */
  | {
      readonly type: 'sourceRefused';
      readonly streamId: string;
      readonly address: string;
      readonly port: number;
      readonly ssrc: number;
      readonly packets: number;
    }
  /** The last event of a session. */
  | {
      readonly type: 'sessionClosed';
      readonly reason: 'commanded' | 'orphaned' | 'engine-stopping' | 'thread-lost';
      readonly lastRtpAtUtcMs: number | null;
      readonly statistics: SessionStatistics;
    };

export type SessionEvent = SessionEventBody & {
  readonly sessionId: string;
  readonly callId: string;
  /** From 1, without gaps within the session. */
  readonly number: number;
  readonly atUtcMs: number;
};

/** About the engine itself; not numbered, not kept. */
export type EngineEvent = { readonly type: 'draining'; readonly sessions: number; readonly atUtcMs: number };

export type MediaEvent = SessionEvent | EngineEvent;
