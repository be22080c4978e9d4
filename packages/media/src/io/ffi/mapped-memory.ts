/** Memory that V8 neither owns nor moves, for the kernel to read and write at any time. Never given back: rings live as long as their process. */
import { toArrayBuffer } from 'node:ffi';
import { errno, mmap } from './libc.ts';

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const highest = 2 ** 32;

export class MappedMemory {
  /** Where it begins, as a number: user addresses have 47 bits. */
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;

  private constructor(address: bigint, sizeBytes: number) {
    this.address = Number(address);
    const buffer = toArrayBuffer(address, sizeBytes, false);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
  }

  static anonymous(sizeBytes: number): MappedMemory {
    return MappedMemory.#map(sizeBytes, MAP_PRIVATE_ANONYMOUS, -1, 0);
  }

  /** A part of what a descriptor offers. */
  static of(descriptor: number, sizeBytes: number, offset: number): MappedMemory {
    return MappedMemory.#map(sizeBytes, MAP_SHARED, descriptor, offset);
  }

  static #map(sizeBytes: number, flags: number, descriptor: number, offset: number): MappedMemory {
    const address = mmap(0n, BigInt(sizeBytes), PROT_READ_WRITE, flags, descriptor, BigInt(offset));
    if (address === MAP_FAILED) throw new MappingError(sizeBytes, errno());
    return new MappedMemory(address, sizeBytes);
  }

  pointer(at: number): bigint {
    return BigInt(this.address + at);
  }

  /** Writes the address of an octet of this memory, 64 bits, into two words of any memory. */
  putPointer(words: Int32Array, wordAt: number, at: number): void {
    const address = this.address + at;
    words[wordAt] = (address % highest) | 0;
    words[wordAt + 1] = Math.floor(address / highest);
  }
}

export class MappingError extends Error {
  readonly code = 'media_mapping';
  constructor(sizeBytes: number, errno: number) {
    super(`${sizeBytes} octets of memory cannot be mapped (errno ${errno})`);
    this.name = 'MappingError';
  }
}
