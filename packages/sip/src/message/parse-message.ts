/**
 * Bytes to message (RFC 3261 §7, §18.3). Lazy: the head becomes one wire string, its rows are indexed once, and of the values only
 * those that routing needs are read: topmost Via, From, To, CSeq, Call-ID. Everything else is parsed when asked for.
 *
 * Never throws, and reads every byte a bounded number of times.
 */
import { type CSeq, parseCSeq } from './cseq.ts';
import { FOLDED, Head, STRIDE } from './head.ts';
import * as names from './header-names.ts';
import { headerName } from './header-names.ts';
import { HeadIndex, indexHead } from './index-head.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { type NameAddr, parseNameAddr } from './name-addr.ts';
import { keepOctets, numberOf, octetsOf, readNumber, unfold } from './octets.ts';
import type { ParseFailure, ParseFailureCode } from './parse-failure.ts';
import { type BodyRange, SipRequest } from './request.ts';
import { SipResponse } from './response.ts';
import { failedStartLine, readStartLine, type StartLine } from './start-line.ts';
import { type BytesToString, bytesToString, CR, fromWire, LF } from './text.ts';
import { parseFirstVia, type Via } from './via.ts';

export interface ParseOptions {
  readonly limits?: Limits;
  /** A faster {@link bytesToString}. */
  readonly decode?: BytesToString;
  /** The bytes will be used again by their owner: the body is copied. */
  readonly isBorrowed?: boolean;
}

export type ParseResult =
  | { readonly ok: true; readonly message: SipRequest | SipResponse }
  | { readonly ok: false; readonly failure: ParseFailure };

const index = new HeadIndex();

/** Parses one datagram or WebSocket frame: exactly one message. */
export function parseMessage(bytes: Uint8Array, options: ParseOptions = {}): ParseResult {
  const start = skipKeepAlive(bytes, 0, bytes.length);
  if (start === bytes.length) return failed('empty', 'Empty message');
  const head = parseHead(bytes, start, bytes.length, options);
  if (!head.ok) return head;
  const available = bytes.length - head.bodyStart;
  if (head.contentLength > available) {
    return { ok: false, failure: bodyFailure(head, 'body-incomplete', 'Content-Length exceeds the body') };
  }
  const size = head.contentLength < 0 ? available : head.contentLength;
  return completeMessage(head, { bytes, start: head.bodyStart, end: head.bodyStart + size }, options);
}

/** The first index that holds neither CR, LF nor NUL: what keep-alives are made of (RFC 3261 §7.5, RFC 5626 §3.5.1). */
function skipKeepAlive(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && (bytes[i] === CR || bytes[i] === LF || bytes[i] === 0)) i++;
  return i;
}

/** Set by {@link findLineEnd}. */
let isLineBare = false;
let isLineAscii = false;

/** The CRLF that ends the start line, or -1; notes whether a bare CR or LF stands before it. */
function findLineEnd(bytes: Uint8Array, start: number, end: number): number {
  isLineBare = false;
  let all = 0;
  for (let p = start; p + 1 < end; p++) {
    const byte = bytes[p] as number;
    if (byte <= CR && (byte === CR || byte === LF)) {
      if (byte === CR && bytes[p + 1] === LF) {
        isLineAscii = all < 0x80;
        return p;
      }
      isLineBare = true;
    }
    all |= byte;
  }
  return -1;
}

/** A head that has been read and a body that has not. */
export interface ParsedHead {
  readonly ok: true;
  readonly startLine: StartLine;
  readonly head: Head;
  /** In the bytes. */
  readonly bodyStart: number;
  /** -1: no Content-Length. */
  readonly contentLength: number;
  readonly topVia: Via;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly cseq: CSeq;
}

export interface FailedHead {
  readonly ok: false;
  readonly failure: ParseFailure;
  /** All of the head; null: its rows could not be found. */
  readonly head: Head | null;
}

export type HeadResult = ParsedHead | FailedHead;

/** Parses the head that begins at bytes[start] and ends before bytes[end]. Internal to the parsers of datagrams and streams. */
export function parseHead(bytes: Uint8Array, start: number, end: number, options: ParseOptions): HeadResult {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const decode = options.decode ?? bytesToString;
  const last = Math.min(end, start + limits.headBytes);
  const lineEnd = findLineEnd(bytes, start, Math.min(last, start + limits.startLineBytes + 2));
  if (lineEnd < 0) {
    if (last - start > limits.startLineBytes) return longStartLine(bytes, start, last, options);
    return failed('head-incomplete', 'No end of the start line');
  }
  indexHead(bytes, { start, firstRow: lineEnd + 2, end: last }, limits, index);
  const wire = decode(bytes, start, index.end === 0 ? last : start + index.end);
  if (options.isBorrowed !== true) keepOctets(wire, start === 0 ? bytes : bytes.subarray(start));
  const startLine = isLineBare ? failedStartLine(wire, 0) : readStartLine(wire, 0, lineEnd - start);
  // Rows after a broken one were not found, and the last that was found must not take all the rest for its own.
  const headEnd = index.failure === null ? wire.length : index.rowsEnd + 2;
  const head = new Head(wire, 0, headEnd, index.rows.slice(0, index.used), index.isAscii && isLineAscii);
  const broken = headFailure(startLine, head);
  if (broken !== null) return failedHead(broken, startLine, head);
  const topVia = readVia(head);
  const from = readAddress(head, index.from);
  const to = readAddress(head, index.to);
  const cseq = readCSeq(head);
  const contentLength = readContentLength(head);
  if (topVia === undefined) return malformed(names.VIA, startLine, head);
  if (from === undefined) return malformed(names.FROM, startLine, head);
  if (to === undefined) return malformed(names.TO, startLine, head);
  if (cseq === undefined) return malformed(names.CSEQ, startLine, head);
  if (isEmptyValue(head, index.callId)) return malformed(names.CALL_ID, startLine, head);
  if (contentLength === undefined) {
    return failedHead(makeFailure('content-length', 'Malformed Content-Length', 'Content-Length'), startLine, head);
  }
  if (startLine.status === 0 && cseq.method !== startLine.method) {
    const reason = 'CSeq method does not match request method';
    return failedHead(makeFailure('cseq-method', reason, 'CSeq'), startLine, head);
  }
  return { ok: true, startLine, head, bodyStart: start + index.end, contentLength, topVia, from, to, cseq };
}

/** RFC 3261 §21.4.12: whoever wrote it is told, where what stands behind the line says who it was. */
function longStartLine(bytes: Uint8Array, start: number, last: number, options: ParseOptions): FailedHead {
  const failure = makeFailure('start-line-too-long', 'Start line too long', undefined, 414);
  const lineEnd = findLineEnd(bytes, start, last);
  if (lineEnd < 0) return { ok: false, failure, head: null };
  indexHead(bytes, { start, firstRow: lineEnd + 2, end: last }, options.limits ?? DEFAULT_LIMITS, index);
  const wire = (options.decode ?? bytesToString)(bytes, start, index.end === 0 ? last : start + index.end);
  const headEnd = index.failure === null ? wire.length : index.rowsEnd + 2;
  return failedHead(
    failure,
    failedStartLine(wire, 0),
    new Head(wire, 0, headEnd, index.rows.slice(0, index.used), false),
  );
}

/** Puts head and body together. */
export function completeMessage(head: ParsedHead, body: BodyRange, options: ParseOptions): ParseResult {
  const limits = options.limits ?? DEFAULT_LIMITS;
  if (body.end - body.start > limits.bodyBytes) {
    return { ok: false, failure: bodyFailure(head, 'body-too-long', 'Message body too long', 513) };
  }
  let range = body;
  if (options.isBorrowed === true && body.end > body.start) {
    const bytes = body.bytes.slice(body.start, body.end);
    range = { bytes, start: 0, end: bytes.length };
  }
  const { startLine } = head;
  const message =
    startLine.status === 0 ? new SipRequest(startLine, head.head, range) : new SipResponse(startLine, head.head, range);
  message.preset(head.topVia, head.from, head.to, head.cseq);
  return { ok: true, message };
}

export function bodyFailure(head: ParsedHead, code: ParseFailureCode, reason: string, status = 400): ParseFailure {
  const header = code === 'body-incomplete' ? 'Content-Length' : undefined;
  return withPartial(makeFailure(code, reason, header, status), head.startLine, head.head);
}

function headFailure(startLine: StartLine, head: Head): ParseFailure | null {
  if (startLine.failure !== null) {
    return makeFailure(startLine.failure, startLine.detail, undefined, startLine.failure === 'version' ? 505 : 400);
  }
  if (index.failure !== null) {
    const name = head.wire.slice(index.failedStart, Math.min(index.failedEnd, index.failedStart + 40));
    const status = isTooMuch(index.failure) ? 513 : 400;
    return makeFailure(index.failure, indexReason(index.failure, name), name === '' ? undefined : name, status);
  }
  if (index.repeated !== 0) {
    const name = headerName(index.repeated);
    return makeFailure('repeated-header', `Repeated ${name} header`, name);
  }
  const absent = absentHeader();
  return absent === '' ? null : makeFailure('missing-header', `Missing ${absent} header`, absent);
}

function absentHeader(): string {
  if (index.via < 0) return 'Via';
  if (index.from < 0) return 'From';
  if (index.to < 0) return 'To';
  if (index.callId < 0) return 'Call-ID';
  return index.cseq < 0 ? 'CSeq' : '';
}

function isTooMuch(code: ParseFailureCode): boolean {
  return code === 'head-too-long' || code === 'header-too-long' || code === 'too-many-headers';
}

function indexReason(code: ParseFailureCode, header: string): string {
  switch (code) {
    case 'line-ending':
      return `Bare CR or LF in header${header === '' ? '' : ` ${header}`}`;
    case 'malformed-header':
      return `NUL in header${header === '' ? '' : ` ${header}`}`;
    case 'head-incomplete':
      return 'No end of headers';
    case 'head-too-long':
      return 'Headers too long';
    case 'header-too-long':
      return `Header ${header} too long`;
    case 'too-many-headers':
      return 'Too many headers';
    default:
      return 'Malformed header line';
  }
}

function failed(code: ParseFailureCode, reason: string, status = 400): FailedHead {
  return { ok: false, failure: { code, reason, status }, head: null };
}

function makeFailure(code: ParseFailureCode, reason: string, header?: string, status = 400): ParseFailure {
  return header === undefined ? { code, reason, status } : { code, reason, status, header };
}

function malformed(id: number, startLine: StartLine, head: Head): FailedHead {
  const name = headerName(id);
  return failedHead(makeFailure('malformed-header', `Malformed ${name} header`, name), startLine, head);
}

function failedHead(failure: ParseFailure, startLine: StartLine, head: Head): FailedHead {
  return { ok: false, failure: withPartial(failure, startLine, head), head: index.failure === null ? head : null };
}

/** A response is not answered, nor is an ACK (RFC 3261 §8.2.6.1, §17.1.1.3): for them nothing is kept. */
function withPartial(failure: ParseFailure, startLine: StartLine, head: Head): ParseFailure {
  if (startLine.method === '' || startLine.method === 'ACK') return failure;
  return { ...failure, partial: { method: startLine.method, head } };
}

function isPlain(head: Head, row: number): boolean {
  return ((head.rows[row * STRIDE] as number) & FOLDED) === 0;
}

function readVia(head: Head): Via | undefined {
  const at = index.via * STRIDE;
  const start = head.rows[at + 3] as number;
  const end = head.rows[at + 4] as number;
  if (isPlain(head, index.via)) return parseFirstVia(head.wire, start, end);
  const text = unfold(head.wire.slice(start, end));
  return parseFirstVia(text, 0, text.length);
}

function readAddress(head: Head, row: number): NameAddr | undefined {
  const at = row * STRIDE;
  const start = head.rows[at + 3] as number;
  const end = head.rows[at + 4] as number;
  if (isPlain(head, row) && (head.isAscii || isAscii(head.wire, start, end)))
    return parseNameAddr(head.wire, start, end);
  return parseNameAddr(fromWire(unfold(head.wire.slice(start, end))));
}

function isAscii(wire: string, start: number, end: number): boolean {
  let all = 0;
  for (let i = start; i < end; i++) all |= wire.charCodeAt(i);
  return all < 0x80;
}

function readCSeq(head: Head): CSeq | undefined {
  if (!isPlain(head, index.cseq)) return parseCSeq(head.valueOf(index.cseq));
  const at = index.cseq * STRIDE;
  return parseCSeq(head.wire, head.rows[at + 3], head.rows[at + 4]);
}

function isEmptyValue(head: Head, row: number): boolean {
  const at = row * STRIDE;
  return head.rows[at + 3] === head.rows[at + 4];
}

/** -1: none; undefined: not a number. */
function readContentLength(head: Head): number | undefined {
  if (index.contentLength < 0) return -1;
  const at = index.contentLength * STRIDE;
  const start = head.rows[at + 3] as number;
  const end = head.rows[at + 4] as number;
  const length = isPlain(head, index.contentLength)
    ? readNumber(octetsOf(head.wire, start, end), start, end, 0x7fff_ffff)
    : numberOf(head.valueOf(index.contentLength), 0x7fff_ffff);
  return length < 0 ? undefined : length;
}
