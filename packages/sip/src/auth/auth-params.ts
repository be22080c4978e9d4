/** `scheme name=value, name="value"` (RFC 3261 §25.1 challenge, credentials; RFC 7235 §2.1). */
import { isTokenCode, quote, skipQuoted, skipSpace, unquote } from '../message/text.ts';

export interface AuthValue {
  /** As written. */
  readonly scheme: string;
  /** Names in lower case, values unquoted. */
  readonly params: ReadonlyMap<string, string>;
}

const MAX_PARAMS = 32;

/** undefined: no scheme, a malformed parameter, the same one twice (RFC 7235 §2.1). */
export function parseAuthValue(text: string): AuthValue | undefined {
  let p = skipSpace(text, 0, text.length);
  const schemeStart = p;
  while (p < text.length && isTokenCode(text.charCodeAt(p))) p++;
  const scheme = text.slice(schemeStart, p);
  const afterScheme = skipSpace(text, p, text.length);
  if (scheme === '' || (afterScheme === p && p < text.length)) return undefined;
  const params = parseAuthParams(text, afterScheme);
  return params === undefined ? undefined : { scheme, params };
}

/** `name=value` separated by commas, from `start` on. */
export function parseAuthParams(text: string, start = 0): Map<string, string> | undefined {
  const params = new Map<string, string>();
  const end = text.length;
  let p = skipSpace(text, start, end);
  while (p < end) {
    const nameStart = p;
    while (p < end && isTokenCode(text.charCodeAt(p))) p++;
    const name = text.slice(nameStart, p).toLowerCase();
    p = skipSpace(text, p, end);
    if (name === '' || text.charAt(p) !== '=' || params.has(name) || params.size >= MAX_PARAMS) return undefined;
    p = skipSpace(text, p + 1, end);
    const valueStart = p;
    if (text.charAt(p) === '"') {
      p = skipQuoted(text, p, end);
      if (p < 0) return undefined;
    } else {
      while (p < end && !' \t,"'.includes(text.charAt(p))) p++;
      if (p === valueStart) return undefined;
    }
    params.set(name, unquote(text.slice(valueStart, p)));
    p = skipSpace(text, p, end);
    if (p >= end) break;
    if (text.charAt(p) !== ',') return undefined;
    // Interop: a trailing comma, or two, come from real phones.
    while (p < end && (text.charAt(p) === ',' || text.charAt(p) === ' ' || text.charAt(p) === '\t')) p++;
  }
  return params;
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
