/**
 * Parameters of header values, `;name=value` (RFC 3261 §7.3.1, §25.1 generic-param): a scanner over offsets, and the object that
 * callers read. Parameters of URIs have rules of their own (uri-params.ts).
 */
import { DEFAULT_LIMITS } from './limits.ts';
import { octetsOf, skipQuoted, skipSpace, trimEnd } from './octets.ts';
import { DQUOTE, EQUALS, isParamValueCode, isToken, isTokenCode, quote, SEMICOLON, SP, unquote } from './text.ts';

export interface Param {
  readonly name: string;
  /** Unquoted; '' for a parameter without a value. */
  readonly value: string;
  /** As it stood, quotes included; undefined for a parameter without a value. */
  readonly raw: string | undefined;
}

/** Where {@link nextParam} found the parameter. valueStart is -1 where there is no value. */
export const found = { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0 };

/**
 * Reads the parameter after the ";" at `i` (LWS before it allowed).
 * @returns the index after it (trailing LWS included); -1: malformed. Fills {@link found}.
 */
export function nextParam(s: Uint8Array, i: number, end: number): number {
  let p = i + 1;
  if ((s[p] as number) <= SP) p = skipSpace(s, p, end);
  const nameStart = p;
  let code = 0;
  for (; p < end; p++) {
    code = s[p] as number;
    if (!isTokenCode(code)) break;
  }
  if (p === nameStart) return -1;
  found.nameStart = nameStart;
  found.nameEnd = p;
  found.valueStart = -1;
  found.valueEnd = -1;
  if (p >= end || code === SEMICOLON) return p;
  if (code !== EQUALS) {
    p = skipSpace(s, p, end);
    if (p >= end || s[p] !== EQUALS) return p;
  }
  p++;
  if ((s[p] as number) <= SP) p = skipSpace(s, p, end);
  const valueStart = p;
  code = 0;
  if (p < end && s[p] === DQUOTE) {
    p = skipQuoted(s, p, end);
    if (p < 0) return -1;
  } else {
    for (; p < end; p++) {
      code = s[p] as number;
      if (!isParamValueCode(code)) break;
    }
    if (p === valueStart) return -1;
  }
  found.valueStart = valueStart;
  found.valueEnd = p;
  return p >= end || code === SEMICOLON ? p : skipSpace(s, p, end);
}

/** Whether found's name is `lower` (letters and "-" only), whatever its case. */
export function foundNameIs(s: Uint8Array, lower: string): boolean {
  const length = found.nameEnd - found.nameStart;
  if (length !== lower.length) return false;
  for (let i = 0; i < length; i++) {
    if (((s[found.nameStart + i] as number) | 0x20) !== lower.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Walks `*(SEMI generic-param)` in s[i, end).
 * @returns whether all of it is well-formed and no more than the limit.
 */
export function areParams(s: Uint8Array, i: number, end: number): boolean {
  let p = skipSpace(s, i, end);
  for (let count = 0; p < end; count++) {
    if (s[p] !== SEMICOLON || count >= DEFAULT_LIMITS.paramsPerValue) return false;
    p = nextParam(s, p, end);
    if (p < 0) return false;
  }
  return true;
}

/** The parameters of one value. Split on first use. Names are compared without regard to case (RFC 3261 §7.3.1). */
export class Params {
  static readonly NONE: Params = new Params('', 0, 0);
  readonly #source: string;
  readonly #start: number;
  readonly #end: number;
  #list: readonly Param[] | null = null;

  /** text[start, end) has been found well-formed by {@link nextParam}. */
  constructor(text: string, start: number, end: number) {
    this.#source = text;
    this.#start = start;
    this.#end = end;
  }

  /** As they stood, from the first ";" on; '' when there are none. */
  get text(): string {
    const s = octetsOf(this.#source, this.#start, this.#end);
    return this.#source.slice(this.#start, trimEnd(s, this.#start, this.#end));
  }

  get list(): readonly Param[] {
    this.#list ??= this.#split();
    return this.#list;
  }

  /** The value, unquoted; '' for a parameter without a value; undefined: not there. The first counts. */
  get(name: string): string | undefined {
    if (this.#start === this.#end) return undefined;
    const lower = name.toLowerCase();
    for (const param of this.list) if (param.name.toLowerCase() === lower) return param.value;
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  #split(): Param[] {
    const text = this.#source;
    const s = octetsOf(text, this.#start, this.#end);
    const list: Param[] = [];
    let p = skipSpace(s, this.#start, this.#end);
    while (p < this.#end) {
      p = nextParam(s, p, this.#end);
      if (p < 0) break;
      const raw = found.valueStart < 0 ? undefined : text.slice(found.valueStart, found.valueEnd);
      list.push({
        name: text.slice(found.nameStart, found.nameEnd),
        value: raw === undefined ? '' : unquote(raw),
        raw,
      });
    }
    return list;
  }
}

/** `;name=value` for each; a value that is no token is quoted, '' or undefined gives the bare name. */
export function formatParams(params: Readonly<Record<string, string | number | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    text += `;${name}`;
    const content = String(value);
    if (content !== '') text += `=${isToken(content) || isHostLike(content) ? content : quote(content)}`;
  }
  return text;
}

/** A host with a port or an IPv6 reference needs no quotes (gen-value). */
function isHostLike(text: string): boolean {
  return /^\[?[0-9a-zA-Z.:-]+\]?$/.test(text);
}
