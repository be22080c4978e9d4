/** Reads fields of a frame one after the other. After the first that is missing or out of its range everything reads as nothing, and `isWhole` says so. */
import { Buffer } from 'node:buffer';

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

export class OctetReader {
  readonly #bytes: Buffer;
  #at = 0;
  #problemAt = -1;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Nothing was wrong so far. */
  get isSound(): boolean {
    return this.#problemAt < 0;
  }

  /** Nothing was wrong, and nothing is left. */
  get isWhole(): boolean {
    return this.isSound && this.#at === this.#bytes.length;
  }

  /** The octet at which the first field stands that is wrong, or where what is too much begins. */
  get problemAt(): number {
    return this.isSound ? this.#at : this.#problemAt;
  }

  refuse(): void {
    if (this.isSound) this.#problemAt = this.#at;
  }

  skip(octets: number): void {
    this.#take(octets);
  }

  /** Unsigned, big endian. */
  integer(octets: 1 | 2 | 4, { min, max }: IntegerRange): number {
    const at = this.#take(octets);
    if (at < 0) return min;
    let value = 0;
    for (let index = 0; index < octets; index++) value = value * 256 + (this.#bytes[at + index] as number);
    if (value >= min && value <= max) return value;
    this.#problemAt = at;
    return min;
  }

  double(): number {
    const at = this.#take(8);
    return at < 0 ? 0 : this.#bytes.readDoubleBE(at);
  }

  /** An octet of length, and that many of ASCII. */
  text(min: number, max: number): string {
    const length = this.integer(1, { min, max });
    if (!this.isSound) return '';
    const at = this.#take(length);
    return at < 0 ? '' : this.#bytes.toString('latin1', at, at + length);
  }

  /** @returns where they begin, or -1 */
  #take(octets: number): number {
    if (!this.isSound) return -1;
    const at = this.#at;
    if (at + octets > this.#bytes.length) {
      this.#problemAt = at;
      return -1;
    }
    this.#at = at + octets;
    return at;
  }
}
