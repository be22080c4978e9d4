/**
 * MD5 (RFC 1321) and SHA-256 (FIPS 180-4) in plain code: digest authentication needs them at once, and what browsers offer answers later and has no MD5. Fast enough
 * for a phone, not for a server.
 */

type Block = (state: Int32Array, words: Int32Array) => void;

const md5Shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const md5Sines = Int32Array.from({ length: 64 }, (_, at) => Math.floor(Math.abs(Math.sin(at + 1)) * 2 ** 32) | 0);

export function md5(content: Uint8Array): Uint8Array {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  return hash(content, { state, block: md5Block, isLittleEndian: true });
}

function md5Block(state: Int32Array, words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let at = 0; at < 64; at++) {
    const round = at >> 4;
    const [mixed, from] = md5Round(round, at, b, c, d);
    const sum = (a + mixed + (md5Sines[at] ?? 0) + (words[from & 15] ?? 0)) | 0;
    const shift = md5Shifts[round * 4 + (at & 3)] ?? 0;
    [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
  }
  for (const [at, value] of [a, b, c, d].entries()) state[at] = ((state[at] ?? 0) + value) | 0;
}

function md5Round(round: number, at: number, ...[b, c, d]: [number, number, number]): [mixed: number, word: number] {
  if (round === 0) return [(b & c) | (~b & d), at];
  if (round === 1) return [(d & b) | (~d & c), 5 * at + 1];
  return round === 2 ? [b ^ c ^ d, 3 * at + 5] : [c ^ (b | ~d), 7 * at];
}

const primes = firstPrimes(64);
const shaConstants = Int32Array.from(primes, (prime) => fractionOf(Math.cbrt(prime)));

export function sha256(content: Uint8Array): Uint8Array {
  const state = Int32Array.from(primes.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)));
  return hash(content, { state, block: sha256Block, isLittleEndian: false });
}

function sha256Block(state: Int32Array, words: Int32Array): void {
  const schedule = new Int32Array(64);
  schedule.set(words);
  for (let at = 16; at < 64; at++) {
    const [older = 0, younger = 0] = [schedule[at - 15], schedule[at - 2]];
    const small0 = rotate(older, 7) ^ rotate(older, 18) ^ (older >>> 3);
    const small1 = rotate(younger, 17) ^ rotate(younger, 19) ^ (younger >>> 10);
    schedule[at] = (schedule[at - 16] ?? 0) + small0 + (schedule[at - 7] ?? 0) + small1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let at = 0; at < 64; at++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + big1 + ((e & f) ^ (~e & g)) + (shaConstants[at] ?? 0) + (schedule[at] ?? 0)) | 0;
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) state[at] = ((state[at] ?? 0) + value) | 0;
}

/** RFC 2104 §2. */
export function hmacSha256(key: Uint8Array, content: Uint8Array): Uint8Array {
  const short = key.length > 64 ? sha256(key) : key;
  const padded = (value: number, more: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(64 + more.length).fill(value, 0, 64);
    for (const [at, byte] of short.entries()) bytes[at] = byte ^ value;
    bytes.set(more, 64);
    return bytes;
  };
  return sha256(padded(0x5c, sha256(padded(0x36, content))));
}

interface Algorithm {
  readonly state: Int32Array;
  readonly block: Block;
  readonly isLittleEndian: boolean;
}

/** Pads to whole blocks of 64 octets, the last eight of them the length in bits. */
function hash(content: Uint8Array, { state, block, isLittleEndian }: Algorithm): Uint8Array {
  const padded = new Uint8Array((((content.length + 8) >> 6) + 1) << 6);
  padded.set(content);
  padded[content.length] = 0x80;
  const view = new DataView(padded.buffer);
  const [low, high] = [(content.length << 3) >>> 0, Math.floor(content.length / 2 ** 29)];
  view.setUint32(padded.length - 8, isLittleEndian ? low : high, isLittleEndian);
  view.setUint32(padded.length - 4, isLittleEndian ? high : low, isLittleEndian);
  const words = new Int32Array(16);
  for (let at = 0; at < padded.length; at += 64) {
    for (let word = 0; word < 16; word++) words[word] = view.getInt32(at + word * 4, isLittleEndian);
    block(state, words);
  }
  const digest = new DataView(new ArrayBuffer(state.length * 4));
  for (const [at, value] of state.entries()) digest.setInt32(at * 4, value, isLittleEndian);
  return new Uint8Array(digest.buffer);
}

function rotate(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by));
}

function fractionOf(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) | 0;
}

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++)
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  return found;
}
