/**
 * Reads a session description. Lenient where the field is (bare LF, missing s= or t=, a blank line at the end), strict where a wrong guess
 * would send media astray (o=, c=, m=). Never throws; linear in the input; bounded by limits.
 */
import type { MediaDescription, Origin, SdpLine, SessionDescription } from './session-description.ts';

export interface SdpLimits {
  readonly maxBytes: number;
  readonly maxLines: number;
  readonly maxMedia: number;
  readonly maxLineLength: number;
}

export const defaultSdpLimits: SdpLimits = { maxBytes: 64 * 1024, maxLines: 2000, maxMedia: 64, maxLineLength: 8192 };

export type SdpFailureCode =
  | 'too-large'
  | 'too-many'
  | 'no-version'
  | 'bad-origin'
  | 'bad-connection'
  | 'bad-media'
  | 'bad-line';

export interface SdpFailure {
  readonly code: SdpFailureCode;
  /** Counted from 1; 0 where it is about the whole. */
  readonly line: number;
  /** Fit for a Warning header or a log line. */
  readonly reason: string;
}

export type SdpResult =
  | { readonly ok: true; readonly sdp: SessionDescription }
  | { readonly ok: false; readonly failure: SdpFailure };

interface Draft {
  origin: Origin | null;
  readonly lines: SdpLine[];
  readonly media: (MediaDescription & { readonly lines: SdpLine[] })[];
}

export function parseSdp(text: string, limits: SdpLimits = defaultSdpLimits): SdpResult {
  if (text.length > limits.maxBytes) return failed('too-large', 0, `longer than ${limits.maxBytes} characters`);
  const rows = text.split('\n');
  if (rows.length > limits.maxLines) return failed('too-many', 0, `more than ${limits.maxLines} lines`);
  const draft: Draft = { origin: null, lines: [], media: [] };
  for (const [at, row] of rows.entries()) {
    const line = row.endsWith('\r') ? row.slice(0, -1) : row;
    if (line === '') continue;
    // RFC 8866 §9 byte-string: no CR, LF or NUL. Passed on, a bare CR would be a line end to some other parser.
    if (/[\r\0]/.test(line)) return failed('bad-line', at + 1, 'bare CR or NUL in a line');
    if (line.length > limits.maxLineLength) return failed('too-large', at + 1, 'line too long');
    const failure = readLine(draft, line, at, limits);
    if (failure !== null) return { ok: false, failure: { ...failure, line: at + 1 } };
  }
  if (draft.origin === null) return failed('bad-origin', 0, 'no o= line');
  return { ok: true, sdp: { origin: draft.origin, lines: draft.lines, media: draft.media } };
}

type LineFailure = Omit<SdpFailure, 'line'>;

function readLine(draft: Draft, line: string, at: number, limits: SdpLimits): LineFailure | null {
  if (line[1] !== '=') return { code: 'bad-line', reason: 'a line without "="' };
  const type = line[0] ?? '';
  const value = line.slice(2);
  if (at === 0)
    return type === 'v' && value.trim() === '0' ? null : { code: 'no-version', reason: 'does not begin with v=0' };
  if (type === 'o' && draft.origin === null) return readOrigin(draft, value);
  if (type === 'm') return readMedia(draft, value, limits);
  if (type === 'c' && !isConnection(value))
    return { code: 'bad-connection', reason: `c=${value} is no connection address` };
  (draft.media.at(-1)?.lines ?? draft.lines).push({ type, value });
  return null;
}

/** o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address> (RFC 8866 §5.2) */
function readOrigin(draft: Draft, value: string): LineFailure | null {
  const [username, sessionId, sessionVersion, netType, addressType, address] = value.trim().split(/ +/);
  const numeric = /^\d{1,20}$/;
  const bad =
    !username || !numeric.test(sessionId ?? '') || !numeric.test(sessionVersion ?? '') || netType !== 'IN' || !address;
  if (bad || (addressType !== 'IP4' && addressType !== 'IP6'))
    return { code: 'bad-origin', reason: `o=${value} is malformed` };
  draft.origin = { username, sessionId: sessionId ?? '0', sessionVersion: sessionVersion ?? '0', addressType, address };
  return null;
}

/** m=<media> <port>[/<count>] <proto> <fmt> … (RFC 8866 §5.14) */
function readMedia(draft: Draft, value: string, limits: SdpLimits): LineFailure | null {
  if (draft.media.length >= limits.maxMedia)
    return { code: 'too-many', reason: `more than ${limits.maxMedia} m= lines` };
  const [kind, ports, protocol, ...formats] = value.trim().split(/ +/);
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(ports ?? '');
  const port = Number(match?.[1] ?? -1);
  if (!kind || match === null || port > 65535 || !protocol)
    return { code: 'bad-media', reason: `m=${value} is malformed` };
  const portCount = match[2] === undefined ? null : Number(match[2]);
  draft.media.push({ kind, port, portCount, protocol, formats, lines: [] });
  return null;
}

function isConnection(value: string): boolean {
  return /^IN (IP4|IP6) [0-9A-Za-z.:%/_-]+ *$/.test(value);
}

function failed(code: SdpFailureCode, line: number, reason: string): SdpResult {
  return { ok: false, failure: { code, line, reason } };
}
