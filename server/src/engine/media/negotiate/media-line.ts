/** Writing one m-line of ours: our address, the codecs that were chosen, and of the other leg's attributes only those that may cross. */
import {
  attribute,
  attributeName,
  type Codec,
  createMedia,
  type Direction,
  isRtcpMux,
  type MediaDescription,
  packetTimeMs,
  type SessionDescription,
} from '@ringdown/sdp';
import { addressProblem } from './media-address.ts';
import type { LocalPort } from './negotiation.ts';

/** Attributes that mean the same on both legs. All others (ICE, DTLS, crypto, rtcp, ssrc, mid, extmap) belong to one leg and stay there. */
const crossing: ReadonlySet<string> = new Set(['maxptime', 'label', 'content', 'lang', 'framerate']);

/** Attributes whose value begins with a payload type, or with * for all. */
const byPayloadType: ReadonlySet<string> = new Set(['rtcp-fb', 'imageattr']);

/** A codec as it is written on this leg, and the number that the other leg has for it. */
export interface CarriedCodec {
  readonly codec: Codec;
  readonly from: number;
}

export interface LineParts {
  /** The peer's line that this one answers, or, in an offer, the other leg's: gives kind and protocol. */
  readonly like: MediaDescription;
  /** The other leg's description and line: gives what crosses. Null where there is no other leg. */
  readonly far: { readonly sdp: SessionDescription; readonly line: MediaDescription } | null;
  readonly local: LocalPort;
  readonly codecs: readonly CarriedCodec[];
  readonly direction: Direction;
  /** An offer says rtcp-mux where we can; an answer only where the offer did. */
  readonly isAnswer: boolean;
  readonly keep: readonly string[];
}

export function writeMediaLine(parts: LineParts): MediaDescription {
  const { like, local, far } = parts;
  const ptimeMs = far === null ? undefined : packetTimeMs(far.line);
  return createMedia({
    kind: like.kind,
    protocol: like.protocol,
    port: local.port,
    address: local.address,
    rtcpPort: local.rtcpPort,
    rtcpMux: local.rtcpMux === true && (!parts.isAnswer || isRtcpMux(like)),
    codecs: parts.codecs.map(({ codec }) => codec),
    direction: parts.direction,
    lines: far === null ? [] : far.line.lines.filter((line) => line.type === 'b'),
    attributes: far === null ? [] : crossingAttributes(far, parts),
    ...(ptimeMs === undefined ? {} : { ptimeMs }),
  });
}

function crossingAttributes(far: NonNullable<LineParts['far']>, parts: LineParts): string[] {
  const kept = new Set(parts.keep);
  const values = far.line.lines.flatMap((line) => {
    if (line.type !== 'a') return [];
    const name = attributeName(line);
    if (crossing.has(name) || kept.has(name)) return [line.value];
    return byPayloadType.has(name) ? renumbered(name, line.value.slice(name.length + 1), parts.codecs) : [];
  });
  for (const name of kept) {
    const value = attribute(far.line.lines, name) === undefined ? attribute(far.sdp.lines, name) : undefined;
    if (value !== undefined) values.push(value === '' ? name : `${name}:${value}`);
  }
  return values;
}

/** RFC 4585 §4.2, RFC 6236 §3.1 */
function renumbered(name: string, value: string, codecs: readonly CarriedCodec[]): string[] {
  const space = value.indexOf(' ');
  const type = space < 0 ? value : value.slice(0, space);
  if (type === '*') return [`${name}:${value}`];
  const carried = codecs.find(({ from }) => String(from) === type);
  return carried === undefined ? [] : [`${name}:${carried.codec.payloadType}${value.slice(type.length)}`];
}

/**
 * Whether the media engine can carry the line as it is: switched on, plain RTP; encrypted RTP only where the keys are kept, that is, agreed on
 * by the two ends themselves.
 */
export function isRelayable(media: MediaDescription, keep: readonly string[] = []): boolean {
  if (media.port === 0 || (media.kind !== 'audio' && media.kind !== 'video')) return false;
  if (/^RTP\/AVPF?$/.test(media.protocol)) return true;
  if (/^RTP\/SAVPF?$/.test(media.protocol)) return keep.includes('crypto');
  return /^UDP\/TLS\/RTP\/SAVPF?$/.test(media.protocol) && keep.includes('fingerprint');
}

/** Relayable, and the one who described it can be reached. */
export function isCarriable(sdp: SessionDescription, line: MediaDescription, keep: readonly string[] = []): boolean {
  return isRelayable(line, keep) && addressProblem(sdp, line) === null;
}

/** Why no line of a description can be carried, whatever its codecs; null where one can, or nothing is on. */
export function obstacle(sdp: SessionDescription, keep: readonly string[] = []): string | null {
  const isOn = sdp.media.filter((line) => line.port !== 0);
  if (isOn.length === 0 || isOn.some((line) => isCarriable(sdp, line, keep))) return null;
  const relayable = isOn.find((line) => isRelayable(line, keep));
  if (relayable !== undefined) return addressProblem(sdp, relayable);
  return `no plain RTP among ${isOn.map((line) => `${line.kind} ${line.protocol}`).join(', ')}`;
}
