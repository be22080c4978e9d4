/**
 * Multipart bodies (RFC 2046 §5.1 as RFC 5621 §3 uses it): split into parts, and put together. Bytes stay bytes. Nested multiparts are
 * parts whose own content is parsed by another call.
 */
import { UnsafeHeaderError } from './compose.ts';
import { parseMediaType } from './media-type.ts';
import { unfold } from './octets.ts';
import { bytesToString, fromWire, stringIntoBytes, toWire } from './text.ts';

export interface BodyPart {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** More parts than this are a failure. */
const MAX_PARTS = 32;

/**
 * @param contentType the message's Content-Type, which names the boundary.
 * @returns undefined: not multipart, no boundary, or not closed by it.
 */
export function parseMultipart(contentType: string, body: Uint8Array): BodyPart[] | undefined {
  const media = parseMediaType(contentType);
  const boundary = media?.params.get('boundary');
  if (media?.type !== 'multipart' || !boundary || boundary.length > 70) return undefined;
  // One character per byte, with a line end before the first delimiter too.
  const wire = `\r\n${bytesToString(body, 0, body.length)}`;
  const delimiter = `\r\n--${toWire(boundary)}`;
  const parts: BodyPart[] = [];
  let at = wire.indexOf(delimiter);
  while (at >= 0) {
    let p = at + delimiter.length;
    if (wire.startsWith('--', p)) return parts;
    while (wire.charCodeAt(p) === 0x20 || wire.charCodeAt(p) === 0x09) p++;
    const next = wire.indexOf(delimiter, p);
    // RFC 2046 §5.1.1: a boundary that is only a prefix of the line is none.
    if (next < 0 || parts.length >= MAX_PARTS) return undefined;
    if (wire.startsWith('\r\n', p)) {
      const part = parsePart(wire, p + 2, next, body);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    at = next;
  }
  return undefined;
}

/** `end` is the CRLF before the next delimiter. Offsets in the wire are two more than in the bytes. */
function parsePart(wire: string, start: number, end: number, body: Uint8Array): BodyPart | undefined {
  const headers: [string, string][] = [];
  let p = start;
  // The part's headers may be absent, its content empty: the CRLF of the empty line is then the delimiter's.
  while (p < end && !wire.startsWith('\r\n', p)) {
    let lineEnd = wire.indexOf('\r\n', p);
    while (lineEnd < end && /[ \t]/.test(wire.charAt(lineEnd + 2))) lineEnd = wire.indexOf('\r\n', lineEnd + 2);
    if (lineEnd > end) lineEnd = end;
    const line = wire.slice(p, lineEnd);
    const colon = line.indexOf(':');
    if (colon <= 0 || headers.length >= 64) return undefined;
    headers.push([line.slice(0, colon).trimEnd(), fromWire(unfold(line.slice(colon + 1).trim()))]);
    p = lineEnd + 2;
  }
  const contentStart = Math.min(p + 2, end);
  return { headers, body: body.subarray(Math.max(contentStart - 2, 0), Math.max(end - 2, 0)) };
}

/** The content of the first part of that media type; the body itself when the message is of that type. */
export function findBody(contentType: string | undefined, body: Uint8Array, essence: string): Uint8Array | undefined {
  const media = contentType === undefined ? undefined : parseMediaType(contentType);
  if (contentType === undefined || media === undefined) return undefined;
  if (media.essence === essence) return body;
  if (media.type !== 'multipart') return undefined;
  for (const part of parseMultipart(contentType, body) ?? []) {
    const type = part.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
    // RFC 2046 §5.1: a part without a type is text/plain.
    if (parseMediaType(type ?? 'text/plain')?.essence === essence) return part.body;
  }
  return undefined;
}

/**
 * Puts parts together. The boundary must not occur in any of them: take it from the injected Random.
 * @throws UnsafeHeaderError where it does, or where a header would break out of its line.
 */
export function formatMultipart(parts: readonly BodyPart[], boundary: string): Uint8Array {
  if (!/^[0-9A-Za-z'()+_,\-./:=?]{1,70}$/.test(boundary)) throw new UnsafeHeaderError('the multipart boundary');
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    let head = `--${boundary}\r\n`;
    for (const [name, value] of part.headers) {
      if (/[\r\n\0]/.test(name + value)) throw new UnsafeHeaderError(`the part header ${name}`);
      head += `${name}: ${value}\r\n`;
    }
    if (bytesToString(part.body, 0, part.body.length).includes(`--${boundary}`))
      throw new UnsafeHeaderError('the multipart boundary');
    pieces.push(toBytes(`${head}\r\n`), part.body, toBytes('\r\n'));
  }
  pieces.push(toBytes(`--${boundary}--\r\n`));
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function toBytes(text: string): Uint8Array {
  const wire = toWire(text);
  const bytes = new Uint8Array(wire.length);
  stringIntoBytes(wire, bytes, 0);
  return bytes;
}
