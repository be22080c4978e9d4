/**
 * Addresses in headers: name-addr and addr-spec with the header's parameters (RFC 3261 §20.10, §25.1 from-spec, contact-param,
 * rec-route).
 */
import { DEFAULT_LIMITS } from './limits.ts';
import { octetsOf, skipQuoted, skipSpace, trimEnd } from './octets.ts';
import { formatParams, found, foundNameIs, nextParam, Params } from './params.ts';
import { splitList } from './split-list.ts';
import { COLON, COMMA, DQUOTE, GREATER, HTAB, LESS, QUESTION, quote, SEMICOLON, SP, unquote } from './text.ts';
import { parseUri, type Uri } from './uri.ts';

/** Where {@link scanNameAddr} found the parts; they are cut out when they are asked for. */
const seen = {
  nameStart: 0,
  nameEnd: 0,
  uriStart: 0,
  uriEnd: 0,
  paramsStart: 0,
  end: 0,
  /** -1: none. */
  tagStart: -1,
  tagEnd: -1,
};

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

  constructor(source: string, at: Readonly<typeof seen>) {
    this.#source = source;
    this.#nameStart = at.nameStart;
    this.#nameEnd = at.nameEnd;
    this.#uriStart = at.uriStart;
    this.#uriEnd = at.uriEnd;
    this.#paramsStart = at.paramsStart;
    this.#end = at.end;
    this.tag = at.tagStart < 0 ? undefined : source.slice(at.tagStart, at.tagEnd);
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

/** Parses one address with parameters; undefined: malformed. */
export function parseNameAddr(text: string, start = 0, end: number = text.length): NameAddr | undefined {
  return scanNameAddr(octetsOf(text, start, end), start, end) ? new NameAddr(text, seen) : undefined;
}

/** Fills {@link seen}; false: malformed. */
function scanNameAddr(s: Uint8Array, start: number, end: number): boolean {
  const from = skipSpace(s, start, end);
  let open = from;
  if (from < end && s[from] === DQUOTE) {
    open = skipQuoted(s, from, end);
    if (open < 0) return false;
    open = skipSpace(s, open, end);
    if (open >= end || s[open] !== LESS) return false;
  } else {
    for (; open < end; open++) {
      const code = s[open];
      if (code === LESS) break;
      // A comma or a quote inside an unquoted display name: the value's limits cannot be known (RFC 4475 §3.1.2.15).
      if (code === DQUOTE || code === COMMA) return false;
      if (code === SEMICOLON) return scanAddrSpec(s, from, end);
    }
    if (open >= end) return scanAddrSpec(s, from, end);
  }
  const uriStart = open + 1;
  const close = uriEnd(s, uriStart, end);
  if (close <= uriStart || !scanTag(s, close + 1, end)) return false;
  seen.nameStart = from;
  seen.nameEnd = trimEnd(s, from, open);
  seen.uriStart = uriStart;
  seen.uriEnd = close;
  seen.paramsStart = close + 1;
  seen.end = end;
  return true;
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
function scanAddrSpec(s: Uint8Array, from: number, end: number): boolean {
  let hasColon = false;
  let p = from;
  for (; p < end; p++) {
    const code = s[p] as number;
    if (code === SEMICOLON || code === SP || code === HTAB) break;
    if (code < SP || code === QUESTION || code === GREATER || code === LESS || code === DQUOTE) return false;
    if (code === COLON) hasColon = true;
  }
  if (!hasColon || !scanTag(s, p, end)) return false;
  seen.nameStart = from;
  seen.nameEnd = from;
  seen.uriStart = from;
  seen.uriEnd = p;
  seen.paramsStart = p;
  seen.end = end;
  return true;
}

/** The ">" that ends the URI at `start`; -1: there is none, or something stands before it that no URI has. */
function uriEnd(s: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const code = s[i] as number;
    if (endsUri[code] === 1) return code === GREATER ? i : -1;
  }
  return -1;
}

/** 1 for ">" and for what no URI between brackets has: space, controls, "<" and a quote. */
const endsUri = new Uint8Array(256).fill(1, 0, SP + 1);
for (const code of [GREATER, LESS, DQUOTE]) endsUri[code] = 1;

/** Walks the parameters; false: malformed. */
function scanTag(s: Uint8Array, i: number, end: number): boolean {
  let tagStart = -1;
  let tagEnd = -1;
  let p = skipSpace(s, i, end);
  for (let count = 0; p < end; count++) {
    if (s[p] !== SEMICOLON || count >= DEFAULT_LIMITS.paramsPerValue) return false;
    p = nextParam(s, p, end);
    if (p < 0) return false;
    if (tagStart < 0 && foundNameIs(s, 'tag')) {
      if (found.valueStart < 0) return false;
      tagStart = found.valueStart;
      tagEnd = found.valueEnd;
    }
  }
  seen.tagStart = tagStart;
  seen.tagEnd = tagEnd;
  return true;
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
