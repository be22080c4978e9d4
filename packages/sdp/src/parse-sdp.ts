/**
 * Reads a session description (RFC 8866 §5, §9). Lenient where the field is (bare LF, blank lines, missing s= or t=, lines out of order), strict where a wrong
 * guess would send media astray (v=, o=, c=, m=). Never throws; linear in the input; bounded by limits.
 */
import { type KnownSections, mediaSections, sessionSections } from './known-sections.ts';
import { decodeText } from './sdp-bytes.ts';
import type { MediaDescription, Origin, SdpLine, SessionDescription } from './session-description.ts';
import {
  formatMediaLine,
  formatOrigin,
  readConnection,
  readMediaLine,
  readOrigin,
  readPlainOrigin,
} from './structured-lines.ts';

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
  lines: readonly SdpLine[];
}

interface Draft {
  readonly limits: SdpLimits;
  hasVersion: boolean;
  origin: Origin | null;
  lines: readonly SdpLine[];
  readonly media: DraftMedia[];
  /** Of the section being read: its lines, and how many of them are a= lines. */
  section: SdpLine[];
  attributes: number;
  /** Where the line begins that follows the o= line. */
  below: number;
}

type LineFailure = Omit<SdpFailure, 'line'>;

export function parseSdp(body: string | Uint8Array, limits?: Partial<SdpLimits>): SdpResult {
  const bounds = limits === undefined ? defaultSdpLimits : { ...defaultSdpLimits, ...limits };
  if (body.length > bounds.maxBytes) return failed('too-large', 0, `longer than ${bounds.maxBytes} bytes`);
  const text = typeof body === 'string' ? body : decodeText(body);
  if (hasMoreLines(text, bounds.maxLines)) return failed('too-many', 0, `more than ${bounds.maxLines} lines`);
  const lines: SdpLine[] = [];
  const section = { section: lines, attributes: 0, below: 0 };
  const draft: Draft = { limits: bounds, hasVersion: false, origin: null, lines, media: [], ...section };
  const failure = readSections(draft, text);
  if (failure !== null) return { ok: false, failure };
  if (!draft.hasVersion) return failed('no-version', 0, 'an empty description');
  if (draft.origin === null) return failed('bad-origin', 0, 'no o= line');
  return {
    ok: true,
    sdp: { origin: draft.origin, lines: draft.lines, media: draft.media.map(madeMedia) },
  };
}

function madeMedia({ head, lines }: DraftMedia): MediaDescription {
  const { kind, port, portCount, protocol, formats, written } = head;
  const media = { kind, port, portCount, protocol, formats, lines };
  return written === undefined ? media : { ...media, written };
}

function hasMoreLines(text: string, most: number): boolean {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0 && count <= most; at = text.indexOf('\n', at + 1)) count++;
  return count > most;
}

/** The session's section, then each m= line with its own. */
function readSections(draft: Draft, text: string): SdpFailure | null {
  const first = sectionEnd(text, 0);
  const whole = { sections: sessionSections, of: draft };
  let failure = readOpening(draft, text, first) ?? readBelow(draft, text, { ...whole, from: draft.below, to: first });
  for (let at = first; failure === null && at < text.length; at = sectionEnd(text, at)) {
    const from = lineEnd(text, at) + 1;
    const to = sectionEnd(text, at);
    failure = readRows(draft, text, at, from);
    const of = draft.media.at(-1);
    if (failure === null && of !== undefined)
      failure = readBelow(draft, text, { sections: mediaSections, of, from, to });
  }
  return failure;
}

/** Up to and with the o= line. */
function readOpening(draft: Draft, text: string, to: number): SdpFailure | null {
  if (readPlainOpening(draft, text, to)) return null;
  let failure: SdpFailure | null = null;
  while (failure === null && draft.origin === null && draft.below < to) {
    const next = Math.min(lineEnd(text, draft.below) + 1, to);
    failure = readRows(draft, text, draft.below, next);
    draft.below = next;
  }
  return failure;
}

const plainStart = 'v=0\r\no=';

/** As nearly everybody writes it; whatever is not so is read with care. */
function readPlainOpening(draft: Draft, text: string, to: number): boolean {
  const from = plainStart.length;
  const end = text.startsWith(plainStart) ? lineEnd(text, from) : 0;
  if (end < from || end >= to || text[end - 1] !== '\r' || end > draft.limits.maxLineLength) return false;
  const value = text.slice(from, end - 1);
  if (notInLines.test(value)) return false;
  draft.origin = readPlainOrigin(value);
  if (draft.origin === null) return false;
  draft.hasVersion = true;
  draft.below = end + 1;
  return true;
}

/** RFC 8866 §9 byte-string. */
const notInLines = /[\r\0]/;

interface Below {
  readonly sections: KnownSections;
  /** Whose lines these are. */
  readonly of: { lines: readonly SdpLine[] };
  /** From the start of a line to that of another. */
  readonly from: number;
  readonly to: number;
}

/** What stands below an o= or an m= line. */
function readBelow(draft: Draft, text: string, { sections, of, from, to }: Below): SdpFailure | null {
  // Under other limits something else may be refused.
  const own = draft.limits === defaultSdpLimits ? text.slice(from, to) : null;
  const known = own === null ? undefined : sections.get(own);
  if (known !== undefined) {
    of.lines = known;
    return null;
  }
  const failure = readRows(draft, text, from, to);
  if (failure === null && own !== null) of.lines = sections.remember(own, draft.section);
  return failure;
}

function readRows(draft: Draft, text: string, from: number, to: number): SdpFailure | null {
  for (let at = from; at < to; ) {
    const end = lineEnd(text, at);
    const line = text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end);
    const failure = line === '' ? null : readLine(draft, line);
    if (failure !== null) return { ...failure, line: text.slice(0, at).split('\n').length };
    at = end + 1;
  }
  return null;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Where the next m= line begins. */
function sectionEnd(text: string, at: number): number {
  const end = text.indexOf('\nm=', at);
  return end < 0 ? text.length : end + 1;
}

function readLine(draft: Draft, line: string): LineFailure | null {
  // RFC 8866 §9 byte-string: no CR, LF or NUL. Passed on, a bare CR would be a line end to some other parser.
  if (notInLines.test(line)) return { code: 'bad-line', reason: 'bare CR or NUL in a line' };
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
  draft.section.push({ type, value });
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
  draft.section = [];
  draft.media.push({
    head: formatMediaLine(head) === value ? head : { ...head, written: value },
    lines: draft.section,
  });
  draft.attributes = 0;
  return null;
}

function shown(value: string): string {
  return value.slice(0, 80).replace(/[^ -~]|["\\]/g, '?');
}

function failed(code: SdpFailureCode, line: number, reason: string): SdpResult {
  return { ok: false, failure: { code, line, reason } };
}
