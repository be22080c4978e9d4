/**
 * Finds the rows of a head: one pass, offsets only. Notes the first row of each header that every message must have
 * (RFC 3261 §8.1.1), and what stands there twice.
 */
import { FOLDED, STRIDE } from './head.ts';
import * as names from './header-names.ts';
import type { Limits } from './limits.ts';
import type { ParseFailureCode } from './parse-failure.ts';
import { BACKSLASH, COLON, CR, HTAB, LF, SP, TOKEN_BYTES } from './text.ts';

/** The outcome of the last {@link indexHead}; valid until the next. Offsets count from the start line; -1: no such row. */
export class HeadIndex {
  /** Grows to the longest head seen; the first `used` numbers count. */
  readonly rows: number[] = [];
  used = 0;
  /** After the empty line. */
  end = 0;
  via = -1;
  from = -1;
  to = -1;
  callId = -1;
  cseq = -1;
  contentLength = -1;
  /** A header that may stand once and stands twice; 0: none. */
  repeated = 0;
  failure: ParseFailureCode | null = null;
  /** After the last row that is whole: what stands behind it is not read. */
  rowsEnd = 0;
  /** The name of the row at fault, as far as one is; the same number twice: none. */
  failedStart = 0;
  failedEnd = 0;
  /** No byte of the rows is above 127. */
  isAscii = false;
}

/** Where in the bytes the head lies. */
export interface HeadRange {
  /** The start line's first byte: offset 0 of all that is noted. */
  readonly start: number;
  /** The first row's first byte. */
  readonly firstRow: number;
  /** The head ends before it. */
  readonly end: number;
}

/** Indexes the rows into `index`: one loop over the bytes, which also sees to line ends and whether all is ASCII. */
export function indexHead(bytes: Uint8Array, range: HeadRange, limits: Limits, index: HeadIndex): undefined {
  reset(index, range);
  const { rows } = index;
  const { start, end } = range;
  let p = range.firstRow;
  let used = 0;
  let all = 0;
  while (p < end && bytes[p] !== CR) {
    let nameEnd = p;
    const isContinued = bytes[p] === SP || bytes[p] === HTAB;
    if (!isContinued) while (nameEnd < end && TOKEN_BYTES[bytes[nameEnd] as number] === 1) nameEnd++;
    let valueStart = nameEnd;
    while (valueStart < end && (bytes[valueStart] === SP || bytes[valueStart] === HTAB)) valueStart++;
    const colon = valueStart;
    if (!isContinued) valueStart++;
    while (valueStart < end && (bytes[valueStart] === SP || bytes[valueStart] === HTAB)) valueStart++;
    let lineEnd = isContinued ? p : Math.min(colon, end);
    for (; lineEnd < end; lineEnd++) {
      const byte = bytes[lineEnd] as number;
      // RFC 3261 §25.1: NUL stands in a quoted-pair or nowhere; programs in C would read a shorter value than we do.
      if (byte <= CR && (byte === CR || byte === LF || (byte === 0 && bytes[lineEnd - 1] !== BACKSLASH))) break;
      all |= byte;
    }
    if (lineEnd >= end || (lineEnd + 1 >= end && bytes[lineEnd] !== 0)) break;
    // A line ends by CRLF and by nothing else: a bare CR or LF is where two readers of one message would disagree.
    if (bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF) {
      if (!isContinued && bytes[colon] === COLON) blame(index, p - start, nameEnd - start);
      return fail(index, bytes[lineEnd] === 0 ? 'malformed-header' : 'line-ending');
    }
    let valueEnd = lineEnd;
    if (isContinued) {
      if (used === 0) return fail(index, 'header-line');
      const last = used - STRIDE;
      rows[last] = (rows[last] as number) | FOLDED;
      valueStart = start + (rows[last + 3] as number);
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--;
      rows[last + 4] = valueEnd - start;
      p = start + (rows[last + 1] as number);
    } else {
      if (nameEnd === p || bytes[colon] !== COLON) return fail(index, 'header-line');
      if (used >= limits.headerCount * STRIDE) return fail(index, 'too-many-headers');
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--;
      const id = names.headerIdAt(bytes, p, nameEnd);
      rows[used] = id;
      rows[used + 1] = p - start;
      rows[used + 2] = nameEnd - start;
      rows[used + 3] = valueStart - start;
      rows[used + 4] = valueEnd - start;
      if (id !== names.UNKNOWN && id <= names.CONTENT_LENGTH) note(index, id, used / STRIDE);
      used += STRIDE;
      index.used = used;
    }
    if (lineEnd - p > limits.headerBytes) {
      blame(index, rows[used - STRIDE + 1] as number, rows[used - STRIDE + 2] as number);
      index.rowsEnd = lineEnd + 2 - start;
      return fail(index, 'header-too-long');
    }
    p = lineEnd + 2;
    index.rowsEnd = p - start;
  }
  index.isAscii = all < 0x80;
  const isEnd = p + 1 < end && bytes[p] === CR;
  if (isEnd && bytes[p + 1] !== LF) return fail(index, 'line-ending');
  if (!isEnd) return fail(index, end - start >= limits.headBytes ? 'head-too-long' : 'head-incomplete');
  index.end = p + 2 - start;
}

function reset(index: HeadIndex, { start, firstRow }: HeadRange): void {
  index.used = 0;
  index.end = 0;
  index.via = -1;
  index.from = -1;
  index.to = -1;
  index.callId = -1;
  index.cseq = -1;
  index.contentLength = -1;
  index.repeated = 0;
  index.failure = null;
  index.rowsEnd = firstRow - start;
  index.failedStart = 0;
  index.failedEnd = 0;
  index.isAscii = false;
}

function blame(index: HeadIndex, nameStart: number, nameEnd: number): void {
  index.failedStart = nameStart;
  index.failedEnd = nameEnd;
}

function fail(index: HeadIndex, code: ParseFailureCode): undefined {
  index.failure = code;
}

function note(index: HeadIndex, id: number, row: number): void {
  switch (id) {
    case names.VIA:
      if (index.via < 0) index.via = row;
      return;
    case names.FROM:
      if (index.from >= 0) index.repeated = id;
      else index.from = row;
      return;
    case names.TO:
      if (index.to >= 0) index.repeated = id;
      else index.to = row;
      return;
    case names.CALL_ID:
      if (index.callId >= 0) index.repeated = id;
      else index.callId = row;
      return;
    case names.CSEQ:
      if (index.cseq >= 0) index.repeated = id;
      else index.cseq = row;
      return;
    case names.CONTENT_LENGTH:
      if (index.contentLength >= 0) index.repeated = id;
      else index.contentLength = row;
      return;
  }
}
