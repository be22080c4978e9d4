/**
 * URIs that SIP carries: sip and sips (RFC 3261 §19.1), tel (RFC 3966), and any other as opaque text (RFC 3261 §25.1 absoluteURI).
 * Comparison is in uri-equal.ts.
 */
import { escapeUri, escapeUser, URI_HEADER_CHARACTERS, URI_PARAM_CHARACTERS } from './escape.ts';
import { formatHost } from './host.ts';
import { parseSip, type SipUri } from './sip-uri.ts';
import { COLON, isAlphaCode, isDigitCode } from './text.ts';
import { splitUriHeaders, type UriParam, UriParams } from './uri-params.ts';

export type { SipUri } from './sip-uri.ts';

export interface TelUri {
  readonly kind: 'tel';
  readonly scheme: 'tel';
  readonly text: string;
  /** As it stood, without parameters. */
  readonly number: string;
  /** Without visual separators (RFC 3966 §5.1.1): "+" and digits; a local number may have "*", "#" and A-F. */
  readonly digits: string;
  /** Begins with "+" (RFC 3966 §5.1.4). */
  readonly isGlobal: boolean;
  readonly params: UriParams;
}

/** A scheme that the stack does not know, or text that is no URI of the scheme it names. */
export interface OtherUri {
  readonly kind: 'other';
  /** Lower case; '' when the text has none. */
  readonly scheme: string;
  readonly text: string;
  /** True: not a URI, or a sip, sips or tel URI that breaks the grammar. */
  readonly isMalformed: boolean;
}

export type Uri = SipUri | TelUri | OtherUri;

/** Parses any URI, s[start, end). What breaks the grammar is an {@link OtherUri} with `isMalformed`. */
export function parseUri(s: string, start = 0, end: number = s.length): Uri {
  const sipColon = sipSchemeEnd(s, start);
  if (sipColon > 0 && sipColon < end) {
    const uri = parseSip(s, { start, colon: sipColon, end });
    return uri ?? malformed(sipColon - start === 3 ? 'sip' : 'sips', s.slice(start, end));
  }
  const text = s.slice(start, end);
  const colon = text.indexOf(':');
  const scheme = colon > 0 && isScheme(text, colon) ? text.slice(0, colon).toLowerCase() : '';
  if (scheme === 'tel') return parseTel(text, colon + 1) ?? malformed(scheme, text);
  if (scheme === '' || colon + 1 === text.length || /[\s<>"]/.test(text)) return malformed(scheme, text);
  return { kind: 'other', scheme, text, isMalformed: false };
}

/** The colon after "sip" or "sips" in any case; -1: another scheme, or none. */
function sipSchemeEnd(s: string, i: number): number {
  const isSip =
    (s.charCodeAt(i) | 0x20) === 0x73 && (s.charCodeAt(i + 1) | 0x20) === 0x69 && (s.charCodeAt(i + 2) | 0x20) === 0x70;
  if (!isSip) return -1;
  const colon = (s.charCodeAt(i + 3) | 0x20) === 0x73 ? i + 4 : i + 3;
  return s.charCodeAt(colon) === COLON ? colon : -1;
}

/** Parses a sip or sips URI; undefined: another scheme, or malformed. */
export function parseSipUri(text: string): SipUri | undefined {
  const uri = parseUri(text);
  return uri.kind === 'sip' ? uri : undefined;
}

/** The headers of a SIP URI (RFC 3261 §19.1.1), escapes resolved. */
export function uriHeaders(uri: SipUri): readonly UriParam[] {
  return splitUriHeaders(uri.headersText);
}

function malformed(scheme: string, text: string): OtherUri {
  return { kind: 'other', scheme, text, isMalformed: true };
}

function isScheme(text: string, colon: number): boolean {
  if (!isAlphaCode(text.charCodeAt(0))) return false;
  for (let i = 1; i < colon; i++) {
    const code = text.charCodeAt(i);
    if (!isAlphaCode(code) && !isDigitCode(code) && code !== 0x2b && code !== 0x2d && code !== 0x2e) return false;
  }
  return true;
}

/** Control characters, space, delimiters that must be escaped, and a "%" that escapes nothing. */
const FORBIDDEN = /[\x00-\x20\x7f<>"\\^`{|}]|%(?![0-9A-Fa-f]{2})/;
const GLOBAL_NUMBER = /^\+[0-9().-]+$/;
const LOCAL_NUMBER = /^[0-9A-Fa-f*#().-]+$/;

function parseTel(text: string, start: number): TelUri | undefined {
  if (FORBIDDEN.test(text)) return undefined;
  let end = text.indexOf(';', start);
  if (end < 0) end = text.length;
  const number = text.slice(start, end);
  const isGlobal = number.charCodeAt(0) === 0x2b;
  if (!(isGlobal ? GLOBAL_NUMBER : LOCAL_NUMBER).test(number)) return undefined;
  const digits = number.replace(/[().-]/g, '');
  if (digits === '' || digits === '+') return undefined;
  return {
    kind: 'tel',
    scheme: 'tel',
    text,
    number,
    digits,
    isGlobal,
    params: end === text.length ? UriParams.NONE : new UriParams(text.slice(end)),
  };
}

/** What {@link formatUri} puts together. Nothing of it is escaped yet. */
export interface SipUriParts {
  readonly scheme?: 'sip' | 'sips';
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** A bare IPv6 address gets its brackets. */
  readonly host: string;
  readonly port?: number | undefined;
  /** '' gives the bare name (`lr`); undefined leaves the parameter out. */
  readonly params?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Text of a SIP URI; user, parameters and headers are escaped as needed. */
export function formatUri(parts: SipUriParts): string {
  let text = `${parts.scheme ?? 'sip'}:`;
  if (parts.user !== undefined) {
    text += escapeUser(parts.user);
    if (parts.password !== undefined) text += `:${escapeUri(parts.password, /[A-Za-z0-9\-_.!~*'()&=+$,]/)}`;
    text += '@';
  }
  text += formatHost(parts.host);
  if (parts.port !== undefined) text += `:${parts.port}`;
  for (const [name, value] of Object.entries(parts.params ?? {})) {
    if (value === undefined) continue;
    text += `;${escapeUri(name, URI_PARAM_CHARACTERS)}`;
    if (value !== '') text += `=${escapeUri(String(value), URI_PARAM_CHARACTERS)}`;
  }
  let separator = '?';
  for (const [name, value] of Object.entries(parts.headers ?? {})) {
    text += `${separator}${escapeUri(name, URI_HEADER_CHARACTERS)}=${escapeUri(value, URI_HEADER_CHARACTERS)}`;
    separator = '&';
  }
  return text;
}
