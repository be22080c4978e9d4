/**
 * Room for datagrams on their way out, each with what sendmsg(2) wants to know: a slot of 2,304 octets.
 *
 *       0                  2048            2080          2096                    2152
 *       +------------------+---------------+-------------+-----------------------+
 *       | the datagram     | sockaddr      | iovec       | msghdr                |
 *       +------------------+---------------+-------------+-----------------------+
 *
 *    iovec    base u64, length u64
 *    msghdr   name u64, name length u32, gap u32, iovec u64, count u64, control u64, control length u64, flags i32
 */
import type { MappedMemory } from './mapped-memory.ts';
import { type SocketAddress, sockaddrBytes, writeSockaddr } from './socket-address.ts';

export const slotBytes = 2304;
export const datagramBytes = 2048;
export const layout = { SOCKADDR: 2048, IOVEC: 2080, MSGHDR: 2096 } as const;
/** Offsets within msghdr. */
export const msghdr = { NAME: 0, NAME_LENGTH: 8, IOVEC: 16, COUNT: 24 } as const;

export class DatagramSlots {
  readonly memory: MappedMemory;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  /** One for all packets. */
  readonly #to: SocketAddress = { words: new Int32Array(0), at: 0, isV6: false };

  readonly #first: number;

  /** @param first where in the memory the slots begin */
  constructor(memory: MappedMemory, first: number, count: number) {
    this.memory = memory;
    this.#first = first;
    this.#words = memory.words;
    this.#bytes = memory.bytes;
    for (let slot = 0; slot < count; slot++) this.#prepare(this.offsetOf(slot));
  }

  #prepare(at: number): void {
    const words = this.#words;
    this.memory.putPointer(words, (at + layout.IOVEC) >> 2, at);
    words[(at + layout.IOVEC + 8) >> 2] = datagramBytes;
    const header = at + layout.MSGHDR;
    this.memory.putPointer(words, (header + msghdr.NAME) >> 2, at + layout.SOCKADDR);
    words[(header + msghdr.NAME_LENGTH) >> 2] = sockaddrBytes.INET6;
    this.memory.putPointer(words, (header + msghdr.IOVEC) >> 2, at + layout.IOVEC);
    words[(header + msghdr.COUNT) >> 2] = 1;
  }

  /** Where the slot begins in `memory.bytes`. */
  offsetOf(slot: number): number {
    return this.#first + slot * slotBytes;
  }

  /** Copies a datagram in, and where it goes. Longer ones are none of ours: false. */
  fill(slot: number, from: Uint8Array, offset: number, length: number): boolean {
    if (length > datagramBytes) return false;
    const at = this.offsetOf(slot);
    const bytes = this.#bytes;
    if (from.buffer === bytes.buffer) bytes.copyWithin(at, offset, offset + length);
    else for (let index = 0; index < length; index++) bytes[at + index] = from[offset + index] as number;
    this.#words[(at + layout.IOVEC + 8) >> 2] = length;
    return true;
  }

  /** @param isV6 of the socket: an IPv4 address goes into an IPv6 socket's as `::ffff:a.b.c.d`, which it refuses */
  address(slot: number, destination: Int32Array, at: number, isV6: boolean): void {
    this.#to.words = destination;
    this.#to.at = at;
    this.#to.isV6 = isV6;
    const start = this.offsetOf(slot);
    const length = writeSockaddr(this.#bytes, start + layout.SOCKADDR, this.#to);
    this.#words[(start + layout.MSGHDR + msghdr.NAME_LENGTH) >> 2] = length;
  }
}
