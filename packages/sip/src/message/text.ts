/**
 * Characters of SIP (RFC 3261 §25.1) and the three forms that text has here.
 *
 * - bytes: what the network carries.
 * - wire: a string with one character per byte (code 0-255). Heads are kept so: slicing is exact, searching is fast.
 * - text: what callers see: wire decoded as UTF-8. A byte that is no valid UTF-8 becomes the lone surrogate U+DC00 + byte, so that
 *   `toWire(fromWire(x))` is x for any x.
 */

/** One character per byte of `bytes[start, end)`. */
export type BytesToString = (bytes: Uint8Array, start: number, end: number) => string;
/** Writes a wire string at `offset` and returns the number of bytes written. */
export type StringIntoBytes = (wire: string, bytes: Uint8Array, offset: number) => number;

const CHUNK = 4_096;

/** Portable {@link BytesToString}; `node/` injects a native one. */
export function bytesToString(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= CHUNK) return String.fromCharCode.apply(null, bytes.subarray(start, end) as unknown as number[]);
  let wire = '';
  for (let i = start; i < end; i += CHUNK) {
    wire += String.fromCharCode.apply(null, bytes.subarray(i, Math.min(end, i + CHUNK)) as unknown as number[]);
  }
  return wire;
}

/** Portable {@link StringIntoBytes}. */
export function stringIntoBytes(wire: string, bytes: Uint8Array, offset: number): number {
  for (let i = 0; i < wire.length; i++) bytes[offset + i] = wire.charCodeAt(i);
  return wire.length;
}

export const SP = 0x20;
export const HTAB = 0x09;
export const CR = 0x0d;
export const LF = 0x0a;
export const DQUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const SLASH = 0x2f;
export const QUESTION = 0x3f;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;

const TOKEN = 1;
const DIGIT = 2;
const HEX = 4;
const ALPHA = 8;
const HOST = 16;
const PARAM_VALUE = 32;

const classes = new Uint8Array(256);
function mark(characters: string, flag: number): void {
  for (let i = 0; i < characters.length; i++) {
    const code = characters.charCodeAt(i);
    classes[code] = (classes[code] ?? 0) | flag;
  }
}
const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
mark(DIGITS, DIGIT | HEX | TOKEN | HOST | PARAM_VALUE);
mark('abcdefABCDEF', HEX);
mark(LETTERS, ALPHA | TOKEN | HOST | PARAM_VALUE);
mark("-.!%*_+`'~", TOKEN | PARAM_VALUE);
// Deviation: "_" stands in host names of real networks (RFC 3261 §25.1 has letters, digits, "-" and ".").
mark('-._', HOST);
// gen-value (RFC 3261 §25.1) is token, host or quoted-string; real peers put URIs and base64 there unquoted too.
mark('[]:@/&$?=#|^{}()', PARAM_VALUE);

/** 1 for each byte that may stand in a token (RFC 3261 §25.1). */
export const TOKEN_BYTES: Uint8Array = classes.map((flags) => flags & TOKEN);

// A code above 255 reads undefined from the table, and undefined & flag is 0.
export function isTokenCode(code: number): boolean {
  return ((classes[code] as number) & TOKEN) !== 0;
}
export function isDigitCode(code: number): boolean {
  return ((classes[code] as number) & DIGIT) !== 0;
}
export function isHexCode(code: number): boolean {
  return ((classes[code] as number) & HEX) !== 0;
}
export function isAlphaCode(code: number): boolean {
  return ((classes[code] as number) & ALPHA) !== 0;
}
export function isHostCode(code: number): boolean {
  return ((classes[code] as number) & HOST) !== 0;
}
export function isParamValueCode(code: number): boolean {
  return ((classes[code] as number) & PARAM_VALUE) !== 0;
}

/** Whether the text is one token (RFC 3261 §25.1), not empty. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isTokenCode(text.charCodeAt(i))) return false;
  return text.length > 0;
}

/** The content of a quoted string, with its backslashes resolved; text without quotes is returned as it is. */
export function unquote(text: string): string {
  const end = text.length - 1;
  if (end < 1 || text.charCodeAt(0) !== DQUOTE || text.charCodeAt(end) !== DQUOTE) return text;
  if (text.indexOf('\\') < 0) return text.slice(1, end);
  let content = '';
  for (let i = 1; i < end; i++) {
    if (text.charCodeAt(i) === BACKSLASH && i + 1 < end) i++;
    content += text.charAt(i);
  }
  return content;
}

/** A quoted string that reads as `content`: control characters stand in it as quoted-pairs (RFC 3261 §25.1); CR and LF cannot stand in one. */
export function quote(content: string): string {
  return `"${content.replace(/[\\"\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\\$&')}"`;
}

/**
 * A copy that does not hold on to the message it was cut from. Use it for strings that are kept longer than the message: V8's slices
 * refer to the whole they came from.
 */
export function detachString(text: string): string {
  const middle = text.length >> 1;
  return [text.slice(0, middle), text.slice(middle)].join('');
}

/** Wire to text; the same string when all of it is ASCII. */
export function fromWire(wire: string): string {
  for (let i = 0; i < wire.length; i++) if (wire.charCodeAt(i) > 0x7f) return decodeUtf8(wire, i);
  return wire;
}

/** Text to wire; the same string when all of it is ASCII. */
export function toWire(text: string): string {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return encodeUtf8(text, i);
  return text;
}

function decodeUtf8(wire: string, from: number): string {
  let text = wire.slice(0, from);
  let i = from;
  while (i < wire.length) {
    const first = wire.charCodeAt(i);
    const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    const point = length === 1 ? first : length === 0 ? -1 : continued(wire, i, length);
    if (point < 0) {
      text += String.fromCharCode(0xdc00 + first);
      i++;
    } else {
      text += String.fromCodePoint(point);
      i += length;
    }
  }
  return text;
}

/** The code point of the sequence at `i`, or -1: cut short, overlong, a surrogate, beyond Unicode. */
function continued(wire: string, i: number, length: number): number {
  if (i + length > wire.length) return -1;
  let point = wire.charCodeAt(i) & (0xff >> (length + 1));
  for (let j = 1; j < length; j++) {
    const code = wire.charCodeAt(i + j);
    if ((code & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (code & 0x3f);
  }
  if (length === 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return -1;
  if (length === 4 && (point < 0x1_0000 || point > 0x10_ffff)) return -1;
  return point;
}

function encodeUtf8(text: string, from: number): string {
  let wire = text.slice(0, from);
  for (let i = from; i < text.length; i++) {
    let point = text.codePointAt(i) ?? 0;
    if (point < 0x80) {
      wire += text.charAt(i);
    } else if (point >= 0xdc80 && point <= 0xdcff) {
      wire += String.fromCharCode(point & 0xff);
    } else if (point < 0x800) {
      wire += String.fromCharCode(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    } else if (point < 0x1_0000) {
      if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
      wire += String.fromCharCode(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    } else {
      i++;
      wire += String.fromCharCode(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 0x3f),
        0x80 | ((point >> 6) & 0x3f),
        0x80 | (point & 0x3f),
      );
    }
  }
  return wire;
}
