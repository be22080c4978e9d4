/**
 * sip and sips URIs (RFC 3261 §19.1, §25.1 SIP-URI): one pass over the characters finds the parts and what may not stand anywhere;
 * the parts themselves are cut out when they are asked for.
 */
import { unescapeUri } from './escape.ts';
import { type HostKind, hostKind, parseHostPort, readPort, skipHost } from './host.ts';
import { isHexCode } from './text.ts';
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

/** Where in the string the URI stands. */
export interface UriRange {
  readonly start: number;
  /** The colon after the scheme. */
  readonly colon: number;
  readonly end: number;
}

/** Offsets of the parts. */
interface UriParts {
  /** The "@" that ends the user part; -1: none. */
  readonly at: number;
  readonly paramsAt: number;
  readonly headersAt: number;
}

class ParsedSipUri implements SipUri {
  readonly kind = 'sip';
  readonly host: string;
  readonly port: number | undefined;
  readonly #source: string;
  readonly #start: number;
  readonly #colon: number;
  readonly #end: number;
  readonly #at: number;
  readonly #paramsAt: number;
  readonly #headersAt: number;
  #params: UriParams | null = null;

  constructor(s: string, { start, colon, end }: UriRange, parts: UriParts, hostEnd: number, port: number | undefined) {
    this.#source = s;
    this.#start = start;
    this.#colon = colon;
    this.#end = end;
    this.#at = parts.at;
    this.#paramsAt = parts.paramsAt;
    this.#headersAt = parts.headersAt;
    this.host = s.slice((parts.at < 0 ? colon : parts.at) + 1, hostEnd);
    this.port = port;
  }

  get scheme(): 'sip' | 'sips' {
    return this.#colon - this.#start === 3 ? 'sip' : 'sips';
  }
  get text(): string {
    return this.#source.slice(this.#start, this.#end);
  }
  get userText(): string | undefined {
    return this.#at < 0 ? undefined : this.#source.slice(this.#colon + 1, userEnd(this.#source, this.#colon, this.#at));
  }
  get user(): string | undefined {
    const text = this.userText;
    return text === undefined ? undefined : unescapeUri(text);
  }
  get password(): string | undefined {
    const end = this.#at < 0 ? -1 : userEnd(this.#source, this.#colon, this.#at);
    return end === this.#at ? undefined : unescapeUri(this.#source.slice(end + 1, this.#at));
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
function userEnd(s: string, colon: number, at: number): number {
  for (let i = colon + 1; i < at; i++) if (s.charCodeAt(i) === 0x3a) return i;
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
const seen = { at: -1, question: -1, semicolon: -1 };

/** Whether nothing stands in s[i, end) that may not; fills {@link seen}. */
function scan(s: string, i: number, end: number): boolean {
  let at = -1;
  let question = -1;
  let semicolon = -1;
  for (let p = i; p < end; p++) {
    const kind = classes[s.charCodeAt(p)];
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
      if (p + 2 >= end || !isHexCode(s.charCodeAt(p + 1)) || !isHexCode(s.charCodeAt(p + 2))) return false;
    }
  }
  seen.at = at;
  seen.question = question;
  seen.semicolon = semicolon;
  return true;
}

/** Parses s[start, end), of which start to colon is the scheme; undefined: it breaks the grammar. */
export function parseSip(s: string, range: UriRange): SipUri | undefined {
  const { colon, end } = range;
  if (!scan(s, colon + 1, end)) return undefined;
  const parts = findParts(s, colon + 1, end);
  const hostEnd = skipHost(s, (parts.at < 0 ? colon : parts.at) + 1, parts.paramsAt);
  const port = hostEnd < 0 ? -1 : readPort(s, hostEnd, parts.paramsAt);
  if (port === -1) return undefined;
  // A user part that is there is not empty.
  if (parts.at >= 0 && userEnd(s, colon, parts.at) === colon + 1) return undefined;
  return new ParsedSipUri(s, range, parts, hostEnd, port);
}

function findParts(s: string, i: number, end: number): UriParts {
  const { at, question, semicolon } = seen;
  if (question >= 0 && question < at) return findAmbiguousParts(s, i, end);
  const headersAt = question < 0 ? end : question;
  return { at, paramsAt: semicolon < 0 || semicolon > headersAt ? headersAt : semicolon, headersAt };
}

/** "?" and ";" may stand in a user part, and "@" (unescaped, by some) in a URI's headers. */
function findAmbiguousParts(s: string, i: number, end: number): UriParts {
  const question = seen.question;
  const hostEnd = find(s, ';', i, question);
  const isHeaders = find(s, '=', question, seen.at) < seen.at && parseHostPort(s, i, hostEnd) !== undefined;
  const at = isHeaders ? -1 : seen.at;
  const hostStart = at < 0 ? i : at + 1;
  const headersAt = find(s, '?', hostStart, end);
  return { at, paramsAt: find(s, ';', hostStart, headersAt), headersAt };
}

/** The first of that character in s[i, end), or end. */
function find(s: string, character: string, i: number, end: number): number {
  const at = s.indexOf(character, i);
  return at < 0 || at > end ? end : at;
}
