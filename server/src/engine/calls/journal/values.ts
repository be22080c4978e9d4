/**
 * Plain data as octets: what JSON can say, in half of JSON's time, since a text goes in as it is.
 *
 *    +-----+                                     +-----+----------------+
 *    | tag |  0 null  1 false  2 true            |  3  | int32          |
 *    +-----+                                     +-----+----------------+
 *
 *    +-----+----------------+                    +-----+----------------+------------------------------------+
 *    |  4  | float64        |                    |  5  | n uint8        | n octets of ASCII                  |
 *    +-----+----------------+                    |  6  | n uint32       | n octets of UTF-8                  |
 *                                                |  7  | n uint32       | n octets of UTF-16                 |
 *                                                |  8  | n uint32       | n values                           |
 *                                                |  9  | n uint32       | n keys and values by turns         |
 *                                                +-----+----------------+------------------------------------+
 *
 * All numbers are little endian.
 */

const tag = {
  null: 0,
  false: 1,
  true: 2,
  int32: 3,
  float64: 4,
  short: 5,
  utf8: 6,
  utf16: 7,
  list: 8,
  object: 9,
} as const;
/** Up to here a loop is faster than the call into Node's own. */
const longestShort = 24;

interface Room extends Buffer {
  utf8Write(text: string, offset: number, length: number): number;
}

/** Memory that is used again and again, and grows. */
export class ValueWriter {
  #room = Buffer.allocUnsafeSlow(64 * 1024) as Room;
  sizeBytes = 0;

  /** Valid until the next write. */
  get room(): Buffer {
    return this.#room;
  }

  write(value: unknown): void {
    if (typeof value === 'string') this.#string(value);
    else if (typeof value === 'number') this.#number(value);
    else if (value === null || value === undefined) this.octet(tag.null);
    else if (value === true) this.octet(tag.true);
    else if (value === false) this.octet(tag.false);
    else if (Array.isArray(value)) this.#list(value);
    else this.#object(value as Readonly<Record<string, unknown>>);
  }

  octet(value: number): void {
    this.reserve(1);
    this.#room[this.sizeBytes] = value;
    this.sizeBytes += 1;
  }

  /** Room for so many octets more. */
  reserve(sizeBytes: number): void {
    const wanted = this.sizeBytes + sizeBytes;
    if (wanted <= this.#room.length) return;
    const room = Buffer.allocUnsafeSlow(Math.max(wanted, this.#room.length * 2)) as Room;
    this.#room.copy(room, 0, 0, this.sizeBytes);
    this.#room = room;
  }

  uint32At(offset: number, value: number): void {
    const room = this.#room;
    room[offset] = value;
    room[offset + 1] = value >>> 8;
    room[offset + 2] = value >>> 16;
    room[offset + 3] = value >>> 24;
  }

  #number(value: number): void {
    this.reserve(9);
    const at = this.sizeBytes;
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.#room[at] = tag.int32;
      this.uint32At(at + 1, value);
      this.sizeBytes = at + 5;
    } else {
      this.#room[at] = tag.float64;
      this.sizeBytes = this.#room.writeDoubleLE(value, at + 1);
    }
  }

  #list(values: readonly unknown[]): void {
    this.reserve(5);
    this.#room[this.sizeBytes] = tag.list;
    this.uint32At(this.sizeBytes + 1, values.length);
    this.sizeBytes += 5;
    for (let at = 0; at < values.length; at++) this.write(values[at]);
  }

  #object(object: Readonly<Record<string, unknown>>): void {
    this.reserve(5);
    const at = this.sizeBytes;
    this.#room[at] = tag.object;
    this.sizeBytes = at + 5;
    let count = 0;
    for (const key in object) {
      const value = object[key];
      if (value === undefined) continue;
      this.#string(key);
      this.write(value);
      count += 2;
    }
    this.uint32At(at + 1, count);
  }

  #string(text: string): void {
    if (text.length > longestShort || !this.#short(text)) this.#text(text);
  }

  /** False: not all of it is ASCII. */
  #short(text: string): boolean {
    this.reserve(2 + longestShort);
    const [room, from] = [this.#room, this.sizeBytes + 2];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return false;
      room[from + at] = code;
    }
    room[from - 2] = tag.short;
    room[from - 1] = text.length;
    this.sizeBytes = from + text.length;
    return true;
  }

  #text(text: string): void {
    // A character of a string has at most three octets in UTF-8.
    this.reserve(5 + text.length * 3);
    const room = this.#room;
    const at = this.sizeBytes;
    let length = room.utf8Write(text, at + 5, text.length * 3);
    room[at] = tag.utf8;
    // UTF-8 has nothing for half a surrogate pair, which stands for an octet that was none (sip/message/text.ts).
    if (length !== text.length && !text.isWellFormed()) {
      length = room.write(text, at + 5, 'utf16le');
      room[at] = tag.utf16;
    }
    this.uint32At(at + 1, length);
    this.sizeBytes = at + 5 + length;
  }
}

/** Reads one value after the other. Throws where the octets are no values: whoever reads has seen that the checksum is right. */
export class ValueReader {
  readonly #octets: Buffer;
  #at: number;

  constructor(octets: Buffer, from: number) {
    this.#octets = octets;
    this.#at = from;
  }

  read(): unknown {
    const kind = this.#octets.readUInt8(this.#at++);
    switch (kind) {
      case tag.null:
        return null;
      case tag.false:
        return false;
      case tag.true:
        return true;
      case tag.int32:
        return this.#octets.readInt32LE(this.#skip(4));
      case tag.float64:
        return this.#octets.readDoubleLE(this.#skip(8));
      case tag.short:
        return this.#text('latin1', this.#octets.readUInt8(this.#skip(1)));
      case tag.utf8:
        return this.#text('utf8', this.#length());
      case tag.utf16:
        return this.#text('utf16le', this.#length());
      case tag.list:
        return Array.from({ length: this.#length() }, () => this.read());
      case tag.object:
        return Object.fromEntries(Array.from({ length: this.#length() / 2 }, () => [this.read(), this.read()]));
      default:
        throw new RangeError(`no value begins with ${kind}`);
    }
  }

  #length(): number {
    const length = this.#octets.readUInt32LE(this.#skip(4));
    if (length > this.#octets.length - this.#at) throw new RangeError(`a length of ${length} goes beyond the end`);
    return length;
  }

  #text(encoding: 'latin1' | 'utf8' | 'utf16le', length: number): string {
    const from = this.#skip(length);
    return this.#octets.toString(encoding, from, this.#at);
  }

  /** The offset of so many octets. */
  #skip(sizeBytes: number): number {
    const from = this.#at;
    if (sizeBytes > this.#octets.length - from) throw new RangeError('a value goes beyond the end');
    this.#at += sizeBytes;
    return from;
  }
}
