/** The commonest form of a header value: something, then `;name=value` parameters (RFC 3261 §7.3.1). */
import { octetsOf, skipQuoted, skipSpace, trimEnd } from './octets.ts';
import { areParams, Params } from './params.ts';
import { DQUOTE, SEMICOLON } from './text.ts';

export interface Parameterized {
  /** Before the first ";", trimmed. Not empty. */
  readonly value: string;
  readonly params: Params;
}

/** undefined: nothing before the parameters, or a malformed parameter. */
export function parseParameterized(text: string): Parameterized | undefined {
  const s = octetsOf(text);
  const start = skipSpace(s, 0, text.length);
  let p = start;
  while (p < text.length && s[p] !== SEMICOLON) {
    if (s[p] === DQUOTE) {
      p = skipQuoted(s, p, text.length);
      if (p < 0) return undefined;
    } else {
      p++;
    }
  }
  const value = text.slice(start, trimEnd(s, start, p));
  if (value === '' || !areParams(s, p, text.length)) return undefined;
  return { value, params: p === text.length ? Params.NONE : new Params(text, p, text.length) };
}
