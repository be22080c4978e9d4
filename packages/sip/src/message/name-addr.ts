/**
 * Addresses in headers: name-addr and addr-spec with the header's parameters (RFC 3261 §20.10, §25.1 from-spec, contact-param,
 * rec-route).
 */
import { DEFAULT_LIMITS } from './limits.ts';
import { formatParams, found, foundNameIs, nextParam, Params } from './params.ts';
import { splitList } from './split-list.ts';
import {
  COMMA,
  DQUOTE,
  GREATER,
  HTAB,
  LESS,
  QUESTION,
  quote,
  SEMICOLON,
  SP,
  skipQuoted,
  skipSpace,
  trimEnd,
  unquote,
} from './text.ts';
import { parseUri, type Uri } from './uri.ts';

/** Offsets of one address; its texts are cut out when they are asked for. */
export class NameAddr {
  /** The `tag` parameter; undefined when there is none (RFC 2543 peers, a request outside a dialog). */
  readonly tag: string | undefined;
  readonly #source: string;
  readonly #nameStart: number;
  readonly #nameEnd: number;
  readonly #uriStart: number;
  readonly #uriEnd: number;
  readonly #paramsStart: number;
  readonly #end: number;
  #uri: Uri | null = null;
  #params: Params | null = null;

  constructor(s: string, at: AddressRange, tag: string | undefined) {
    this.#source = s;
    this.#nameStart = at.nameStart;
    this.#nameEnd = at.nameEnd;
    this.#uriStart = at.uriStart;
    this.#uriEnd = at.uriEnd;
    this.#paramsStart = at.paramsStart;
    this.#end = at.end;
    this.tag = tag;
  }

  /** Unquoted; '' when there is none. */
  get displayName(): string {
    return unquote(this.#source.slice(this.#nameStart, this.#nameEnd));
  }

  /** What stands between the angle brackets, or the bare addr-spec. */
  get uriText(): string {
    return this.#source.slice(this.#uriStart, this.#uriEnd);
  }

  /** Parsed on first use. */
  get uri(): Uri {
    this.#uri ??= parseUri(this.#source, this.#uriStart, this.#uriEnd);
    return this.#uri;
  }

  get params(): Params {
    if (this.#paramsStart >= this.#end) return Params.NONE;
    this.#params ??= new Params(this.#source, this.#paramsStart, this.#end);
    return this.#params;
  }
}

interface AddressRange {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly uriStart: number;
  readonly uriEnd: number;
  readonly paramsStart: number;
  readonly end: number;
}

/** Parses one address with parameters; undefined: malformed. */
export function parseNameAddr(s: string, start = 0, end: number = s.length): NameAddr | undefined {
  const from = skipSpace(s, start, end);
  let open = from;
  if (s.charCodeAt(from) === DQUOTE) {
    open = skipQuoted(s, from, end);
    if (open < 0) return undefined;
    open = skipSpace(s, open, end);
    if (s.charCodeAt(open) !== LESS) return undefined;
  } else {
    while (open < end && s.charCodeAt(open) !== LESS) {
      const code = s.charCodeAt(open);
      // A comma or a quote inside an unquoted display name: the value's limits cannot be known (RFC 4475 §3.1.2.15).
      if (code === DQUOTE || code === COMMA) return undefined;
      if (code === SEMICOLON) return parseAddrSpec(s, from, end);
      open++;
    }
    if (open >= end) return parseAddrSpec(s, from, end);
  }
  const uriStart = open + 1;
  const close = uriEnd(s, uriStart, end);
  if (close <= uriStart) return undefined;
  const tag = readTag(s, close + 1, end);
  if (tag === null) return undefined;
  const range = {
    nameStart: from,
    nameEnd: trimEnd(s, from, open),
    uriStart,
    uriEnd: close,
    paramsStart: close + 1,
    end,
  };
  return new NameAddr(s, range, tag);
}

/** Parses the comma-separated addresses of one row or more; undefined: one of them is malformed. */
export function parseNameAddrList(values: readonly string[] | string): NameAddr[] | undefined {
  const list: NameAddr[] = [];
  for (const value of typeof values === 'string' ? splitList(values) : values) {
    const address = parseNameAddr(value);
    if (address === undefined) return undefined;
    list.push(address);
  }
  return list;
}

/** Without brackets, ";" and "?" belong to the header, not to the URI (RFC 3261 §20). */
function parseAddrSpec(s: string, from: number, end: number): NameAddr | undefined {
  let p = from;
  for (; p < end; p++) {
    const code = s.charCodeAt(p);
    if (code === SEMICOLON || code === SP || code === HTAB) break;
    if (code < SP || code === QUESTION || code === GREATER || code === LESS || code === DQUOTE) return undefined;
  }
  const tag = readTag(s, p, end);
  if (tag === null || s.indexOf(':', from) < from || s.indexOf(':', from) >= p) return undefined;
  const range = { nameStart: from, nameEnd: from, uriStart: from, uriEnd: p, paramsStart: p, end };
  return new NameAddr(s, range, tag);
}

/** The ">" that ends the URI at `start`; -1: there is none, or something stands before it that no URI has. */
function uriEnd(s: string, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const code = s.charCodeAt(i);
    if (endsUri[code] === 1) return code === GREATER ? i : -1;
  }
  return -1;
}

/** 1 for ">" and for what no URI between brackets has: space, controls, "<" and a quote. */
const endsUri = new Uint8Array(256).fill(1, 0, SP + 1);
for (const code of [GREATER, LESS, DQUOTE]) endsUri[code] = 1;

/** Walks the parameters; null: malformed. */
function readTag(s: string, i: number, end: number): string | undefined | null {
  let p = skipSpace(s, i, end);
  let tag: string | undefined;
  for (let count = 0; p < end; count++) {
    if (s.charCodeAt(p) !== SEMICOLON || count >= DEFAULT_LIMITS.paramsPerValue) return null;
    p = nextParam(s, p, end);
    if (p < 0) return null;
    if (tag === undefined && foundNameIs(s, 'tag')) {
      if (found.valueStart < 0) return null;
      tag = s.slice(found.valueStart, found.valueEnd);
    }
  }
  return tag;
}

/** Text of an address for a header: always with angle brackets; the display name is quoted. */
export function formatNameAddr(address: {
  readonly displayName?: string | undefined;
  readonly uri: string;
  readonly params?: Readonly<Record<string, string | number | undefined>>;
}): string {
  const name = address.displayName === undefined || address.displayName === '' ? '' : `${quote(address.displayName)} `;
  return `${name}<${address.uri}>${address.params === undefined ? '' : formatParams(address.params)}`;
}
