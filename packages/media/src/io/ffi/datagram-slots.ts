/**
 * Room for datagrams, each with what sendmsg(2) and recvmsg(2) want to know, or io_uring's send, which wants less: a slot of 2,304 octets.
 *
 *       0                  2048            2080          2096                    2152
 *       +------------------+---------------+-------------+-----------------------+
 *       | the datagram     | sockaddr      | iovec       | msghdr                |
 *       +------------------+---------------+-------------+-----------------------+
 */
import { MSG_TRUNC } from './libc.ts';
import type { MappedMemory } from './mapped-memory.ts';
import { readSockaddr, type SocketAddress, writeSockaddr } from './socket-address.ts';
import { iovec, msghdr, sockaddrIn6 } from './struct-layout.ts';

export const slotBytes = 2304;
export const datagramBytes = 2048;
const layout = { SOCKADDR: 2048, IOVEC: 2080, MSGHDR: 2096 } as const;

export class DatagramSlots {
  readonly memory: MappedMemory;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  /** One for all packets. */
  readonly #to: SocketAddress = { words: new Int32Array(0), at: 0, isV6: false };

  readonly #first: number;

  /** @param first where in the memory the slots begin */
  constructor(memory: MappedMemory, first: number) {
    this.memory = memory;
    this.#first = first;
    this.#words = memory.words;
    this.#bytes = memory.bytes;
  }

  /** Once before a slot's msghdr is used. */
  prepare(slot: number): void {
    const at = this.offsetOf(slot);
    const words = this.#words;
    const header = at + layout.MSGHDR;
    this.#pointAt(at, at, datagramBytes);
    this.memory.putPointer(words, (header + msghdr.msg_name) >> 2, at + layout.SOCKADDR);
    words[(header + msghdr.msg_namelen) >> 2] = sockaddrIn6.SIZE;
    this.memory.putPointer(words, (header + msghdr.msg_iov) >> 2, at + layout.IOVEC);
    words[(header + msghdr.msg_iovlen) >> 2] = 1;
  }

  #pointAt(slotAt: number, at: number, length: number): void {
    this.memory.putPointer(this.#words, (slotAt + layout.IOVEC + iovec.iov_base) >> 2, at);
    this.#words[(slotAt + layout.IOVEC + iovec.iov_len) >> 2] = length;
  }

  /** Where the slot begins in `memory.bytes`. */
  offsetOf(slot: number): number {
    return this.#first + slot * slotBytes;
  }

  /** Where its msghdr begins in the memory. */
  headerOf(slot: number): number {
    return this.offsetOf(slot) + layout.MSGHDR;
  }

  /** Copies a datagram in, and where it goes. Longer ones are none of ours: false. */
  fill(slot: number, from: Uint8Array, offset: number, length: number): boolean {
    if (length > datagramBytes) return false;
    const at = this.offsetOf(slot);
    const bytes = this.#bytes;
    if (from.buffer === bytes.buffer) bytes.copyWithin(at, offset, offset + length);
    else for (let index = 0; index < length; index++) bytes[at + index] = from[offset + index] as number;
    this.#words[(at + layout.IOVEC + iovec.iov_len) >> 2] = length;
    return true;
  }

  /** Names a datagram that stands in this memory, where it is. */
  fillInPlace(slot: number, offset: number, length: number): boolean {
    if (length > datagramBytes) return false;
    this.#pointAt(this.offsetOf(slot), offset, length);
    return true;
  }

  /** Where its sockaddr begins in the memory. */
  addressOf(slot: number): number {
    return this.offsetOf(slot) + layout.SOCKADDR;
  }

  /**
   * @param isV6 of the socket: an IPv4 address goes into an IPv6 socket's as `::ffff:a.b.c.d`, which it refuses
   * @returns how long the sockaddr is
   */
  address(slot: number, destination: Int32Array, at: number, isV6: boolean): number {
    this.#to.words = destination;
    this.#to.at = at;
    this.#to.isV6 = isV6;
    const start = this.offsetOf(slot);
    const length = writeSockaddr(this.#bytes, start + layout.SOCKADDR, this.#to);
    this.#words[(start + layout.MSGHDR + msghdr.msg_namelen) >> 2] = length;
    return length;
  }

  /** Of a datagram that was received. False: it was longer than the slot. */
  isWhole(slot: number): boolean {
    return ((this.#words[(this.headerOf(slot) + msghdr.msg_flags) >> 2] as number) & MSG_TRUNC) === 0;
  }

  /** Where a datagram that was received came from; from now on the slot may receive another. */
  takeSource(slot: number, into: Int32Array): void {
    readSockaddr(this.#bytes, this.offsetOf(slot) + layout.SOCKADDR, into);
    // The kernel has written how long it is, where it reads next time how long it may be.
    this.#words[(this.headerOf(slot) + msghdr.msg_namelen) >> 2] = sockaddrIn6.SIZE;
  }
}
