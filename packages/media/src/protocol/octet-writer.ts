/** Writes fields of a frame one after the other into memory that is used again. What does not fit its field spoils the frame. */
import { Buffer } from 'node:buffer';

const mostTextBytes = 255;

export class OctetWriter {
  readonly #memory: Buffer;
  #at = 0;
  #fits = true;

  constructor(memory: Buffer) {
    this.#memory = memory;
  }

  begin(): void {
    this.#at = 0;
    this.#fits = true;
  }

  refuse(): void {
    this.#fits = false;
  }

  /** Unsigned, big endian, 1, 2 or 4 octets. */
  integer(value: number, octets: 1 | 2 | 4): void {
    const limit = octets === 1 ? 0xff : octets === 2 ? 0xffff : 0xffff_ffff;
    if (!Number.isInteger(value) || value < 0 || value > limit || !this.#hasRoom(octets)) {
      this.#fits = false;
      return;
    }
    const memory = this.#memory;
    if (octets === 4) {
      memory[this.#at++] = value >>> 24;
      memory[this.#at++] = value >>> 16;
    }
    if (octets > 1) memory[this.#at++] = value >>> 8;
    memory[this.#at++] = value;
  }

  /** How many follow, in one octet. */
  count(value: number, most: number): void {
    if (value > most) this.#fits = false;
    else this.integer(value, 1);
  }

  double(value: number): void {
    this.#at = this.#hasRoom(8) ? this.#memory.writeDoubleBE(value, this.#at) : this.#at;
  }

  text(value: string): void {
    if (typeof value !== 'string' || value.length > mostTextBytes || !this.#hasRoom(value.length + 1)) {
      this.#fits = false;
      return;
    }
    const memory = this.#memory;
    let at = this.#at;
    memory[at++] = value.length;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7e) this.#fits = false;
      memory[at++] = code;
    }
    this.#at = at;
  }

  /** A copy of what was written since `begin`, whose first four octets become the length of the rest; null where something did not fit. */
  frame(): Uint8Array | null {
    if (!this.#fits) return null;
    this.#memory.writeUInt32BE(this.#at - 4, 0);
    return Buffer.copyBytesFrom(this.#memory, 0, this.#at);
  }

  #hasRoom(octets: number): boolean {
    const has = this.#at + octets <= this.#memory.length;
    if (!has) this.#fits = false;
    return has;
  }
}
