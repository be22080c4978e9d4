/**
 * The three lines that are taken apart, since a wrong guess would send media astray: o= (RFC 8866 §5.2), c= (§5.7), m= (§5.14). Readers give null
 * where the value is malformed; unknown address and network types are (nothing could be sent there).
 */
import type { MediaDescription, Origin } from './session-description.ts';

const number64 = /^\d{1,20}$/;

/** <username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>; what stands behind the address counts for nothing. */
export function readOrigin(value: string): Origin | null {
  return readPlainOrigin(value) ?? readSpacedOrigin(value);
}

/** Single blanks between six fields, as nearly everybody writes it; null: not so, or malformed. */
export function readPlainOrigin(value: string): Origin | null {
  const id = value.indexOf(' ') + 1;
  const version = value.indexOf(' ', id) + 1;
  const net = value.indexOf(' ', version) + 1;
  if (id < 2 || version <= id + 1 || net <= version + 1) return null;
  const type = value.startsWith('IN IP4 ', net) ? 'IP4' : value.startsWith('IN IP6 ', net) ? 'IP6' : null;
  const address = net + 7;
  if (type === null || address >= value.length || value.includes(' ', address)) return null;
  if (!isNumber64(value, id, version - 1) || !isNumber64(value, version, net - 1)) return null;
  return {
    username: value.slice(0, id - 1),
    sessionId: value.slice(id, version - 1),
    sessionVersion: value.slice(version, net - 1),
    addressType: type,
    address: value.slice(address),
  };
}

function isNumber64(value: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = value.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return to > from && to - from <= 20;
}

function readSpacedOrigin(value: string): Origin | null {
  const [username, sessionId = '', sessionVersion = '', netType, addressType, address] = fields(value);
  if (!username || !number64.test(sessionId) || !number64.test(sessionVersion) || netType !== 'IN' || !address)
    return null;
  if (addressType !== 'IP4' && addressType !== 'IP6') return null;
  return { username, sessionId, sessionVersion, addressType, address };
}

export function formatOrigin(origin: Origin): string {
  return `${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`;
}

type MediaLine = Omit<MediaDescription, 'lines'>;

/** What stood behind the port before, by that text: a phone names the same formats in every call, and descriptions share the list. */
const endings = new Map<string, MediaLine>();
const mostEndings = 1_000;

/** <media> <port>[/<count>] <proto> <fmt> … */
export function readMediaLine(value: string): MediaLine | null {
  const space = value.indexOf(' ');
  const end = value.indexOf(' ', space + 1);
  const port = space < 1 || end < 0 ? -1 : plainPort(value, space + 1, end);
  if (port < 0) return readFields(value);
  const ending = value.slice(end);
  const known = endings.get(ending);
  if (known !== undefined) {
    const { protocol, formats } = known;
    return { kind: value.slice(0, space), port, portCount: null, protocol, formats };
  }
  const line = readFields(value);
  // Only what we would write alike: the fields of another spelling are found anew.
  if (line !== null && formatMediaLine(line) === value) {
    if (endings.size >= mostEndings) endings.clear();
    endings.set(ending, line);
  }
  return line;
}

/** Digits without leading zeros, up to 65535; -1: anything else. */
function plainPort(value: string, from: number, to: number): number {
  let port = 0;
  for (let at = from; at < to; at++) {
    const code = value.charCodeAt(at) - 0x30;
    if (code < 0 || code > 9 || (code === 0 && at === from && to > from + 1)) return -1;
    port = port * 10 + code;
  }
  return to > from && to - from <= 5 && port <= 65_535 ? port : -1;
}

function readFields(value: string): MediaLine | null {
  const [kind, ports, protocol, ...formats] = fields(value);
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(ports ?? '');
  const port = Number(match?.[1] ?? -1);
  if (!kind || match === null || port > 65535 || !protocol) return null;
  return { kind, port, portCount: match[2] === undefined ? null : Number(match[2]), protocol, formats };
}

export function formatMediaLine(media: Omit<MediaDescription, 'lines'>): string {
  const count = media.portCount === null ? '' : `/${media.portCount}`;
  let text = `${media.kind} ${media.port}${count} ${media.protocol}`;
  for (const format of media.formats) text += ` ${format}`;
  return text;
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
