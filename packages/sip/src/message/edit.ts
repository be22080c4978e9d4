/**
 * Changing a message makes a new one: untouched rows are carried over byte for byte, order kept. Content-Length always follows the body.
 *
 *   const onward = edit(request).prependHeader('Via', via).setHeader('Max-Forwards', 69).done();
 */
import { bodyBytes, safeUri } from './build-request.ts';
import { HeadComposer, safeName, safeWire } from './compose.ts';
import type { Head } from './head.ts';
import { CONTENT_LENGTH, headerId, isListHeader, UNKNOWN } from './header-names.ts';
import { numberOf } from './octets.ts';
import { SipRequest } from './request.ts';
import { SipResponse } from './response.ts';
import { splitList } from './split-list.ts';
import { toWire } from './text.ts';

/** A row of the original (its number), or one that was set. */
type Line = number | { readonly name: string; readonly value: string };

/** Begins an edit. The message itself stays as it is. */
export function edit<M extends SipRequest | SipResponse>(message: M): MessageEditor<M> {
  return new MessageEditor(message);
}

export class MessageEditor<M extends SipRequest | SipResponse> {
  readonly #message: M;
  readonly #head: Head;
  #lines: Line[] = [];
  #uri: string | null = null;
  #body: Uint8Array | null = null;

  constructor(message: M) {
    this.#message = message;
    this.#head = message.head;
    for (let row = 0; row < message.head.rowCount; row++) this.#lines.push(row);
  }

  /** One row of that name with that value: in the place of the first there was, else at the end. Other rows of the name go. */
  setHeader(name: string, value: string | number): this {
    const line = this.#line(name, value);
    const first = this.#find(name);
    if (first < 0) {
      this.#lines.push(line);
      return this;
    }
    this.#lines[first] = line;
    this.#lines = this.#lines.filter((other, i) => i <= first || !this.#is(other, name));
    return this;
  }

  /** Adds a row after all others. */
  addHeader(name: string, value: string | number): this {
    this.#lines.push(this.#line(name, value));
    return this;
  }

  /** Adds a row before the first of that name, else before all others: a new topmost Via, Route, Record-Route. */
  prependHeader(name: string, value: string | number): this {
    const first = this.#find(name);
    this.#lines.splice(Math.max(first, 0), 0, this.#line(name, value));
    return this;
  }

  /** Removes all rows of that name. */
  removeHeader(name: string): this {
    this.#lines = this.#lines.filter((line) => !this.#is(line, name));
    return this;
  }

  /** Exchanges the first value of a header, the rest stays: the topmost Via gets `received`. Without the header it is added first. */
  replaceTop(name: string, value: string): this {
    return this.#exchangeTop(name, value);
  }

  /** Removes the first value of a header, as a proxy does with its own Via or Route. */
  removeTop(name: string): this {
    return this.#exchangeTop(name, undefined);
  }

  /** Requests only; on a response it has no effect. */
  setUri(uri: string): this {
    this.#uri = safeUri(uri);
    return this;
  }

  /** Also sets Content-Type, or removes it with the body. */
  setBody(body: Uint8Array | string | undefined, contentType?: string): this {
    this.#body = bodyBytes(body);
    if (contentType !== undefined) return this.setHeader('Content-Type', contentType);
    return this.#body.length === 0 ? this.removeHeader('Content-Type') : this;
  }

  /** The new message. */
  done(): M {
    const message = this.#message;
    const bytes = this.#body ?? message.body;
    const body = { bytes, start: 0, end: bytes.length };
    const { wire, start } = this.#head;
    const startLine = wire.slice(start, wire.indexOf('\r\n', start));
    if (message instanceof SipRequest) {
      const uriWire = this.#uri ?? toWire(message.uri);
      // What the peer wrote in the start line is passed on as it is unless it was set.
      const composer = new HeadComposer(this.#uri === null ? startLine : `${message.method} ${uriWire} SIP/2.0`);
      return new SipRequest({ method: message.method, uriWire }, this.#compose(composer, bytes.length), body) as M;
    }
    const { status, reason } = message as SipResponse;
    const head = this.#compose(new HeadComposer(startLine), bytes.length);
    return new SipResponse({ status, reasonWire: toWire(reason) }, head, body) as M;
  }

  #compose(composer: HeadComposer, bodySizeBytes: number): Head {
    for (const line of this.#lines) {
      if (typeof line !== 'number') {
        composer.add(line.name, line.value);
      } else if (this.#head.idOf(line) !== CONTENT_LENGTH) {
        composer.copy(this.#head, line);
      } else {
        const value = this.#head.valueOf(line);
        const isRight = numberOf(value, 0x7fff_ffff) === bodySizeBytes;
        if (isRight) composer.copyContentLength(this.#head, line);
        else composer.addContentLength(bodySizeBytes);
      }
    }
    return composer.finish(bodySizeBytes);
  }

  #exchangeTop(name: string, value: string | undefined): this {
    const first = this.#find(name);
    if (first < 0) return value === undefined ? this : this.prependHeader(name, value);
    const line = this.#lines[first] as Line;
    const old = typeof line === 'number' ? this.#head.valueOf(line) : line.value;
    const rest = isListHeader(headerId(name)) ? splitList(old).slice(1) : [];
    const values = value === undefined ? rest : [value, ...rest];
    const rowName = typeof line === 'number' ? this.#head.nameOf(line) : line.name;
    if (values.length === 0) this.#lines.splice(first, 1);
    else this.#lines[first] = this.#line(rowName, values.join(', '));
    return this;
  }

  #line(name: string, value: string | number): Line {
    const text = `${value}`;
    safeWire(text, name);
    return { name: safeName(name), value: text };
  }

  #find(name: string): number {
    return this.#lines.findIndex((line) => this.#is(line, name));
  }

  #is(line: Line, name: string): boolean {
    const id = headerId(name);
    if (id !== UNKNOWN) return (typeof line === 'number' ? this.#head.idOf(line) : headerId(line.name)) === id;
    const other = typeof line === 'number' ? this.#head.nameOf(line) : line.name;
    return other.toLowerCase() === name.toLowerCase();
  }
}
