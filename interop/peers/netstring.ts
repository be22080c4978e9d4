/** Netstrings (`<bytes>:<payload>,`), which frame baresip's ctrl_tcp. */
export function encodeNetstring(text: string): Buffer {
  const payload = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from(`${payload.length}:`, 'latin1'), payload, Buffer.from(',', 'latin1')]);
}

export class NetstringReader {
  #kept: Buffer = Buffer.alloc(0);

  /** The payloads that are complete now. */
  push(bytes: Buffer): string[] {
    this.#kept = Buffer.concat([this.#kept, bytes]);
    const found: string[] = [];
    for (;;) {
      const colon = this.#kept.indexOf(0x3a);
      if (colon < 0) return found;
      const size = Number(this.#kept.toString('latin1', 0, colon));
      const end = colon + 1 + size;
      if (this.#kept.length < end + 1) return found;
      found.push(this.#kept.toString('utf8', colon + 1, end));
      this.#kept = this.#kept.subarray(end + 1);
    }
  }
}
