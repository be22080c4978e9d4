/** The commonest form of a header value: something, then `;name=value` parameters (RFC 3261 §7.3.1). */
import { areParams, Params } from './params.ts';
import { DQUOTE, SEMICOLON, skipQuoted, skipSpace, trimEnd } from './text.ts';

export interface Parameterized {
  /** Before the first ";", trimmed. Not empty. */
  readonly value: string;
  readonly params: Params;
}

/** undefined: nothing before the parameters, or a malformed parameter. */
export function parseParameterized(text: string): Parameterized | undefined {
  const start = skipSpace(text, 0, text.length);
  let p = start;
  while (p < text.length && text.charCodeAt(p) !== SEMICOLON) {
    if (text.charCodeAt(p) === DQUOTE) {
      p = skipQuoted(text, p, text.length);
      if (p < 0) return undefined;
    } else {
      p++;
    }
  }
  const value = text.slice(start, trimEnd(text, start, p));
  if (value === '' || !areParams(text, p, text.length)) return undefined;
  return { value, params: p === text.length ? Params.NONE : new Params(text, p, text.length) };
}
