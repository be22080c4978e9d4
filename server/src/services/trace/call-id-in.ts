/** The Call-ID of a message that nobody parsed (RFC 3261 §20.8), looked for in its octets; also in one that makes no sense. */

/** Under this is filed what an address sent that has no Call-ID: rubbish, and TLS connections that came to nothing. */
export function namelessFrom(address: string): string {
  return `unreadable@${address}`;
}

/** As we write it, and nearly everybody else. */
const usual = '\r\nCall-ID:';
const other = /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im;

/** Empty where there is none. */
export function callIdIn(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blank = buffer.indexOf('\r\n\r\n', 0, 'latin1');
  const headEnd = blank < 0 ? buffer.length : blank + 2;
  const row = buffer.indexOf(usual, 0, 'latin1');
  if (row >= 0 && row < headEnd) {
    const from = row + usual.length;
    const end = buffer.indexOf(0x0d, from);
    return buffer.toString('latin1', from, end < 0 ? headEnd : end).trim();
  }
  return other.exec(buffer.toString('latin1', 0, headEnd))?.[1] ?? '';
}
