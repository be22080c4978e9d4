/** Writing descriptions of our own (RFC 8866 §5, RFC 3264 §5): sections in the order of the grammar, codecs with rtpmap always, direction always said. */
import type { Codec } from './codecs.ts';
import type { Direction } from './direction.ts';
import { mediaSections, sessionSections, shareLines } from './known-sections.ts';
import type { MediaDescription, SdpLine, SessionDescription } from './session-description.ts';

export interface MediaParts {
  /** audio unless said otherwise. */
  readonly kind?: string;
  /** RTP/AVP unless said otherwise. */
  readonly protocol?: string;
  readonly port: number;
  /** Where it differs from the session's. */
  readonly address?: string;
  /** a=rtcp (RFC 3605) is written where this is not port + 1, and not with rtcpMux. */
  readonly rtcpPort?: number;
  readonly rtcpMux?: boolean;
  readonly codecs: readonly Codec[];
  readonly direction?: Direction;
  readonly ptimeMs?: number;
  /** i=, b=, k= lines. */
  readonly lines?: readonly SdpLine[];
  /** Further a= values, such as `mid:0`. */
  readonly attributes?: readonly string[];
}

export interface SdpParts {
  readonly origin: { readonly username?: string; readonly sessionId: string; readonly sessionVersion: string };
  /** Numeric. In o= and in c=. */
  readonly address: string;
  readonly name?: string;
  /** Session-level a= values. */
  readonly attributes?: readonly string[];
  readonly media: readonly MediaParts[];
}

export function createSdp(parts: SdpParts): SessionDescription {
  const { address } = parts;
  const { sessionId, sessionVersion, username = '-' } = parts.origin;
  return {
    origin: { username, sessionId, sessionVersion, addressType: addressType(address), address },
    lines: shareLines(sessionSections, [
      { type: 's', value: parts.name ?? '-' },
      { type: 'c', value: connectionValue(address) },
      { type: 't', value: '0 0' },
      ...(parts.attributes ?? []).map(attributeLine),
    ]),
    media: parts.media.map(createMedia),
  };
}

export function createMedia(parts: MediaParts): MediaDescription {
  const lines: SdpLine[] = (parts.lines ?? []).filter((line) => line.type === 'i');
  if (parts.address !== undefined) lines.push({ type: 'c', value: connectionValue(parts.address) });
  lines.push(...(parts.lines ?? []).filter((line) => line.type !== 'i'));
  for (const codec of parts.codecs) lines.push(...codecLines(codec));
  if (parts.ptimeMs !== undefined) lines.push(attributeLine(`ptime:${parts.ptimeMs}`));
  lines.push(...(parts.attributes ?? []).map(attributeLine));
  if (parts.rtcpMux === true) lines.push(attributeLine('rtcp-mux'));
  else if (parts.rtcpPort !== undefined && parts.rtcpPort !== parts.port + 1)
    lines.push(attributeLine(`rtcp:${parts.rtcpPort}`));
  lines.push(attributeLine(parts.direction ?? 'sendrecv'));
  return {
    kind: parts.kind ?? 'audio',
    port: parts.port,
    portCount: null,
    protocol: parts.protocol ?? 'RTP/AVP',
    formats: parts.codecs.map((codec) => String(codec.payloadType)),
    lines: shareLines(mediaSections, lines),
  };
}

/** A refused or switched-off line: it keeps its place, its kind and at least one format (RFC 3264 §6, §8.2). */
export function rejectMedia(like: Pick<MediaDescription, 'kind' | 'protocol' | 'formats'>): MediaDescription {
  const { kind, protocol, formats } = like;
  return { kind, port: 0, portCount: null, protocol, formats: formats.length > 0 ? formats : ['0'], lines: [] };
}

export function addressType(address: string): 'IP4' | 'IP6' {
  return address.includes(':') ? 'IP6' : 'IP4';
}

function connectionValue(address: string): string {
  return `IN ${addressType(address)} ${address}`;
}

function attributeLine(value: string): SdpLine {
  return { type: 'a', value };
}

function codecLines(codec: Codec): SdpLine[] {
  const channels = codec.channels === 1 ? '' : `/${codec.channels}`;
  const map = `rtpmap:${codec.payloadType} ${properNames[codec.name] ?? codec.name}/${codec.clockRate}${channels}`;
  return [map, ...(codec.fmtp === '' ? [] : [`fmtp:${codec.payloadType} ${codec.fmtp}`])].map(attributeLine);
}

/** Interop: names are case-insensitive (RFC 8866 §6.6), but some phones compare them as they are registered. */
const properNames: Readonly<Record<string, string>> = {
  'TELEPHONE-EVENT': 'telephone-event',
  OPUS: 'opus',
  SPEEX: 'speex',
  ILBC: 'iLBC',
};
