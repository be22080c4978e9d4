/** Where media is to be sent: c= (RFC 8866 §5.7), a=rtcp (RFC 3605), a=rtcp-mux (RFC 5761 §5.1.1), a=candidate is left to ICE. */
import { attribute } from './attributes.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';
import { readConnection } from './structured-lines.ts';

/** Where the medium is to be sent, as the m-line's or the session's c= line says; null without one. */
export function connectionAddress(sdp: SessionDescription, media: MediaDescription): string | null {
  const line = media.lines.find((row) => row.type === 'c') ?? sdp.lines.find((row) => row.type === 'c');
  return line === undefined ? null : (readConnection(line.value)?.address ?? null);
}

export interface RtcpAddress {
  readonly port: number;
  /** Null: where RTP goes. */
  readonly address: string | null;
}

/** a=rtcp:<port>[ IN <addrtype> <address>]; null where absent or malformed. */
export function rtcpAddress(media: MediaDescription): RtcpAddress | null {
  const value = attribute(media.lines, 'rtcp') ?? '';
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
