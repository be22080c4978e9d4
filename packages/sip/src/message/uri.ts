/**
 * URIs that SIP carries: sip and sips (RFC 3261 §19.1), tel (RFC 3966), and any other as opaque text (RFC 3261 §25.1 absoluteURI).
 * Comparison is in uri-equal.ts.
 */
import { escapeUri, escapeUser, URI_HEADER_CHARACTERS, URI_PARAM_CHARACTERS, unescapeUri } from './escape.ts';
import { formatHost, type HostKind, hostKind, parseHostPort } from './host.ts';
import { isAlphaCode, isDigitCode } from './text.ts';
import { splitUriHeaders, type UriParam, UriParams } from './uri-params.ts';

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

/** Parses any URI. What breaks the grammar is an {@link OtherUri} with `isMalformed`. */
export function parseUri(text: string): Uri {
  const colon = text.indexOf(':');
  const scheme = colon > 0 && isScheme(text, colon) ? text.slice(0, colon).toLowerCase() : '';
  if (scheme === 'sip' || scheme === 'sips') return parseSip(text, scheme, colon + 1) ?? malformed(scheme, text);
  if (scheme === 'tel') return parseTel(text, colon + 1) ?? malformed(scheme, text);
  if (scheme === '' || colon + 1 === text.length || /[\s<>"]/.test(text)) return malformed(scheme, text);
  return { kind: 'other', scheme, text, isMalformed: false };
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

/** Control characters, space, and the delimiters that must be escaped anywhere in a SIP URI. */
const FORBIDDEN = /[\x00-\x20\x7f<>"\\^`{|}]/;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

function parseSip(text: string, scheme: 'sip' | 'sips', start: number): SipUri | undefined {
  if (FORBIDDEN.test(text) || BROKEN_ESCAPE.test(text)) return undefined;
  const at = userEnd(text, start);
  const hostStart = at < 0 ? start : at + 1;
  let headersAt = text.indexOf('?', hostStart);
  if (headersAt < 0) headersAt = text.length;
  let paramsAt = text.indexOf(';', hostStart);
  if (paramsAt < 0 || paramsAt > headersAt) paramsAt = headersAt;
  const hostPort = parseHostPort(text, hostStart, paramsAt);
  if (hostPort === undefined) return undefined;
  let userText: string | undefined;
  let password: string | undefined;
  if (at >= 0) {
    const colon = text.indexOf(':', start);
    const hasPassword = colon >= 0 && colon < at;
    userText = text.slice(start, hasPassword ? colon : at);
    if (hasPassword) password = unescapeUri(text.slice(colon + 1, at));
    if (userText === '') return undefined;
  }
  return {
    kind: 'sip',
    scheme,
    text,
    user: userText === undefined ? undefined : unescapeUri(userText),
    userText,
    password,
    host: hostPort.host,
    hostKind: hostKind(hostPort.host),
    port: hostPort.port,
    params: paramsAt === headersAt ? UriParams.NONE : new UriParams(text.slice(paramsAt, headersAt)),
    headersText: text.slice(headersAt + 1),
  };
}

/** The "@" that ends the user part, or -1. "?" and ";" may stand in a user part, and "@" (unescaped, by some) in a URI's headers. */
function userEnd(text: string, start: number): number {
  const at = text.indexOf('@', start);
  if (at < 0) return -1;
  const question = text.indexOf('?', start);
  if (question < 0 || question > at) return at;
  let hostEnd = text.indexOf(';', start);
  if (hostEnd < 0 || hostEnd > question) hostEnd = question;
  const isHeaders = text.slice(question, at).includes('=') && parseHostPort(text, start, hostEnd) !== undefined;
  return isHeaders ? -1 : at;
}

const GLOBAL_NUMBER = /^\+[0-9().-]+$/;
const LOCAL_NUMBER = /^[0-9A-Fa-f*#().-]+$/;

function parseTel(text: string, start: number): TelUri | undefined {
  if (FORBIDDEN.test(text) || BROKEN_ESCAPE.test(text)) return undefined;
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
