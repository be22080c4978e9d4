/** Request line and status line (RFC 3261 §7.1, §7.2). One space between the parts, as the grammar says. */
import { knownMethod } from './method-names.ts';
import { octetsOf, readNumber, startsWithSip } from './octets.ts';
import type { ParseFailureCode } from './parse-failure.ts';
import { isTokenCode, LESS, SLASH, SP } from './text.ts';

export interface StartLine {
  /** '' for a response. */
  method: string;
  uriWire: string;
  /** 0 for a request. */
  status: number;
  reasonWire: string;
  failure: ParseFailureCode | null;
  /** Says what is wrong with it. */
  detail: string;
}

/** Reads wire[start, end), the line without its CRLF. */
export function readStartLine(wire: string, start: number, end: number): StartLine {
  const s = octetsOf(wire, start, end);
  if (isStatusLine(s, start)) return readStatusLine(wire, start, end);
  let p = start;
  while (p < end && isTokenCode(s[p] as number)) p++;
  const method = knownMethod(s, start, p) ?? wire.slice(start, p);
  if (p === start || p >= end || s[p] !== SP) return broken(method, 'start-line', 'Malformed method in request line');
  const uriStart = p + 1;
  let isPrintable = true;
  for (p = uriStart; p < end && s[p] !== SP; p++) if (isControl(s[p] as number)) isPrintable = false;
  if (p >= end) return broken(method, 'start-line', 'Request line without version');
  if (p === uriStart) return broken(method, 'start-line', 'Extra space in request line');
  if (!isPrintable) return broken(method, 'start-line', 'Control character in Request-URI');
  if (!isVersion2(s, p + 1, end)) return badVersion(method, wire.slice(p + 1, end));
  // RFC 3261 §7.1: the Request-URI is never in "<>".
  if (s[uriStart] === LESS) return broken(method, 'start-line', 'Request-URI in angle brackets');
  return { method, uriWire: wire.slice(uriStart, p), status: 0, reasonWire: '', failure: null, detail: '' };
}

function isControl(code: number): boolean {
  return code < SP || code === 0x7f;
}

function badVersion(method: string, rest: string): StartLine {
  if (/^SIP\/\d+\.\d+$/i.test(rest)) return broken(method, 'version', 'Version Not Supported');
  const isUri = rest.includes(' ');
  return broken(method, 'start-line', isUri ? 'Space in Request-URI' : 'Malformed version in request line');
}

function readStatusLine(wire: string, start: number, end: number): StartLine {
  const s = octetsOf(wire, start, end);
  const isVersion = isVersion2(s, start, start + 7) && s[start + 7] === SP;
  if (!isVersion) return broken('', 'version', 'Version Not Supported');
  const status = readNumber(s, start + 8, Math.min(start + 11, end), 699);
  const isEnded = start + 11 === end || s[start + 11] === SP;
  // RFC 3261 §7.2: 100 to 699.
  if (status < 100 || start + 11 > end || !isEnded) return broken('', 'start-line', 'Malformed status code');
  const reasonWire = wire.slice(Math.min(start + 12, end), end);
  return { method: '', uriWire: '', status, reasonWire, failure: null, detail: '' };
}

/** For a line that holds a bare CR or LF. */
export function failedStartLine(wire: string, start: number): StartLine {
  const s = octetsOf(wire);
  let p = start;
  while (p < wire.length && isTokenCode(s[p] as number)) p++;
  return broken(s[p] === SP ? wire.slice(start, p) : '', 'line-ending', 'Bare CR or LF in start line');
}

function broken(method: string, failure: ParseFailureCode, detail: string): StartLine {
  return { method, uriWire: '', status: 0, reasonWire: '', failure, detail };
}

/** "SIP/": a method is a token and has no slash. */
export function isStatusLine(s: Uint8Array, start: number): boolean {
  return startsWithSip(s, start) && s[start + 3] === SLASH;
}

function isVersion2(s: Uint8Array, i: number, end: number): boolean {
  return end - i === 7 && isStatusLine(s, i) && s[i + 4] === 0x32 && s[i + 5] === 0x2e && s[i + 6] === 0x30;
}
