/** Base64 for URLs without padding (RFC 4648 §5, RFC 7515 §2), over bytes: neither Buffer nor atob is everywhere. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const letterValue = new Map([...alphabet].map((letter, value) => [letter, value]));

export function encodeBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const letters = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
    text += letters
      .slice(0, Math.min(3, bytes.length - at) + 1)
      .map((value) => alphabet[value])
      .join('');
  }
  return text;
}

/** Undefined: not in the alphabet, or no whole number of bytes. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let size = 0;
  for (const letter of text) {
    const value = letterValue.get(letter);
    if (value === undefined) return undefined;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[size++] = (held >> bits) & 0xff;
  }
  return bytes;
}
