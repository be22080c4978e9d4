/** The media side of one leg as plain data: which stream of the engine carries which m-line, and what was last agreed. */
import type { LocalStream } from '@ringdown/media/protocol';
import type { SessionDescription } from '@ringdown/sdp';
import type { CodecPolicy, LegMediaState, LocalPort } from './negotiate/index.ts';

export interface LegStream {
  readonly streamId: string;
  readonly kind: 'audio' | 'video';
  /** The engine was asked for it. */
  asked: boolean;
  /** Null until the engine has opened it. */
  local: LocalStream | null;
}

export interface LegMedia {
  /** Whether the leg's INVITE carried the offer (else the 2xx does, RFC 3264 §4). */
  readonly offered: boolean;
  readonly policy: CodecPolicy;
  /** One per m-line of the leg; null where we do not carry the medium. */
  streams: (LegStream | null)[];
  /** The descriptions last agreed; a refused change leaves them (RFC 6141). */
  local: SessionDescription | null;
  remote: SessionDescription | null;
  /** The offer of a side that is not answered yet. */
  pendingLocal: SessionDescription | null;
  pendingRemote: SessionDescription | null;
  /** The leg's m-lines and payload types over its whole life, as last agreed, and as in our offer that is not answered yet. */
  lines: LegMediaState | null;
  pendingLines: LegMediaState | null;
  /** The voice codec last agreed. */
  codec: string | null;
}

export function localPorts(media: LegMedia): (LocalPort | null)[] {
  return media.streams.map((stream) => {
    const local = stream?.local ?? null;
    if (local === null) return null;
    return { address: local.address, port: local.rtpPort, rtcpPort: local.rtcpPort, rtcpMux: true };
  });
}

/**
 * Grows the list of streams to one per m-line of a description; lines that are new and carried get one each, and so does one that was off and comes back as another medium
 * (RFC 3264 §8.1).
 * @returns the streams that carry nothing any more
 */
export function growStreams(media: LegMedia, name: string, like: SessionDescription): string[] {
  const left: string[] = [];
  for (let at = media.streams.length; at < like.media.length; at++) media.streams.push(null);
  for (const [at, line] of like.media.entries()) {
    if ((line.kind !== 'audio' && line.kind !== 'video') || line.port === 0) continue;
    const before = media.streams[at] ?? null;
    const isRecycled = before !== null && before.kind !== line.kind && media.local?.media[at]?.port === 0;
    if (before !== null && !isRecycled) continue;
    if (before?.asked === true) left.push(before.streamId);
    const streamId = before === null ? `${name}.${at}` : `${before.streamId}x`;
    media.streams[at] = { streamId, kind: line.kind, asked: false, local: null };
  }
  return left;
}
