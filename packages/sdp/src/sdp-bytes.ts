/**
 * Bytes of a description to text and back (RFC 8866 §5: UTF-8, unless an a=charset says otherwise). A byte that is no UTF-8 becomes a lone
 * low surrogate (U+DC80 to U+DCFF) and the same byte again when it is encoded, so that nothing is lost on the way through.
 */

export function decodeText(bytes: Uint8Array): string {
  let all = 0;
  for (let at = 0; at < bytes.length; at++) all |= bytes[at] as number;
  if (all < 0x80 && bytes.length <= longestAtOnce) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    const point = length < 2 ? (length === 1 ? first : -1) : sequence(bytes, at, length);
    text += point < 0 ? String.fromCharCode(0xdc00 + first) : String.fromCodePoint(point);
    at += point < 0 ? 1 : length;
  }
  return text;
}

/** A call has no room for more arguments. */
const longestAtOnce = 4_096;

/** The code point of the UTF-8 sequence at `at`; -1 where it is cut short, overlong, a surrogate or beyond Unicode. */
function sequence(bytes: Uint8Array, at: number, length: number): number {
  let point = (bytes[at] ?? 0) & (0x7f >> length);
  for (let next = at + 1; next < at + length; next++) {
    const byte = bytes[next] ?? 0;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  const isOverlong = (length === 3 && point < 0x800) || (length === 4 && point < 0x10000);
  return isOverlong || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? -1 : point;
}

/** The body of a message; what `decodeText` has read comes out byte for byte. */
export function encodeText(text: string): Uint8Array {
  const ascii = new Uint8Array(text.length);
  let all = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    ascii[at] = code;
    all |= code;
  }
  return all < 0x80 ? ascii : encodeUtf8(text);
}

function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) ?? 0;
    if (point > 0xffff) at++;
    size = writePoint(bytes, size, point);
  }
  return bytes.subarray(0, size);
}

function writePoint(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x80 || (point >= 0xdc80 && point <= 0xdcff)) {
    bytes[at] = point & 0xff;
    return at + 1;
  }
  const tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  bytes[at] = [0, 0xc0, 0xe0, 0xf0][tail] as number;
  bytes[at] = (bytes[at] ?? 0) | (point >> (6 * tail));
  for (let left = tail - 1; left >= 0; left--) bytes[at + tail - left] = 0x80 | ((point >> (6 * left)) & 0x3f);
  return at + tail + 1;
}
