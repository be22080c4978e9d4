/** CSeq (RFC 3261 §20.16). */
import { knownMethod } from './method-names.ts';
import { octetsOf, readNumber, skipSpace, trimEnd } from './octets.ts';
import { isTokenCode, SP } from './text.ts';

export interface CSeq {
  readonly seq: number;
  readonly method: string;
}

/** RFC 3261 §8.1.1.5: less than 2^31. Deviation: up to 2^32-1 is taken, as §20.16 says "expressible as a 32-bit unsigned integer". */
const MAX_SEQ = 0xffff_ffff;

export function parseCSeq(text: string, start = 0, end: number = text.length): CSeq | undefined {
  const s = octetsOf(text, start, end);
  const from = skipSpace(s, start, end);
  let p = from;
  while (p < end && (s[p] as number) > SP) p++;
  const seq = readNumber(s, from, p, MAX_SEQ);
  const methodStart = skipSpace(s, p, end);
  if (seq < 0 || methodStart === p) return undefined;
  const methodEnd = trimEnd(s, methodStart, end);
  for (let i = methodStart; i < methodEnd; i++) if (!isTokenCode(s[i] as number)) return undefined;
  if (methodEnd === methodStart) return undefined;
  return { seq, method: knownMethod(s, methodStart, methodEnd) ?? text.slice(methodStart, methodEnd) };
}
