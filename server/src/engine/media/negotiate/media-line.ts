/** Writing one m-line of ours: our address, the codecs that were chosen, and of the other leg's attributes only those that may cross. */
import type { Codec, Direction, MediaDescription, SdpLine } from '@ringdown/sdp';

/** Where we receive this medium. */
export interface LocalPort {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
}

/** Attributes that mean the same on both legs. All others (ICE, DTLS, crypto, rtcp, ssrc, mid) belong to one leg and stay there. */
const crossing: ReadonlySet<string> = new Set([
  'ptime',
  'maxptime',
  'label',
  'content',
  'lang',
  'framerate',
  'imageattr',
]);

export interface LineParts {
  readonly like: MediaDescription;
  readonly local: LocalPort;
  readonly codecs: readonly Codec[];
  readonly direction: Direction;
}

export function writeMediaLine(parts: LineParts): MediaDescription {
  const { like, local, codecs } = parts;
  const lines: SdpLine[] = [{ type: 'c', value: `IN ${local.address.includes(':') ? 'IP6' : 'IP4'} ${local.address}` }];
  for (const line of like.lines) if (line.type === 'b') lines.push(line);
  for (const codec of codecs) lines.push(...codecLines(codec));
  for (const line of like.lines)
    if (line.type === 'a' && crossing.has(line.value.split(':')[0] ?? '')) lines.push(line);
  if (local.rtcpPort !== local.port + 1) lines.push({ type: 'a', value: `rtcp:${local.rtcpPort}` });
  lines.push({ type: 'a', value: parts.direction });
  const formats = codecs.map((codec) => String(codec.payloadType));
  return { kind: like.kind, port: local.port, portCount: null, protocol: like.protocol, formats, lines };
}

function codecLines(codec: Codec): SdpLine[] {
  const channels = codec.channels === 1 ? '' : `/${codec.channels}`;
  const name = properNames[codec.name] ?? codec.name;
  const lines: SdpLine[] = [{ type: 'a', value: `rtpmap:${codec.payloadType} ${name}/${codec.clockRate}${channels}` }];
  if (codec.fmtp !== '') lines.push({ type: 'a', value: `fmtp:${codec.payloadType} ${codec.fmtp}` });
  return lines;
}

/** Names are case-insensitive, but some phones compare them as they are registered. */
const properNames: Readonly<Record<string, string>> = {
  'TELEPHONE-EVENT': 'telephone-event',
  OPUS: 'opus',
  SPEEX: 'speex',
  ILBC: 'iLBC',
};

/** A refused or switched-off line: it keeps its place (RFC 3264 §6, §8.2). */
export function rejectedLine(like: MediaDescription): MediaDescription {
  const formats = like.formats.length > 0 ? like.formats : ['0'];
  return { kind: like.kind, port: 0, portCount: null, protocol: like.protocol, formats, lines: [] };
}

/** Whether the media engine can carry the line as it is: plain RTP, switched on. */
export function isRelayable(media: MediaDescription): boolean {
  return media.port !== 0 && (media.kind === 'audio' || media.kind === 'video') && /^RTP\/AVPF?$/.test(media.protocol);
}
