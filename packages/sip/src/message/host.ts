/** Hosts (RFC 3261 §25.1 host): name, IPv4 address or IPv6 reference; IPv6 references as RFC 5118 and RFC 5954 read them. */
import { CLOSE_BRACKET, COLON, isHexCode, isHostCode, OPEN_BRACKET, readNumber } from './text.ts';

export type HostKind = 'name' | 'ipv4' | 'ipv6';

/** The index after the host that starts at `i`, or -1. An IPv6 reference is taken with its brackets. */
export function skipHost(s: string, i: number, end: number): number {
  if (i < end && s.charCodeAt(i) === OPEN_BRACKET) {
    const close = s.indexOf(']', i);
    return close > 0 && close < end && isIpv6(s.slice(i + 1, close)) ? close + 1 : -1;
  }
  let p = i;
  while (p < end && isHostCode(s.charCodeAt(p))) p++;
  return p > i ? p : -1;
}

/**
 * The port that stands in s[i, end) after a ":".
 * @returns undefined: none and i is the end; -1: malformed, 0 or above 65535.
 */
export function readPort(s: string, i: number, end: number): number | undefined {
  if (i >= end) return undefined;
  if (s.charCodeAt(i) !== COLON) return -1;
  const port = readNumber(s, i + 1, end, 65_535);
  return port === 0 ? -1 : port;
}

export function hostKind(host: string): HostKind {
  if (host.charCodeAt(0) === OPEN_BRACKET) return 'ipv6';
  return isIpv4(host) ? 'ipv4' : 'name';
}

export function isIpv4(text: string): boolean {
  const first = text.charCodeAt(0);
  // Nearly every host is a name, and a name nearly never begins with a digit.
  if (!(first >= 0x30 && first <= 0x39)) return false;
  let parts = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && text.charCodeAt(i) !== 0x2e) continue;
    if (i - start > 3 || readNumber(text, start, i, 255) < 0) return false;
    parts++;
    start = i + 1;
  }
  return parts === 4;
}

/** An IPv6 address without brackets (RFC 4291 §2.2), zone identifiers excluded. */
export function isIpv6(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  let groups = 0;
  let compressed = false;
  let i = 0;
  if (text.startsWith('::')) {
    compressed = true;
    i = 2;
  }
  while (i < text.length) {
    const start = i;
    while (i < text.length && isHexCode(text.charCodeAt(i))) i++;
    if (i < text.length && text.charCodeAt(i) === 0x2e) {
      if (!isIpv4(text.slice(start))) return false;
      groups += 2;
      break;
    }
    if (i === start || i - start > 4) return false;
    groups++;
    if (i === text.length) break;
    if (text.charCodeAt(i) !== COLON || i + 1 === text.length) return false;
    i++;
    if (text.charCodeAt(i) === COLON) {
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
export function parseHostPort(s: string, start = 0, end: number = s.length): HostPort | undefined {
  const hostEnd = skipHost(s, start, end);
  if (hostEnd < 0) return undefined;
  const port = readPort(s, hostEnd, end);
  if (port === -1) return undefined;
  return { host: s.slice(start, hostEnd), port };
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
