/**
 * Heads from pieces, for buildRequest, buildResponse and edit: collects lines, keeps the row offsets, and refuses what would break out
 * of its line.
 */
import { FOLDED, Head, STRIDE } from './head.ts';
import { CONTENT_LENGTH, headerId } from './header-names.ts';
import { isToken, toWire } from './text.ts';

/** Thrown when a value to be set has CR, LF or NUL, or a name is no token: header injection. */
export class UnsafeHeaderError extends Error {
  readonly code = 'sip_header_unsafe';
  constructor(what: string) {
    super(`${what} would break the message's structure`);
    this.name = 'UnsafeHeaderError';
  }
}

const SPECIAL = /[\r\n\0\x80-\uffff]/;
/** RFC 3261 §25.1: a NUL stands in a quoted-pair or nowhere. */
const BREAKING = /[\r\n]|(?:^|[^\\])\0/;

/** Text to wire; throws on what ends a line. */
export function safeWire(text: string, what: string): string {
  if (!SPECIAL.test(text)) return text;
  if (BREAKING.test(text)) throw new UnsafeHeaderError(what);
  return toWire(text);
}

/** A name that may stand before a colon. */
export function safeName(name: string): string {
  if (!isToken(name)) throw new UnsafeHeaderError(`the header name "${name.slice(0, 40)}"`);
  return name;
}

/** Where rows are collected, until a head gets a copy of their number; null: a head is being made. */
let spare: number[] | null = [];

export class HeadComposer {
  #wire: string;
  readonly #rows: number[];
  #used = 0;
  #hasContentLength = false;

  constructor(startLine: string) {
    this.#wire = `${startLine}\r\n`;
    this.#rows = spare ?? [];
    spare = null;
  }

  /** Adds a row. Content-Length is left to {@link finish}. */
  add(name: string, value: string | number): this {
    const id = headerId(name);
    if (id === CONTENT_LENGTH) return this;
    if (id === 0) safeName(name);
    this.#push(id, name, typeof value === 'number' ? `${value}` : safeWire(value, name));
    return this;
  }

  /** Copies a row of another head, byte for byte. */
  copy(head: Head, row: number): this {
    const at = row * STRIDE;
    const to = this.#used;
    const shift = this.#wire.length - head.rowStart(row);
    this.#rows[to] = head.rows[at] as number;
    for (let i = 1; i < STRIDE; i++) this.#rows[to + i] = (head.rows[at + i] as number) + shift;
    this.#used = to + STRIDE;
    this.#wire += head.rowWire(row);
    return this;
  }

  /** Copies a row and adds to its value. */
  copyWith(head: Head, row: number, suffix: string): this {
    const at = row * STRIDE;
    const id = (head.rows[at] as number) & ~FOLDED;
    this.#push(id, head.nameOf(row), toWire(head.valueOf(row)) + safeWire(suffix, 'the value'));
    return this;
  }

  /** Copies a Content-Length row that is known to be right, in its place. */
  copyContentLength(head: Head, row: number): this {
    this.#hasContentLength = true;
    return this.copy(head, row);
  }

  /** Adds Content-Length in this place. */
  addContentLength(sizeBytes: number): this {
    this.#hasContentLength = true;
    this.#push(CONTENT_LENGTH, 'Content-Length', `${sizeBytes}`);
    return this;
  }

  /** Ends the head; adds Content-Length unless it stands already. */
  finish(bodySizeBytes: number): Head {
    if (!this.#hasContentLength) this.addContentLength(bodySizeBytes);
    const wire = `${this.#wire}\r\n`;
    const rows = this.#rows.slice(0, this.#used);
    spare = this.#rows;
    return new Head(wire, 0, wire.length, rows);
  }

  #push(id: number, name: string, wireValue: string): void {
    const start = this.#wire.length;
    const valueStart = start + name.length + 2;
    const at = this.#used;
    this.#rows[at] = id;
    this.#rows[at + 1] = start;
    this.#rows[at + 2] = start + name.length;
    this.#rows[at + 3] = valueStart;
    this.#rows[at + 4] = valueStart + wireValue.length;
    this.#used = at + STRIDE;
    this.#wire += `${name}: ${wireValue}\r\n`;
  }
}
