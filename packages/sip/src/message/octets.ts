/**
 * Values are scanned as octets: reading one is several times cheaper than reading a character of a string. A text's octets stand at the indices of its
 * characters, so what the scanners find is cut out of the text. The scanners here are what all grammars share.
 */
import { BACKSLASH, DQUOTE, HTAB, SP } from './text.ts';

/** Written over by each text; a scan is over before the next begins. */
let room = new Uint8Array(2_048);
let lastWire = '';
let lastOctets: Uint8Array = room;

/** The head of the message that was just parsed: its values are scanned in the octets it came as. They stay as they are for as long as it is read. */
export function keepOctets(wire: string, octets: Uint8Array): void {
  lastWire = wire;
  lastOctets = octets;
}

/** Octets of which [start, end) are those of text[start, end); a character above 255 is 255, which no grammar knows. Good until the next text's. */
export function octetsOf(text: string, start = 0, end: number = text.length): Uint8Array {
  if (text === lastWire) return lastOctets;
  if (end >= room.length) room = new Uint8Array(end * 2);
  const octets = room;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    octets[i] = Math.min(code, 0xff);
  }
  // What looks one further finds nothing that it knows.
  octets[end] = 0;
  return octets;
}

/** The first index in [i, end) that is no SP or HTAB. */
export function skipSpace(s: Uint8Array, i: number, end: number): number {
  let p = i;
  while (p < end && (s[p] === SP || s[p] === HTAB)) p++;
  return p;
}

/** The end of [start, end) without trailing SP and HTAB. */
export function trimEnd(s: Uint8Array, start: number, end: number): number {
  let p = end;
  while (p > start && (s[p - 1] === SP || s[p - 1] === HTAB)) p--;
  return p;
}

/**
 * Reads the decimal number that s[start, end) is, leading zeros allowed.
 * @returns -1 when it is none, or is above `max`.
 */
export function readNumber(s: Uint8Array, start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (s[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

/** The decimal number that a text is; -1 when it is none, or is above `max`. */
export function numberOf(text: string, max: number): number {
  return readNumber(octetsOf(text), 0, text.length, max);
}

/** The index after the closing quote of the quoted string that opens at `i`, or -1 (RFC 3261 §25.1 quoted-string). */
export function skipQuoted(s: Uint8Array, i: number, end: number): number {
  for (let j = i + 1; j < end; j++) {
    const code = s[j];
    if (code === BACKSLASH) j++;
    else if (code === DQUOTE) return j + 1;
  }
  return -1;
}

/** Joins folded lines: every CRLF with the LWS around it becomes one space (RFC 3261 §7.3.1). */
export function unfold(wire: string): string {
  const s = octetsOf(wire);
  let text = '';
  let from = 0;
  for (let cr = wire.indexOf('\r\n'); cr >= 0; cr = wire.indexOf('\r\n', from)) {
    const head = wire.slice(from, trimEnd(s, from, cr));
    text += text === '' || head === '' ? head : ` ${head}`;
    from = skipSpace(s, cr + 2, wire.length);
  }
  const last = wire.slice(from);
  return text === '' || last === '' ? text + last : `${text} ${last}`;
}

/** Whether "sip" stands at `i`, in any case. */
export function startsWithSip(s: Uint8Array, i: number): boolean {
  return (
    ((s[i] as number) | 0x20) === 0x73 &&
    ((s[i + 1] as number) | 0x20) === 0x69 &&
    ((s[i + 2] as number) | 0x20) === 0x70
  );
}
