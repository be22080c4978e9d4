/**
 * Buffers that the kernel takes for what comes, whichever socket it comes to, and that are given back when they have been read (io_uring's provided
 * buffers). A receive that goes on and on (multishot) writes into each:
 *
 *       0              4              8              12         16              44
 *       +--------------+--------------+--------------+----------+---------------+-----------------
 *       | name length  | control      | length       | flags    | sockaddr      | the datagram
 *       +--------------+--------------+--------------+----------+---------------+-----------------
 *
 * The ring itself has 16 octets per buffer: address u64, length u32, buffer u16, and in the first of them the ring's tail u16.
 */
import { MSG_TRUNC } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { readSockaddr } from './socket-address.ts';
import {
  ioUringRecvmsgOut as head,
  ioUringBufRing as ringStruct,
  sockaddrIn6,
  ioUringBuf as struct,
} from './struct-layout.ts';

export const bufferBytes = 2304;
const nameAt = head.SIZE;
const datagramAt = nameAt + sockaddrIn6.SIZE;

export class BufferRing {
  readonly count: number;
  readonly #memory: MappedMemory;
  readonly #ring: MappedMemory;
  readonly #shorts: Uint16Array;
  #tail = 0;

  /** @param memory whose first octets are the buffers; @param count a power of two */
  constructor(memory: MappedMemory, count: number) {
    this.count = count;
    this.#memory = memory;
    this.#ring = MappedMemory.anonymous(count * struct.SIZE);
    this.#shorts = new Uint16Array(this.#ring.bytes.buffer);
    for (let buffer = 0; buffer < count; buffer++) this.give(buffer);
  }

  get pointer(): bigint {
    return this.#ring.pointer(0);
  }

  /** The kernel may use it again. */
  give(buffer: number): void {
    const entry = this.#tail & (this.count - 1);
    const at = entry * struct.SIZE;
    this.#memory.putPointer(this.#ring.words, (at + struct.addr) >> 2, buffer * bufferBytes);
    this.#ring.words[(at + struct.len) >> 2] = bufferBytes;
    this.#shorts[(at + struct.bid) >> 1] = buffer;
    this.#tail = (this.#tail + 1) & 0xffff;
    Atomics.store(this.#shorts, ringStruct.tail >> 1, this.#tail);
  }

  /** Where in the memory's octets. */
  offsetOf(buffer: number): number {
    return buffer * bufferBytes + datagramAt;
  }

  lengthOf(buffer: number): number {
    return this.#memory.words[(buffer * bufferBytes + head.payloadlen) >> 2] as number;
  }

  wasTruncated(buffer: number): boolean {
    return ((this.#memory.words[(buffer * bufferBytes + head.flags) >> 2] as number) & MSG_TRUNC) !== 0;
  }

  readSource(buffer: number, into: Int32Array): void {
    readSockaddr(this.#memory.bytes, buffer * bufferBytes + nameAt, into);
  }
}
