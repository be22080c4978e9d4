/** `scheme name=value, name="value"` (RFC 3261 §25.1 challenge, credentials; RFC 7235 §2.1). */
import { octetsOf, skipQuoted, skipSpace } from '../message/octets.ts';
import { COMMA, DQUOTE, EQUALS, HTAB, isTokenCode, quote, SP, unquote } from '../message/text.ts';

export interface AuthValue {
  /** As written. */
  readonly scheme: string;
  /** Names in lower case, values unquoted. */
  readonly params: ReadonlyMap<string, string>;
}

const MAX_PARAMS = 32;

/** undefined: no scheme, a malformed parameter, the same one twice (RFC 7235 §2.1). */
export function parseAuthValue(text: string): AuthValue | undefined {
  const s = octetsOf(text);
  let p = skipSpace(s, 0, text.length);
  const schemeStart = p;
  while (p < text.length && isTokenCode(s[p] as number)) p++;
  const scheme = text.slice(schemeStart, p);
  const afterScheme = skipSpace(s, p, text.length);
  if (scheme === '' || (afterScheme === p && p < text.length)) return undefined;
  const params = parseAuthParams(text, afterScheme);
  return params === undefined ? undefined : { scheme, params };
}

/** `name=value` separated by commas, from `start` on. */
export function parseAuthParams(text: string, start = 0): Map<string, string> | undefined {
  const params = new Map<string, string>();
  const end = text.length;
  const s = octetsOf(text, start, end);
  let p = skipSpace(s, start, end);
  while (p < end) {
    const nameStart = p;
    while (p < end && isTokenCode(s[p] as number)) p++;
    const name = text.slice(nameStart, p).toLowerCase();
    p = skipSpace(s, p, end);
    if (name === '' || s[p] !== EQUALS || params.has(name) || params.size >= MAX_PARAMS) return undefined;
    p = skipSpace(s, p + 1, end);
    const valueStart = p;
    if (p < end && s[p] === DQUOTE) {
      p = skipQuoted(s, p, end);
      if (p < 0) return undefined;
    } else {
      while (p < end && !endsValue(s[p] as number)) p++;
      if (p === valueStart) return undefined;
    }
    params.set(name, unquote(text.slice(valueStart, p)));
    p = skipSpace(s, p, end);
    if (p >= end) break;
    if (s[p] !== COMMA) return undefined;
    // Interop: a trailing comma, or two, come from real phones.
    while (p < end && (s[p] === COMMA || s[p] === SP || s[p] === HTAB)) p++;
  }
  return params;
}

function endsValue(code: number): boolean {
  return code === SP || code === HTAB || code === COMMA || code === DQUOTE;
}

/** Joins `name=value`; the first list's values are quoted, the second's are not. Undefined ones are left out. */
export function formatAuthParams(
  parts: readonly (readonly [name: string, value: string | undefined, isQuoted: boolean])[],
): string {
  const texts: string[] = [];
  for (const [name, value, isQuoted] of parts) {
    if (value !== undefined) texts.push(`${name}=${isQuoted ? quote(value) : value}`);
  }
  return texts.join(', ');
}
