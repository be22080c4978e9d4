/** Hosts (RFC 3261 §25.1 host): name, IPv4 address or IPv6 reference; IPv6 references as RFC 5118 and RFC 5954 read them. */
import { octetsOf, readNumber } from './octets.ts';
import { CLOSE_BRACKET, COLON, isDigitCode, isHexCode, isHostCode, OPEN_BRACKET } from './text.ts';

export type HostKind = 'name' | 'ipv4' | 'ipv6';

/** The index after the host that starts at `i`, or -1. An IPv6 reference is taken with its brackets. */
export function skipHost(s: Uint8Array, i: number, end: number): number {
  let p = i;
  if (i < end && s[i] === OPEN_BRACKET) {
    while (p < end && s[p] !== CLOSE_BRACKET) p++;
    return p < end && isIpv6In(s, i + 1, p) ? p + 1 : -1;
  }
  while (p < end && isHostCode(s[p] as number)) p++;
  return p > i ? p : -1;
}

/**
 * The port that stands in s[i, end) after a ":".
 * @returns undefined: none and i is the end; -1: malformed, 0 or above 65535.
 */
export function readPort(s: Uint8Array, i: number, end: number): number | undefined {
  if (i >= end) return undefined;
  if (s[i] !== COLON) return -1;
  const port = readNumber(s, i + 1, end, 65_535);
  return port === 0 ? -1 : port;
}

export function hostKind(host: string): HostKind {
  if (host.charCodeAt(0) === OPEN_BRACKET) return 'ipv6';
  return isIpv4(host) ? 'ipv4' : 'name';
}

export function isIpv4(text: string): boolean {
  // Nearly every host is a name, and a name nearly never begins with a digit.
  return isDigitCode(text.charCodeAt(0)) && isIpv4In(octetsOf(text), 0, text.length);
}

/** An IPv6 address without brackets (RFC 4291 §2.2), zone identifiers excluded. */
export function isIpv6(text: string): boolean {
  return isIpv6In(octetsOf(text), 0, text.length);
}

function isIpv4In(s: Uint8Array, from: number, end: number): boolean {
  let parts = 0;
  let start = from;
  for (let i = from; i <= end; i++) {
    if (i < end && s[i] !== 0x2e) continue;
    if (i - start > 3 || readNumber(s, start, i, 255) < 0) return false;
    parts++;
    start = i + 1;
  }
  return parts === 4;
}

function isIpv6In(s: Uint8Array, from: number, end: number): boolean {
  if (end - from < 2 || end - from > 45) return false;
  let groups = 0;
  let compressed = s[from] === COLON && s[from + 1] === COLON;
  let i = compressed ? from + 2 : from;
  while (i < end) {
    const start = i;
    while (i < end && isHexCode(s[i] as number)) i++;
    if (i < end && s[i] === 0x2e) {
      if (!isIpv4In(s, start, end)) return false;
      groups += 2;
      break;
    }
    if (i === start || i - start > 4) return false;
    groups++;
    if (i === end) break;
    if (s[i] !== COLON || i + 1 === end) return false;
    i++;
    if (s[i] === COLON) {
      if (compressed) return false;
      compressed = true;
      i++;
    }
  }
  return compressed ? groups < 8 : groups === 8;
}

/** host or host:port, digits only after the colon (RFC 3261 §25.1 hostport). */
export interface HostPort {
  readonly host: string;
  readonly port: number | undefined;
}

/** Parses `host[:port]`; undefined: malformed. */
export function parseHostPort(text: string, start = 0, end: number = text.length): HostPort | undefined {
  const s = octetsOf(text, start, end);
  const hostEnd = skipHost(s, start, end);
  if (hostEnd < 0) return undefined;
  const port = readPort(s, hostEnd, end);
  if (port === -1) return undefined;
  return { host: text.slice(start, hostEnd), port };
}

/** `[2001:db8::1]` to `2001:db8::1`; other hosts as they are. */
export function withoutBrackets(host: string): string {
  const last = host.length - 1;
  return host.charCodeAt(0) === OPEN_BRACKET && host.charCodeAt(last) === CLOSE_BRACKET ? host.slice(1, last) : host;
}

/** An address as it stands in a URI or Via: IPv6 in brackets. */
export function formatHost(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}
