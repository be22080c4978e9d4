/**
 * DER, the writing half, as much as an X.509 certificate needs (ITU-T X.690 §8, §10).
 *
 *   +-----+------------------+-----------------+
 *   | tag | length           | content         |
 *   +-----+------------------+-----------------+
 *     1     1 below 128,       length bytes
 *           else 0x80 + n and n bytes, big end first
 */

export type Der = Uint8Array;

export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Der {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const length = encodeLength(size);
  const out = new Uint8Array(1 + length.length + size);
  out[0] = tag;
  out.set(length, 1);
  let at = 1 + length.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function encodeLength(size: number): number[] {
  if (size < 128) return [size];
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

export const sequence = (...parts: readonly Der[]): Der => encodeDer(0x30, ...parts);
export const setOf = (...parts: readonly Der[]): Der => encodeDer(0x31, ...parts);
export const octets = (bytes: Uint8Array): Der => encodeDer(0x04, bytes);
export const bits = (bytes: Uint8Array, unused = 0): Der => encodeDer(0x03, Uint8Array.of(unused), bytes);
export const utf8 = (text: string): Der => encodeDer(0x0c, new TextEncoder().encode(text));
export const yes: Der = Uint8Array.of(0x01, 0x01, 0xff);
/** `[n] EXPLICIT`, constructed. */
export const explicit = (n: number, ...parts: readonly Der[]): Der => encodeDer(0xa0 + n, ...parts);
/** `[n] IMPLICIT`, primitive. */
export const implicit = (n: number, bytes: Uint8Array): Der => encodeDer(0x80 + n, bytes);

/** A positive INTEGER from its bytes, big end first. */
export function unsigned(bytes: Uint8Array): Der {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const body = bytes.subarray(start);
  return ((body[0] ?? 0) & 0x80) !== 0 ? encodeDer(0x02, Uint8Array.of(0), body) : encodeDer(0x02, body);
}

export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return encodeDer(0x06, Uint8Array.from(bytes));
}

/** RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime after. */
export function time(utcMs: number): Der {
  const digits = new Date(utcMs).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  const short = new Date(utcMs).getUTCFullYear() < 2050;
  return encodeDer(short ? 0x17 : 0x18, new TextEncoder().encode(short ? digits.slice(2) : digits));
}
