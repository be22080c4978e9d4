/** Several values in one header field, separated by commas (RFC 3261 §7.3.1): quoted strings and angle brackets hide commas. */
import { octetsOf, skipSpace, trimEnd } from './octets.ts';
import { BACKSLASH, COMMA, DQUOTE, GREATER, LESS } from './text.ts';

/** The index of the comma that ends the value at `i`, or `end`. */
export function valueEnd(s: Uint8Array, i: number, end: number): number {
  let isQuoted = false;
  let isBracketed = false;
  for (let p = i; p < end; p++) {
    const code = s[p];
    if (isQuoted) {
      if (code === BACKSLASH) p++;
      else if (code === DQUOTE) isQuoted = false;
    } else if (code === DQUOTE) {
      // A quote inside brackets belongs to a broken URI and opens nothing.
      isQuoted = !isBracketed;
    } else if (code === LESS) {
      isBracketed = true;
    } else if (code === GREATER) {
      isBracketed = false;
    } else if (code === COMMA && !isBracketed) {
      return p;
    }
  }
  return end;
}

/** Adds the values of `text` to `values`, up to `limit` of them in all; empty ones are left out. */
export function splitInto(text: string, values: string[], limit: number): void {
  const s = octetsOf(text);
  let p = 0;
  while (p < text.length && values.length < limit) {
    const comma = valueEnd(s, p, text.length);
    const start = skipSpace(s, p, comma);
    const end = trimEnd(s, start, comma);
    if (end > start) values.push(text.slice(start, end));
    p = comma + 1;
  }
}

export function splitList(text: string, limit = 1_024): string[] {
  const values: string[] = [];
  splitInto(text, values, limit);
  return values;
}
