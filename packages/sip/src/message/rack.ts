/** RAck and RSeq (RFC 3262 §7). */
import { parseCSeq } from './cseq.ts';
import { numberOf, octetsOf, readNumber, skipSpace } from './octets.ts';

export interface RAck {
  readonly rseq: number;
  readonly cseq: number;
  readonly method: string;
}

const MAX = 0xffff_ffff;

export function parseRAck(text: string): RAck | undefined {
  const s = octetsOf(text);
  const start = skipSpace(s, 0, text.length);
  const match = /^\d{1,20}/.exec(text.slice(start));
  if (match === null) return undefined;
  const end = start + match[0].length;
  const rseq = readNumber(s, start, end, MAX);
  const rest = skipSpace(s, end, text.length);
  const cseq = rest === end ? undefined : parseCSeq(text, rest);
  return rseq < 0 || cseq === undefined ? undefined : { rseq, cseq: cseq.seq, method: cseq.method };
}

/** RSeq: 1 to 2^32-1. */
export function parseRSeq(text: string): number | undefined {
  const number = numberOf(text, MAX);
  return number < 1 ? undefined : number;
}
