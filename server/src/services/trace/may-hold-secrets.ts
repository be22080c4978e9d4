/**
 * Whether it is worth looking for secrets in a message: one pass over its octets, since most have none and each is written. May say yes of a message that
 * has none, never no of one that mask-message.ts would change.
 *
 * Each secret is known by a letter that is rare in SIP, and what stands before it:
 *
 *   authori[z]ation   authentication-in[f]o   pass[w]   ice-p[w]d   cr[y]pto   in[l]ine:   [k]=   sip:user:password[@]
 */
const letters = 'zfwylk';
const at = 0x40;
const colon = 0x3a;
const equals = 0x3d;
const newline = 0x0a;
const carriageReturn = 0x0d;
const less = 0x3c;
const greater = 0x3e;
const quote = 0x22;

/** By the octet's value: 1 for those that a secret is known by. */
const telling = new Uint8Array(256);
for (const letter of `${letters}${letters.toUpperCase()}@`) telling[letter.charCodeAt(0)] = 1;

/** Of the octets from `start` to `end`. Four at a time: most have nothing to tell. */
export function mayHoldSecrets(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  let i = start;
  for (; i + 3 < end; i += 4) {
    const told =
      (telling[bytes[i] as number] as number) |
      (telling[bytes[i + 1] as number] as number) |
      (telling[bytes[i + 2] as number] as number) |
      (telling[bytes[i + 3] as number] as number);
    if (told !== 0 && isSecretAmong(bytes, start, i, i + 4)) return true;
  }
  return isSecretAmong(bytes, start, i, end);
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
    if (code <= 0x20 || code === at || code === less || code === greater || code === quote) break;
    if (code === colon) colons += 1;
  }
  return colons >= 2;
}
