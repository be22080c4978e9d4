/** What a fresh control process learns about a session it did not open. */
import type { SessionEvent } from './event.ts';
import type { PlaySource } from './play-source.ts';
import type { StreamStatistics } from './statistics.ts';
import type { CodecSpec, Direction, LocalStream, MediaKind, RemoteAddress } from './stream-spec.ts';

export interface StreamState {
  readonly local: LocalStream;
  readonly kind: MediaKind;
  readonly remote: RemoteAddress | null;
  /** Where its packets really come from; null before the first valid ones. */
  readonly latched: { readonly address: string; readonly port: number } | null;
  readonly direction: Direction;
  readonly codecs: readonly CodecSpec[];
  readonly dtmfPayloadType: number | null;
  /** The stream it is joined to. */
  readonly joined: string | null;
  readonly echo: boolean;
  readonly playing: { readonly playId: string; readonly source: PlaySource; readonly loop: boolean } | null;
  readonly statistics: StreamStatistics;
}

export interface SessionState {
  readonly sessionId: string;
  readonly callId: string;
  readonly openedAtUtcMs: number;
  readonly lastRtpAtUtcMs: number | null;
  /** True for ten minutes after the end: its last event is `sessionClosed`, `streams` is empty. */
  readonly closed: boolean;
  readonly streams: readonly StreamState[];
  readonly lastEventNumber: number;
  /** Kept events after the number given in `eventsSince` (0 where not given). */
  readonly events: readonly SessionEvent[];
}
