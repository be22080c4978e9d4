/** Writing one m-line of ours: our address, the codecs that were chosen, and of the other leg's attributes those that may cross (`crossing-attributes.ts`). */
import {
  createMedia,
  type Direction,
  isRtcpMux,
  type MediaDescription,
  packetTimeMs,
  type SessionDescription,
} from '@ringdown/sdp';
import { type CarriedCodec, crossingAttributes } from './crossing-attributes.ts';
import { addressProblem } from './media-address.ts';
import type { LocalPort } from './negotiation.ts';

export interface LineParts {
  /** The peer's line that this one answers, or, in an offer, the other leg's: gives kind and protocol. */
  readonly like: MediaDescription;
  /** The other leg's description and line: gives what crosses. Null where there is no other leg. */
  readonly far: { readonly sdp: SessionDescription; readonly line: MediaDescription } | null;
  readonly local: LocalPort;
  readonly codecs: readonly CarriedCodec[];
  readonly direction: Direction;
  /** This leg has RTP and RTCP on one port already (RFC 5761 §5.1.1: what is offered again may not take it back without need). */
  readonly isMuxed?: boolean;
  /** There is another leg, and `far` is its; else `far` is the offer that an endpoint of ours answers. */
  readonly isRelayed: boolean;
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
    // Interop: asked for only where somebody did, since phones that do not know it are many.
    rtcpMux: local.rtcpMux === true && (parts.isMuxed === true || isRtcpMux(like)),
    codecs: parts.codecs.map(({ codec }) => codec),
    direction: parts.direction,
    lines: far === null ? [] : far.line.lines.filter((line) => line.type === 'b'),
    attributes: far === null ? [] : crossingAttributes(far, parts),
    ...(ptimeMs === undefined ? {} : { ptimeMs }),
  });
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
