/**
 * sip and sips URIs (RFC 3261 §19.1, §25.1 SIP-URI): one pass over the characters finds the parts and what may not stand anywhere;
 * the parts themselves are cut out when they are asked for.
 */
import { unescapeUri } from './escape.ts';
import { type HostKind, hostKind, parseHostPort, readPort, skipHost } from './host.ts';
import { octetsOf } from './octets.ts';
import { COLON, isHexCode } from './text.ts';
import { UriParams } from './uri-params.ts';

export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** As it stood. */
  readonly text: string;
  /** Escapes resolved, without the password; undefined: the URI has no user part. */
  readonly user: string | undefined;
  /** The user part as it stood, escapes and all. */
  readonly userText: string | undefined;
  readonly password: string | undefined;
  /** As it stood; an IPv6 address in brackets. */
  readonly host: string;
  readonly hostKind: HostKind;
  readonly port: number | undefined;
  readonly params: UriParams;
  /** After the "?", as it stood; '' for none. {@link uriHeaders} splits it. */
  readonly headersText: string;
}

/** Where {@link scanSipUri} found the parts; they are cut out when the URI is made, or when they are asked for. */
const seen = {
  start: 0,
  /** The colon after the scheme. */
  colon: 0,
  /** The colon before the password, or where the user part ends. */
  userEnd: 0,
  /** The "@" that ends the user part; -1: none. */
  at: -1,
  hostEnd: 0,
  port: undefined as number | undefined,
  paramsAt: 0,
  headersAt: 0,
  end: 0,
};

class ParsedSipUri implements SipUri {
  readonly kind = 'sip';
  readonly host: string;
  readonly port: number | undefined;
  readonly #source: string;
  readonly #start: number;
  readonly #colon: number;
  readonly #userEnd: number;
  readonly #at: number;
  readonly #paramsAt: number;
  readonly #headersAt: number;
  readonly #end: number;
  #params: UriParams | null = null;

  constructor(source: string, parts: Readonly<typeof seen>) {
    this.#source = source;
    this.#start = parts.start;
    this.#colon = parts.colon;
    this.#userEnd = parts.userEnd;
    this.#at = parts.at;
    this.#paramsAt = parts.paramsAt;
    this.#headersAt = parts.headersAt;
    this.#end = parts.end;
    this.host = source.slice((parts.at < 0 ? parts.colon : parts.at) + 1, parts.hostEnd);
    this.port = parts.port;
  }

  get scheme(): 'sip' | 'sips' {
    return this.#colon - this.#start === 3 ? 'sip' : 'sips';
  }
  get text(): string {
    return this.#source.slice(this.#start, this.#end);
  }
  get userText(): string | undefined {
    return this.#at < 0 ? undefined : this.#source.slice(this.#colon + 1, this.#userEnd);
  }
  get user(): string | undefined {
    const text = this.userText;
    return text === undefined ? undefined : unescapeUri(text);
  }
  get password(): string | undefined {
    const end = this.#userEnd;
    return end === this.#at || this.#at < 0 ? undefined : unescapeUri(this.#source.slice(end + 1, this.#at));
  }
  get hostKind(): HostKind {
    return hostKind(this.host);
  }
  get params(): UriParams {
    if (this.#paramsAt === this.#headersAt) return UriParams.NONE;
    this.#params ??= new UriParams(this.#source.slice(this.#paramsAt, this.#headersAt));
    return this.#params;
  }
  get headersText(): string {
    return this.#source.slice(this.#headersAt + 1, this.#end);
  }
}

/** The end of the user without its password: the first ":" before the "@", or the "@". */
function userEnd(s: Uint8Array, colon: number, at: number): number {
  for (let i = colon + 1; i < at; i++) if (s[i] === COLON) return i;
  return at;
}

const FORBIDDEN = 1;
const PERCENT = 2;
const AT = 3;
const QUESTION = 4;
const SEMICOLON = 5;
/** By character code: 0 for what may stand anywhere. */
const classes = new Uint8Array(256);
// Control characters, space, and the delimiters that must be escaped anywhere in a SIP URI.
classes.fill(FORBIDDEN, 0, 0x21);
for (const character of '\x7f<>"\\^`{|}') classes[character.charCodeAt(0)] = FORBIDDEN;
classes['%'.charCodeAt(0)] = PERCENT;
classes['@'.charCodeAt(0)] = AT;
classes['?'.charCodeAt(0)] = QUESTION;
classes[';'.charCodeAt(0)] = SEMICOLON;

/** Set by {@link scan}: the first "@", the first "?", the first ";" after the "@" (or at all, without one); -1: none. */
const marks = { at: -1, question: -1, semicolon: -1 };

/** Whether nothing stands in s[i, end) that may not; fills {@link marks}. */
function scan(s: Uint8Array, i: number, end: number): boolean {
  let at = -1;
  let question = -1;
  let semicolon = -1;
  for (let p = i; p < end; p++) {
    const kind = classes[s[p] as number];
    if (kind === 0) continue;
    if (kind === FORBIDDEN) return false;
    if (kind === SEMICOLON) {
      if (semicolon < 0) semicolon = p;
    } else if (kind === AT) {
      if (at < 0) {
        at = p;
        semicolon = -1;
      }
    } else if (kind === QUESTION) {
      if (question < 0) question = p;
    } else if (kind === PERCENT) {
      if (p + 2 >= end || !isHexCode(s[p + 1] as number) || !isHexCode(s[p + 2] as number)) return false;
    }
  }
  marks.at = at;
  marks.question = question;
  marks.semicolon = semicolon;
  return true;
}

/** Where in a text the URI stands. */
export interface UriRange {
  readonly start: number;
  /** The colon after the scheme. */
  readonly colon: number;
  readonly end: number;
}

/** Parses text[start, end), of which start to colon is the scheme; undefined: it breaks the grammar. */
export function parseSip(text: string, range: UriRange): SipUri | undefined {
  const { start, colon, end } = range;
  let s = octetsOf(text, start, end);
  if (!scan(s, colon + 1, end)) return undefined;
  if (marks.question >= 0 && marks.question < marks.at) {
    findAmbiguousParts(text, colon + 1, end);
    s = octetsOf(text, start, end);
  } else {
    const { at, question, semicolon } = marks;
    const headersAt = question < 0 ? end : question;
    seen.at = at;
    seen.paramsAt = semicolon < 0 || semicolon > headersAt ? headersAt : semicolon;
    seen.headersAt = headersAt;
  }
  return isWhole(s, range) ? new ParsedSipUri(text, seen) : undefined;
}

/** Host, port and user, of which only the limits are known; fills the rest of {@link seen}. */
function isWhole(s: Uint8Array, { start, colon, end }: UriRange): boolean {
  const { at, paramsAt } = seen;
  const hostEnd = skipHost(s, (at < 0 ? colon : at) + 1, paramsAt);
  const port = hostEnd < 0 ? -1 : readPort(s, hostEnd, paramsAt);
  const userEndsAt = userEnd(s, colon, at);
  // A user part that is there is not empty.
  if (port === -1 || (at >= 0 && userEndsAt === colon + 1)) return false;
  seen.start = start;
  seen.colon = colon;
  seen.userEnd = userEndsAt;
  seen.hostEnd = hostEnd;
  seen.port = port;
  seen.end = end;
  return true;
}

/** "?" and ";" may stand in a user part, and "@" (unescaped, by some) in a URI's headers. */
function findAmbiguousParts(text: string, i: number, end: number): void {
  const { at, question } = marks;
  const hostEnd = find(text, ';', i, question);
  const isHeaders = find(text, '=', question, at) < at && parseHostPort(text, i, hostEnd) !== undefined;
  const hostStart = isHeaders ? i : at + 1;
  seen.at = isHeaders ? -1 : at;
  seen.headersAt = find(text, '?', hostStart, end);
  seen.paramsAt = find(text, ';', hostStart, seen.headersAt);
}

/** The first of that character in text[i, end), or end. */
function find(text: string, character: string, i: number, end: number): number {
  const at = text.indexOf(character, i);
  return at < 0 || at > end ? end : at;
}
