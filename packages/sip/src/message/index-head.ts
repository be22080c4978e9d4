/**
 * Finds the rows of a head: one pass, offsets only. Notes the first row of each header that every message must have
 * (RFC 3261 §8.1.1), and what stands there twice.
 */
import { FOLDED, STRIDE } from './head.ts';
import * as names from './header-names.ts';
import type { Limits } from './limits.ts';
import type { ParseFailureCode } from './parse-failure.ts';
import { COLON, HTAB, isTokenCode, LF, SP, skipSpace, trimEnd } from './text.ts';

/** The outcome of the last {@link indexHead}; valid until the next. Rows are numbers of rows, -1: none. */
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
  /** The name of the header at fault, as far as one is. */
  failedHeader = '';
}

/** Indexes the rows from `from` (the first row's begin) into `index`. */
export function indexHead(wire: string, from: number, limits: Limits, index: HeadIndex): undefined {
  reset(index);
  const rows = index.rows;
  let p = from;
  let used = 0;
  let last = -STRIDE;
  for (;;) {
    const cr = wire.indexOf('\r', p);
    if (cr < 0 || cr + 1 >= wire.length)
      return fail(index, wire.length >= limits.headBytes ? 'head-too-long' : 'head-incomplete');
    // A line ends by CRLF and by nothing else: a bare CR or LF is where two readers of one message would disagree.
    if (wire.charCodeAt(cr + 1) !== LF || wire.indexOf('\n', p) !== cr + 1) return fail(index, 'line-ending');
    if (cr === p) break;
    const first = wire.charCodeAt(p);
    if (first === SP || first === HTAB) {
      if (last < 0) return fail(index, 'header-line');
      rows[last] = (rows[last] as number) | FOLDED;
      rows[last + 4] = trimEnd(wire, rows[last + 3] as number, cr);
      if (cr - (rows[last + 1] as number) > limits.headerBytes)
        return fail(index, 'header-too-long', nameAt(wire, rows, last));
      p = cr + 2;
      continue;
    }
    let nameEnd = p;
    while (isTokenCode(wire.charCodeAt(nameEnd))) nameEnd++;
    let colon = nameEnd;
    if (wire.charCodeAt(colon) !== COLON) colon = skipSpace(wire, colon, cr);
    if (nameEnd === p || wire.charCodeAt(colon) !== COLON) return fail(index, 'header-line');
    if (cr - p > limits.headerBytes) return fail(index, 'header-too-long', wire.slice(p, Math.min(nameEnd, p + 40)));
    if (used >= limits.headerCount * STRIDE) return fail(index, 'too-many-headers');
    const id = names.headerIdAt(wire, p, nameEnd);
    const valueStart = skipSpace(wire, colon + 1, cr);
    rows[used] = id;
    rows[used + 1] = p;
    rows[used + 2] = nameEnd;
    rows[used + 3] = valueStart;
    rows[used + 4] = trimEnd(wire, valueStart, cr);
    if (id !== names.UNKNOWN && id <= names.CONTENT_LENGTH) note(index, id, used / STRIDE);
    last = used;
    used += STRIDE;
    index.used = used;
    p = cr + 2;
  }
  index.end = p + 2;
  if (index.end > limits.headBytes) fail(index, 'head-too-long');
}

function nameAt(wire: string, rows: readonly number[], at: number): string {
  return wire.slice(rows[at + 1], rows[at + 2]);
}

function reset(index: HeadIndex): void {
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
  index.failedHeader = '';
}

function fail(index: HeadIndex, code: ParseFailureCode, header = ''): undefined {
  index.failure = code;
  index.failedHeader = header;
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
