/** Request line and status line (RFC 3261 §7.1, §7.2). One space between the parts, as the grammar says. */
import type { ParseFailureCode } from './parse-failure.ts';
import { isTokenCode, SP } from './text.ts';

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
  if (isStatusLine(wire, start)) return readStatusLine(wire, start, end);
  let p = start;
  while (p < end && isTokenCode(wire.charCodeAt(p))) p++;
  const method = wire.slice(start, p);
  if (p === start || p >= end || wire.charCodeAt(p) !== SP)
    return broken(method, 'start-line', 'Malformed method in request line');
  const uriEnd = wire.indexOf(' ', p + 1);
  if (uriEnd < 0 || uriEnd >= end) return broken(method, 'start-line', 'Request line without version');
  if (uriEnd === p + 1) return broken(method, 'start-line', 'Extra space in request line');
  const uriWire = wire.slice(p + 1, uriEnd);
  for (let i = p + 1; i < uriEnd; i++) {
    const code = wire.charCodeAt(i);
    if (code <= SP || code === 0x7f) return broken(method, 'start-line', 'Control character in Request-URI');
  }
  if (!isVersion2(wire, uriEnd + 1, end)) {
    const rest = wire.slice(uriEnd + 1, end);
    if (/^SIP\/\d+\.\d+$/i.test(rest)) return broken(method, 'version', 'Version Not Supported');
    return broken(
      method,
      'start-line',
      rest.includes(' ') ? 'Space in Request-URI' : 'Malformed version in request line',
    );
  }
  // RFC 3261 §7.1: the Request-URI is never in "<>".
  if (uriWire.charCodeAt(0) === 0x3c) return broken(method, 'start-line', 'Request-URI in angle brackets');
  return { method, uriWire, status: 0, reasonWire: '', failure: null, detail: '' };
}

function readStatusLine(wire: string, start: number, end: number): StartLine {
  const isVersion = isVersion2(wire, start, start + 7) && wire.charCodeAt(start + 7) === SP;
  if (!isVersion) return broken('', 'version', 'Version Not Supported');
  const status = digit(wire, start + 8) * 100 + digit(wire, start + 9) * 10 + digit(wire, start + 10);
  const isEnded = start + 11 === end || wire.charCodeAt(start + 11) === SP;
  // RFC 3261 §7.2: 100 to 699. NaN fails both comparisons.
  if (!(status >= 100 && status <= 699) || !isEnded) return broken('', 'start-line', 'Malformed status code');
  return {
    method: '',
    uriWire: '',
    status,
    reasonWire: wire.slice(Math.min(start + 12, end), end),
    failure: null,
    detail: '',
  };
}

function digit(wire: string, i: number): number {
  const value = wire.charCodeAt(i) - 0x30;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

/** For a line that holds a bare CR or LF. */
export function failedStartLine(wire: string, start: number): StartLine {
  let p = start;
  while (isTokenCode(wire.charCodeAt(p))) p++;
  return broken(wire.charCodeAt(p) === SP ? wire.slice(start, p) : '', 'line-ending', 'Bare CR or LF in start line');
}

function broken(method: string, failure: ParseFailureCode, detail: string): StartLine {
  return { method, uriWire: '', status: 0, reasonWire: '', failure, detail };
}

/** "SIP/": a method is a token and has no slash. */
export function isStatusLine(wire: string, start: number): boolean {
  return isSipSlash(wire, start);
}

function isSipSlash(wire: string, i: number): boolean {
  return (
    (wire.charCodeAt(i) | 0x20) === 0x73 &&
    (wire.charCodeAt(i + 1) | 0x20) === 0x69 &&
    (wire.charCodeAt(i + 2) | 0x20) === 0x70 &&
    wire.charCodeAt(i + 3) === 0x2f
  );
}

function isVersion2(wire: string, i: number, end: number): boolean {
  return (
    end - i === 7 &&
    isSipSlash(wire, i) &&
    wire.charCodeAt(i + 4) === 0x32 &&
    wire.charCodeAt(i + 5) === 0x2e &&
    wire.charCodeAt(i + 6) === 0x30
  );
}
