/** Where media is to be sent: c= (RFC 8866 §5.7), a=rtcp (RFC 3605), a=rtcp-mux (RFC 5761 §5.1.1), a=candidate is left to ICE. */
import { attribute } from './attributes.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';
import { readConnection } from './structured-lines.ts';

/** Where the medium is to be sent, as the m-line's or the session's c= line says; null without one. */
export function connectionAddress(sdp: SessionDescription, media: MediaDescription): string | null {
  const line = media.lines.find((row) => row.type === 'c') ?? sdp.lines.find((row) => row.type === 'c');
  return line === undefined ? null : (readConnection(line.value)?.address ?? null);
}

/** The address that receives nothing: RFC 2543 hold in IPv4, RFC 6157 §3.1 in IPv6. */
export function isNowhere(address: string | null): boolean {
  return address !== null && (address === '0.0.0.0' || /^[0:]*:[0:]*$/.test(address));
}

export interface RtcpAddress {
  readonly port: number;
  /** Null: where RTP goes. */
  readonly address: string | null;
}

/** The m-line's a=rtcp; null where absent or malformed. */
export function rtcpAddress(media: MediaDescription): RtcpAddress | null {
  return readRtcpAddress(attribute(media.lines, 'rtcp') ?? '');
}

/** <port>[ IN <addrtype> <address>] (RFC 3605 §2.1). */
export function readRtcpAddress(value: string): RtcpAddress | null {
  const space = value.indexOf(' ');
  const digits = space < 0 ? value : value.slice(0, space);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port === 0 || port > 65535) return null;
  return { port, address: space < 0 ? null : (readConnection(value.slice(space + 1))?.address ?? null) };
}

/** The port of a=rtcp, else undefined. */
export function rtcpPort(media: MediaDescription): number | undefined {
  return rtcpAddress(media)?.port;
}

export function isRtcpMux(media: MediaDescription): boolean {
  return attribute(media.lines, 'rtcp-mux') !== undefined;
}

/** a=rtcp-mux-only (RFC 8858 §3): without it on the other side there is no line. */
export function isRtcpMuxOnly(media: MediaDescription): boolean {
  return attribute(media.lines, 'rtcp-mux-only') !== undefined;
}

/** a=rtcp-rsize (RFC 5506 §5): RTCP packets need not be compound. */
export function isReducedSizeRtcp(media: MediaDescription): boolean {
  return attribute(media.lines, 'rtcp-rsize') !== undefined;
}
