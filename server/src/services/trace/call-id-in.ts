/** The Call-ID of a message that nobody parsed (RFC 3261 §20.8), looked for in its octets; also in one that makes no sense. */
import { Buffer } from 'node:buffer';

/** Under this is filed what an address sent that has no Call-ID: rubbish, and TLS connections that came to nothing. */
export function namelessFrom(address: string): string {
  return `unreadable@${address}`;
}

const names = ['call-id', 'i'] as const;
const letterC = 0x63;
const letterI = 0x69;
const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const tab = 0x09;
const colon = 0x3a;

/** As Node has it, for octets that are no Buffer too. */
const { latin1Slice } = Buffer.prototype as unknown as {
  readonly latin1Slice: (this: Uint8Array, start: number, end: number) => string;
};

/** Empty where there is none. */
export function callIdIn(bytes: Uint8Array): string {
  const { length } = bytes;
  let at = 0;
  // Keep-alives before a message (RFC 5626 §3.5.1) are not its end.
  while (at < length && (bytes[at] as number) <= space) at += 1;
  while (at < length) {
    const from = valueAt(bytes, at);
    if (from > 0) return lineFrom(bytes, from);
    at = lineEndIn(bytes, at) + 1;
    if (bytes[at] === carriageReturn || bytes[at] === newline) return '';
  }
  return '';
}

/** The next newline, or the end. Four octets at a time: this is most of the work. */
function lineEndIn(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let at = start;
  while (
    at + 3 < length &&
    bytes[at] !== newline &&
    bytes[at + 1] !== newline &&
    bytes[at + 2] !== newline &&
    bytes[at + 3] !== newline
  )
    at += 4;
  while (at < length && bytes[at] !== newline) at += 1;
  return at;
}

/** Where the value begins if the row that begins there is a Call-ID; else 0. */
function valueAt(bytes: Uint8Array, start: number): number {
  const letter = (bytes[start] as number) | 0x20;
  if (letter !== letterC && letter !== letterI) return 0;
  for (const name of names) {
    let at = start;
    while (at - start < name.length && isLetter(bytes[at], name.charCodeAt(at - start))) at += 1;
    if (at - start < name.length) continue;
    while (isBlank(bytes[at])) at += 1;
    if (bytes[at] === colon) return at + 1;
  }
  return 0;
}

/** In either case. */
function isLetter(code: number | undefined, lower: number): boolean {
  return code === lower || (code !== undefined && code >= 0x41 && code <= 0x5a && code + 0x20 === lower);
}

/** Without the spaces around it: to trim the text would leave one that holds the untrimmed one. */
function lineFrom(bytes: Uint8Array, from: number): string {
  const { length } = bytes;
  let start = from;
  while (isBlank(bytes[start])) start += 1;
  let end = start;
  while (end < length && bytes[end] !== carriageReturn && bytes[end] !== newline) end += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  return latin1Slice.call(bytes, start, end);
}

function isBlank(code: number | undefined): boolean {
  return code === space || code === tab;
}
