/**
 * Messages out of a byte stream (TCP, TLS): framed by Content-Length (RFC 3261 §18.3), with the keep-alives of RFC 5626 §3.5.1 between
 * them. What arrives whole is parsed where it lies; only an incomplete rest is copied. A byte is searched once, however slowly the
 * bytes come.
 *
 * WebSocket frames are whole messages (RFC 7118 §5) and go to parseMessage instead.
 */
import { CONTENT_LENGTH } from './header-names.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { numberOf } from './octets.ts';
import type { ParseFailure } from './parse-failure.ts';
import {
  bodyFailure,
  completeMessage,
  type FailedHead,
  type ParsedHead,
  type ParseOptions,
  parseHead,
} from './parse-message.ts';
import type { SipRequest } from './request.ts';
import type { SipResponse } from './response.ts';
import { CR, LF } from './text.ts';

/** Told of what the stream holds, in order, from inside `push`. */
export interface StreamSink {
  onMessage(message: SipRequest | SipResponse): void;
  /** Double CRLF: answer with a single one (RFC 5626 §4.4.1). */
  onPing(): void;
  /** Single CRLF: the answer to our ping. */
  onPong(): void;
  /**
   * @param isFatal the stream cannot be framed any further: answer where `failure` allows, then close. Otherwise the message was
   *   skipped and the stream goes on.
   * @param bytes the message, as much of it as is there.
   */
  onFailure(failure: ParseFailure, isFatal: boolean, bytes: Uint8Array): void;
}

export interface StreamParserOptions extends ParseOptions {
  /** The side that opened the connection pings, the other answers. Default: accepted. */
  readonly role?: 'opened' | 'accepted';
}

const EMPTY = new Uint8Array(0);

export class StreamParser {
  readonly #sink: StreamSink;
  readonly #options: StreamParserOptions;
  readonly #limits: Limits;
  /** Bytes of a message not whole yet: #rest[0, #restLength). */
  #rest: Uint8Array = EMPTY;
  #restLength = 0;
  /** No head ends before this index of #rest. */
  #searched = 0;
  /** Of the message at #rest[0], once its head is whole. */
  #head: ParsedHead | null = null;
  /** Of a message that made no sense, but whose end is known. */
  #skipBytes = 0;
  /** A single CRLF came last: half a ping, perhaps. */
  #isHalfPing = false;
  #isClosed = false;

  constructor(sink: StreamSink, options: StreamParserOptions = {}) {
    this.#sink = sink;
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
  }

  /** Bytes held back for want of the rest. */
  get heldBytes(): number {
    return this.#restLength;
  }

  /** Takes no more bytes and tells no more. */
  close(): void {
    this.#isClosed = true;
    this.#rest = EMPTY;
    this.#restLength = 0;
    this.#head = null;
  }

  /** Feeds what arrived. Messages refer to `chunk`, so it must not be used again (else pass `isBorrowed`). */
  push(chunk: Uint8Array): void {
    if (this.#isClosed || chunk.length === 0) return;
    if (this.#restLength === 0) {
      this.#keep(chunk, this.#consume(chunk, chunk.length));
      return;
    }
    this.#append(chunk);
    const bytes = this.#rest;
    const length = this.#restLength;
    const used = this.#consume(bytes, length);
    if (used === 0 || this.#isClosed) return;
    // Messages may refer to the old buffer: the rest moves to a new one.
    this.#rest = EMPTY;
    this.#restLength = 0;
    this.#keep(bytes.subarray(0, length), used);
  }

  /** Reads whole messages; returns the index of the first byte that was not used. */
  #consume(bytes: Uint8Array, end: number): number {
    let p = 0;
    while (!this.#isClosed) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, end - p);
        this.#skipBytes -= skipped;
        p += skipped;
      }
      if (this.#head === null) {
        p = this.#skipKeepAlives(bytes, p, end);
        if (p >= end || this.#isClosed) return p;
        const headEnd = this.#findHeadEnd(bytes, p, end);
        if (headEnd < 0) return p;
        this.#searched = 0;
        this.#isHalfPing = false;
        this.#readHead(bytes, p, headEnd);
        if (this.#skipBytes > 0) continue;
        if (this.#isClosed) return p;
      }
      const head: ParsedHead | null = this.#head;
      if (head === null) return p;
      const bodyEnd = head.bodyStart + head.contentLength;
      if (bodyEnd > end) return p;
      this.#head = null;
      this.#searched = 0;
      this.#emit(head, bytes, { start: p, end: bodyEnd });
      p = bodyEnd;
    }
    return p;
  }

  #emit(head: ParsedHead, bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): void {
    const result = completeMessage(head, { bytes, start: head.bodyStart, end }, this.#options);
    if (result.ok) this.#sink.onMessage(result.message);
    else this.#fail(result.failure, true, bytes.subarray(start, end));
  }

  /** Sets #head, or tells of a failure, and sets #skipBytes where the stream can go on behind it. */
  #readHead(bytes: Uint8Array, start: number, headEnd: number): void {
    const head = parseHead(bytes, start, headEnd, this.#options);
    if (!head.ok) {
      this.#skipBytes = skippableSize(head, this.#limits);
      this.#fail(head.failure, this.#skipBytes === 0, bytes.subarray(start, headEnd));
      return;
    }
    if (head.contentLength < 0) {
      const failure = bodyFailure(head, 'content-length', 'Missing Content-Length header');
      this.#fail({ ...failure, header: 'Content-Length' }, true, bytes.subarray(start, headEnd));
    } else if (head.contentLength > this.#limits.bodyBytes) {
      const failure = bodyFailure(head, 'body-too-long', 'Message body too long', 513);
      this.#fail(failure, true, bytes.subarray(start, headEnd));
    } else {
      this.#head = head;
    }
  }

  #fail(failure: ParseFailure, isFatal: boolean, bytes: Uint8Array): void {
    if (isFatal) this.close();
    this.#sink.onFailure(failure, isFatal, bytes);
  }

  /** The index after CRLF CRLF, or -1: not there yet. */
  #findHeadEnd(bytes: Uint8Array, start: number, end: number): number {
    let p = Math.max(start, this.#searched);
    for (;;) {
      const cr = bytes.indexOf(CR, p);
      if (cr < 0 || cr + 3 >= end) break;
      if (bytes[cr + 1] === LF && bytes[cr + 2] === CR && bytes[cr + 3] === LF) return cr + 4;
      p = cr + 1;
    }
    if (end - start > this.#limits.headBytes) {
      const failure = { code: 'head-too-long', reason: 'Headers too long', status: 513 } as const;
      this.#fail(failure, true, bytes.subarray(start, end));
    }
    this.#searched = Math.max(0, end - start - 3);
    return -1;
  }

  #skipKeepAlives(bytes: Uint8Array, start: number, end: number): number {
    let p = start;
    while (p + 1 < end && bytes[p] === CR && bytes[p + 1] === LF) {
      const isDouble = p + 3 < end && bytes[p + 2] === CR && bytes[p + 3] === LF;
      if (this.#isHalfPing || isDouble) {
        p += this.#isHalfPing ? 2 : 4;
        this.#isHalfPing = false;
        this.#sink.onPing();
      } else {
        p += 2;
        if (this.#options.role === 'opened') this.#sink.onPong();
        else this.#isHalfPing = p >= end || (p + 1 >= end && bytes[p] === CR);
      }
      if (this.#isClosed) return p;
    }
    if (p < end && bytes[p] !== CR) this.#isHalfPing = false;
    return p;
  }

  /** Keeps bytes[used, length) for later. */
  #keep(bytes: Uint8Array, used: number): void {
    const length = bytes.length - used;
    if (this.#isClosed || length <= 0) return;
    const head = this.#head;
    this.#rest = new Uint8Array(Math.max(length * 2, 1_024));
    this.#rest.set(bytes.subarray(used), 0);
    this.#restLength = length;
    if (head !== null) this.#head = { ...head, bodyStart: head.bodyStart - used };
  }

  #append(chunk: Uint8Array): void {
    const length = this.#restLength + chunk.length;
    if (length > this.#rest.length) {
      const grown = new Uint8Array(length * 2);
      grown.set(this.#rest.subarray(0, this.#restLength), 0);
      this.#rest = grown;
    }
    this.#rest.set(chunk, this.#restLength);
    this.#restLength = length;
  }
}

/** How long a message is whose head failed, where its Content-Length can be trusted; 0: unknown. */
function skippableSize(failed: FailedHead, limits: Limits): number {
  const { head } = failed;
  if (head === null) return 0;
  const row = head.find(CONTENT_LENGTH);
  if (row < 0 || head.find(CONTENT_LENGTH, row + 1) >= 0) return 0;
  const value = head.valueOf(row);
  const length = numberOf(value, limits.bodyBytes);
  return length < 0 ? 0 : head.end + length;
}
