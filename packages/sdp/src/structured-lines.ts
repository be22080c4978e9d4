/**
 * The three lines that are taken apart, since a wrong guess would send media astray: o= (RFC 8866 §5.2), c= (§5.7), m= (§5.14). Readers give null
 * where the value is malformed; unknown address and network types are (nothing could be sent there).
 */
import type { MediaDescription, Origin } from './session-description.ts';

const number64 = /^\d{1,20}$/;

/** <username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address> */
export function readOrigin(value: string): Origin | null {
  const [username, sessionId = '', sessionVersion = '', netType, addressType, address] = fields(value);
  if (!username || !number64.test(sessionId) || !number64.test(sessionVersion) || netType !== 'IN' || !address)
    return null;
  if (addressType !== 'IP4' && addressType !== 'IP6') return null;
  return { username, sessionId, sessionVersion, addressType, address };
}

export function formatOrigin(origin: Origin): string {
  return `${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`;
}

/** <media> <port>[/<count>] <proto> <fmt> … */
export function readMediaLine(value: string): Omit<MediaDescription, 'lines'> | null {
  const [kind, ports, protocol, ...formats] = fields(value);
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(ports ?? '');
  const port = Number(match?.[1] ?? -1);
  if (!kind || match === null || port > 65535 || !protocol) return null;
  return { kind, port, portCount: match[2] === undefined ? null : Number(match[2]), protocol, formats };
}

export function formatMediaLine(media: Omit<MediaDescription, 'lines'>): string {
  const count = media.portCount === null ? '' : `/${media.portCount}`;
  return [media.kind, `${media.port}${count}`, media.protocol, ...media.formats].join(' ');
}

export interface Connection {
  readonly addressType: 'IP4' | 'IP6';
  /** Numeric, or a name. A multicast TTL or count behind a slash is left out. */
  readonly address: string;
}

/** IN <addrtype> <address>[/<ttl>][/<count>] */
export function readConnection(value: string): Connection | null {
  const match = /^IN (IP4|IP6) ([0-9A-Za-z.:%_-]+)(?:\/[0-9/]+)? *$/.exec(value);
  if (match?.[2] === undefined) return null;
  return { addressType: match[1] === 'IP6' ? 'IP6' : 'IP4', address: match[2] };
}

function fields(value: string): string[] {
  return value.split(' ').filter((field) => field !== '');
}
