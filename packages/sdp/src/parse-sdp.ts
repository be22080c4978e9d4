/**
 * Reads a session description (RFC 8866 §5, §9). Lenient where the field is (bare LF, blank lines, missing s= or t=, lines out of order), strict where a wrong
 * guess would send media astray (v=, o=, c=, m=). Never throws; linear in the input; bounded by limits.
 */
import { decodeText } from './sdp-bytes.ts';
import type { MediaDescription, Origin, SdpLine, SessionDescription } from './session-description.ts';
import { formatMediaLine, formatOrigin, readConnection, readMediaLine, readOrigin } from './structured-lines.ts';

export interface SdpLimits {
  /** Of bytes, or of UTF-16 units where text is given. */
  readonly maxBytes: number;
  readonly maxLines: number;
  readonly maxMedia: number;
  /** a= lines at the session's level, and again in each m-line. */
  readonly maxAttributes: number;
  /** In one m= line. */
  readonly maxFormats: number;
  readonly maxLineLength: number;
}

export const defaultSdpLimits: SdpLimits = {
  maxBytes: 64 * 1024,
  maxLines: 2000,
  maxMedia: 64,
  maxAttributes: 512,
  maxFormats: 128,
  maxLineLength: 8192,
};

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

interface DraftMedia {
  readonly head: Omit<MediaDescription, 'lines'>;
  readonly lines: SdpLine[];
}

interface Draft {
  readonly limits: SdpLimits;
  hasVersion: boolean;
  origin: Origin | null;
  readonly lines: SdpLine[];
  readonly media: DraftMedia[];
  /** a= lines of the section being read. */
  attributes: number;
}

type LineFailure = Omit<SdpFailure, 'line'>;

export function parseSdp(body: string | Uint8Array, limits: Partial<SdpLimits> = {}): SdpResult {
  const bounds = { ...defaultSdpLimits, ...limits };
  if (body.length > bounds.maxBytes) return failed('too-large', 0, `longer than ${bounds.maxBytes} bytes`);
  const rows = (typeof body === 'string' ? body : decodeText(body)).split('\n', bounds.maxLines + 1);
  if (rows.length > bounds.maxLines) return failed('too-many', 0, `more than ${bounds.maxLines} lines`);
  const draft: Draft = { limits: bounds, hasVersion: false, origin: null, lines: [], media: [], attributes: 0 };
  for (const [at, row] of rows.entries()) {
    const line = row.endsWith('\r') ? row.slice(0, -1) : row;
    const failure = line === '' ? null : readLine(draft, line);
    if (failure !== null) return { ok: false, failure: { ...failure, line: at + 1 } };
  }
  if (!draft.hasVersion) return failed('no-version', 0, 'an empty description');
  if (draft.origin === null) return failed('bad-origin', 0, 'no o= line');
  const media = draft.media.map(({ head, lines }) => ({ ...head, lines }));
  return { ok: true, sdp: { origin: draft.origin, lines: draft.lines, media } };
}

function readLine(draft: Draft, line: string): LineFailure | null {
  // RFC 8866 §9 byte-string: no CR, LF or NUL. Passed on, a bare CR would be a line end to some other parser.
  if (/[\r\0]/.test(line)) return { code: 'bad-line', reason: 'bare CR or NUL in a line' };
  if (line.length > draft.limits.maxLineLength) return { code: 'too-large', reason: 'line too long' };
  if (!draft.hasVersion) return readVersion(draft, line);
  if (line[1] !== '=') return { code: 'bad-line', reason: 'a line that does not begin with a letter and "="' };
  const type = line.slice(0, 1);
  const value = line.slice(2);
  if (draft.origin === null) return type === 'o' ? takeOrigin(draft, value) : noOrigin;
  if (type === 'm') return takeMedia(draft, value);
  if (type === 'c' && readConnection(value) === null)
    return { code: 'bad-connection', reason: `c=${shown(value)} is no connection address` };
  if (type === 'a' && ++draft.attributes > draft.limits.maxAttributes)
    return { code: 'too-many', reason: `more than ${draft.limits.maxAttributes} attributes` };
  (draft.media.at(-1)?.lines ?? draft.lines).push({ type, value });
  return null;
}

const noOrigin: LineFailure = { code: 'bad-origin', reason: 'the o= line does not follow v=0' };

/** Interop: blanks behind the 0 are tolerated (and not kept). */
function readVersion(draft: Draft, line: string): LineFailure | null {
  if (!/^v=0 *$/.test(line)) return { code: 'no-version', reason: 'does not begin with v=0' };
  draft.hasVersion = true;
  return null;
}

function takeOrigin(draft: Draft, value: string): LineFailure | null {
  const origin = readOrigin(value);
  if (origin === null) return { code: 'bad-origin', reason: `o=${shown(value)} is malformed` };
  draft.origin = formatOrigin(origin) === value ? origin : { ...origin, written: value };
  return null;
}

function takeMedia(draft: Draft, value: string): LineFailure | null {
  const { maxMedia, maxFormats } = draft.limits;
  if (draft.media.length >= maxMedia) return { code: 'too-many', reason: `more than ${maxMedia} m= lines` };
  const head = readMediaLine(value);
  if (head === null) return { code: 'bad-media', reason: `m=${shown(value)} is malformed` };
  if (head.formats.length > maxFormats) return { code: 'too-many', reason: `more than ${maxFormats} formats` };
  draft.media.push({ head: formatMediaLine(head) === value ? head : { ...head, written: value }, lines: [] });
  draft.attributes = 0;
  return null;
}

function shown(value: string): string {
  return value.slice(0, 80).replace(/[^ -~]|["\\]/g, '?');
}

function failed(code: SdpFailureCode, line: number, reason: string): SdpResult {
  return { ok: false, failure: { code, line, reason } };
}
