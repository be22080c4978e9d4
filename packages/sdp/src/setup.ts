/** Who connects to whom: a=setup and a=connection of media over TCP (RFC 4145 §4, §5) and TLS (RFC 8122 §6), taken over by DTLS (RFC 5763 §5, RFC 8842 §5). */
import { attribute } from './attributes.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

export type Setup = 'active' | 'passive' | 'actpass' | 'holdconn';

export function readSetup(value: string): Setup | null {
  return value === 'active' || value === 'passive' || value === 'actpass' || value === 'holdconn' ? value : null;
}

/** The m-line's, else the session's; null where none stands, or one that is not known. */
export function mediaSetup(sdp: SessionDescription, media: MediaDescription): Setup | null {
  return readSetup(attribute(media.lines, 'setup') ?? attribute(sdp.lines, 'setup') ?? '');
}

/**
 * What may be answered to an offered setup (RFC 4145 §4.1), the first being what to answer where there is a choice: RFC 5763 §5 and RFC 8842 §5.3 want
 * `active`, since the handshake then begins at once. An offer without a=setup is `active` (RFC 4145 §4.1).
 */
export function setupsToAnswer(offered: Setup | null): readonly Setup[] {
  switch (offered) {
    case 'actpass':
      return ['active', 'passive', 'holdconn'];
    case 'passive':
      return ['active', 'holdconn'];
    case 'holdconn':
      return ['holdconn'];
    default:
      return ['passive', 'holdconn'];
  }
}

/** a=connection (RFC 4145 §5): whether the connection that stands is to be used on; `new` where it is not said. */
export function mediaConnection(sdp: SessionDescription, media: MediaDescription): 'new' | 'existing' {
  const value = attribute(media.lines, 'connection') ?? attribute(sdp.lines, 'connection');
  return value === 'existing' ? 'existing' : 'new';
}

/** RFC 4145 §5.1: `existing` may be answered only where it was offered. */
export function connectionToAnswer(offered: 'new' | 'existing', canReuse: boolean): 'new' | 'existing' {
  return offered === 'existing' && canReuse ? 'existing' : 'new';
}

/** Media that goes over a connection: TCP, TCP/TLS, TCP/RTP/AVP (RFC 4571), TCP/MSRP …; DTLS over TCP too. */
export function isConnectionMedia(media: MediaDescription): boolean {
  return /(^|\/)TCP(\/|$)/i.test(media.protocol);
}

/** RFC 4145 §4.1: the side that connects has no port to be reached at, and writes the discard port. */
export const discardPort = 9;
