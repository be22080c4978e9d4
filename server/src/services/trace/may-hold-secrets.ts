/**
 * Whether it is worth looking for secrets in a message: one pass over its octets, since most have none and each is written. May say yes of a message that
 * has none, never no of one that mask-message.ts would change.
 *
 * Each secret is known by a letter, and what stands before it:
 *
 *   authori[z]ation   authentication-in[f]o   pass[w]   ice-p[w]d   cr[y]pto   in[l]ine:   [k]=   sip:user:password[@]
 *
 * Octets are looked at in pairs, by a table that knows the pairs that such a letter makes with its neighbours in these words, in any case.
 */
const at = 0x40;
const colon = 0x3a;
const equals = 0x3d;
const newline = 0x0a;
const carriageReturn = 0x0d;
const less = 0x3c;
const greater = 0x3e;
const quote = 0x22;

const lettersOf = 'zfwylkZFWYLK@';
const pairsOf = ['iz', 'za', 'nf', 'fo', 'sw', 'wo', 'wd', 'pw', 'ry', 'yp', 'nl', 'li', '\nk', '\rk', 'k='];

/** By the octet's value: 1 for those that a secret is known by. */
const telling = new Uint8Array(256);
for (const letter of lettersOf) telling[letter.charCodeAt(0)] = 1;

/** The same of two octets as this machine reads them. */
const tellingPairs = new Uint8Array(0x1_0000);
for (const [first = '', second = ''] of pairsOf)
  for (const one of [first, first.toUpperCase()])
    for (const other of [second, second.toUpperCase()])
      tellingPairs[pairOf(one.charCodeAt(0), other.charCodeAt(0))] = 1;
for (let octet = 0; octet < 256; octet++) {
  tellingPairs[pairOf(octet, at)] = 1;
  tellingPairs[pairOf(at, octet)] = 1;
}

function pairOf(first: number, second: number): number {
  return new Uint16Array(Uint8Array.of(first, second).buffer)[0] as number;
}

export function mayHoldSecrets(bytes: Uint8Array): boolean {
  return new SecretScan(bytes).mayHold(0, bytes.length);
}

/** Of many messages in one piece of memory. */
export class SecretScan {
  readonly #bytes: Uint8Array;
  readonly #pairs: Uint16Array;
  /** Where the first pair begins: they lie on even addresses. */
  readonly #shift: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#shift = bytes.byteOffset & 1;
    const count = Math.max(0, (bytes.length - this.#shift) >> 1);
    this.#pairs = new Uint16Array(bytes.buffer, count === 0 ? 0 : bytes.byteOffset + this.#shift, count);
  }

  /** Whether the octets from `start` to `end` may. */
  mayHold(start: number, end: number): boolean {
    const shift = this.#shift;
    const first = (start - shift + 1) >> 1;
    const last = (end - shift) >> 1;
    if (last <= first) return isSecretAmong(this.#bytes, start, start, end);
    const firstAt = 2 * first + shift;
    const lastAt = 2 * last + shift;
    return (
      isSecretAmong(this.#bytes, start, start, firstAt) ||
      this.#mayHoldPairs(start, first, last) ||
      isSecretAmong(this.#bytes, start, lastAt, end)
    );
  }

  /** Four pairs at a time: most have nothing to tell. */
  #mayHoldPairs(start: number, first: number, last: number): boolean {
    const bytes = this.#bytes;
    const pairs = this.#pairs;
    const shift = this.#shift;
    let pair = first;
    for (; pair + 3 < last; pair += 4) {
      const told =
        (tellingPairs[pairs[pair] as number] as number) |
        (tellingPairs[pairs[pair + 1] as number] as number) |
        (tellingPairs[pairs[pair + 2] as number] as number) |
        (tellingPairs[pairs[pair + 3] as number] as number);
      const from = 2 * pair + shift;
      if (told !== 0 && isSecretAmong(bytes, start, from, from + 8)) return true;
    }
    return isSecretAmong(bytes, start, 2 * pair + shift, 2 * last + shift);
  }
}

function isSecretAmong(bytes: Uint8Array, start: number, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (telling[bytes[i] as number] === 1 && isSecretAt(bytes, start, i)) return true;
  return false;
}

function isSecretAt(bytes: Uint8Array, start: number, i: number): boolean {
  // A letter, in lower case.
  switch ((bytes[i] as number) | 0x20) {
    case 0x7a:
      return endsAt(bytes, start, i, 'authori');
    case 0x66:
      return endsAt(bytes, start, i, 'authentication-in');
    case 0x77:
      return endsAt(bytes, start, i, 'pass') || endsAt(bytes, start, i, 'ice-p');
    case 0x79:
      return endsAt(bytes, start, i, 'cr');
    case 0x6c:
      return endsAt(bytes, start, i, 'in');
    case 0x6b:
      return bytes[i + 1] === equals && (i === start || isLineEnd(bytes[i - 1]));
    default:
      return hasPassword(bytes, start, i);
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= carriageReturn);
}

function isLineEnd(code: number | undefined): boolean {
  return code === newline || code === carriageReturn;
}

/** Whether the text, in any case, ends before there. */
function endsAt(bytes: Uint8Array, from: number, end: number, text: string): boolean {
  const start = end - text.length;
  if (start < from) return false;
  for (let i = text.length - 1; i >= 0; i--) {
    if (((bytes[start + i] as number) | 0x20) !== (text.charCodeAt(i) | 0x20)) return false;
  }
  return true;
}

/** Two colons between the beginning of a URI and its @; another @ is in no part of it. */
function hasPassword(bytes: Uint8Array, from: number, end: number): boolean {
  let colons = 0;
  for (let i = end - 1; i >= from; i--) {
    const code = bytes[i] as number;
    if (code === at || code === less || code === greater || code === quote || isSpace(code)) break;
    if (code === colon) colons += 1;
  }
  return colons >= 2;
}
