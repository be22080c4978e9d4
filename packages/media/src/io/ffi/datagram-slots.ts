/**
 * Room for datagrams on their way in or out, each with what recvmsg(2) and sendmsg(2) want to know: a slot of 2,304 octets.
 *
 *       0                  2048            2080          2096                    2152
 *       +------------------+---------------+-------------+-----------------------+
 *       | the datagram     | sockaddr      | iovec       | msghdr                |
 *       +------------------+---------------+-------------+-----------------------+
 *
 *    iovec    base u64, length u64
 *    msghdr   name u64, name length u32, gap u32, iovec u64, count u64, control u64, control length u64, flags i32
 *    sockaddr IPv4: family u16, port u16 BE, address u32 BE; IPv6: family u16, port u16 BE, flow u32, address 16, scope u32
 */
import { isIpv4, portOf } from '../address.ts';
import { family, MSG_TRUNC } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';

export const slotBytes = 2304;
export const datagramBytes = 2048;
export const layout = { SOCKADDR: 2048, IOVEC: 2080, MSGHDR: 2096 } as const;
/** Offsets within msghdr. */
export const msghdr = { NAME: 0, NAME_LENGTH: 8, IOVEC: 16, COUNT: 24, FLAGS: 48 } as const;
export const sockaddrBytes = { INET: 16, INET6: 28 } as const;

export class DatagramSlots {
  readonly memory: MappedMemory;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  /** One for all packets. */
  readonly #to: SocketAddress = { words: new Int32Array(0), at: 0, isV6: false };

  constructor(count: number) {
    this.memory = MappedMemory.anonymous(count * slotBytes);
    this.#words = this.memory.words;
    this.#bytes = this.memory.bytes;
    for (let slot = 0; slot < count; slot++) this.#prepare(slot);
  }

  #prepare(slot: number): void {
    const at = slot * slotBytes;
    const words = this.#words;
    this.memory.putPointer(words, (at + layout.IOVEC) >> 2, at);
    words[(at + layout.IOVEC + 8) >> 2] = datagramBytes;
    const header = at + layout.MSGHDR;
    this.memory.putPointer(words, (header + msghdr.NAME) >> 2, at + layout.SOCKADDR);
    words[(header + msghdr.NAME_LENGTH) >> 2] = sockaddrBytes.INET6;
    this.memory.putPointer(words, (header + msghdr.IOVEC) >> 2, at + layout.IOVEC);
    words[(header + msghdr.COUNT) >> 2] = 1;
  }

  /** Where the slot's datagram begins in `memory.bytes`. */
  offsetOf(slot: number): number {
    return slot * slotBytes;
  }

  /** The kernel has written how long the name was; it wants to read how long it may be. */
  readyToReceive(slot: number): void {
    this.#words[(slot * slotBytes + layout.MSGHDR + msghdr.NAME_LENGTH) >> 2] = sockaddrBytes.INET6;
  }

  wasTruncated(slot: number): boolean {
    return ((this.#words[(slot * slotBytes + layout.MSGHDR + msghdr.FLAGS) >> 2] ?? 0) & MSG_TRUNC) !== 0;
  }

  /** Copies a datagram in, and where it goes. Longer ones are none of ours: false. */
  fill(slot: number, from: Uint8Array, offset: number, length: number): boolean {
    if (length > datagramBytes) return false;
    const at = slot * slotBytes;
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
    const length = writeSockaddr(this.#bytes, slot * slotBytes + layout.SOCKADDR, this.#to);
    this.#words[(slot * slotBytes + layout.MSGHDR + msghdr.NAME_LENGTH) >> 2] = length;
  }

  /** The source of what was received, as five words. */
  readSource(slot: number, into: Int32Array): void {
    readSockaddr(this.#bytes, slot * slotBytes + layout.SOCKADDR, into);
  }
}

/** Five words, and the family of the socket that is to send there. */
export interface SocketAddress {
  words: Int32Array;
  at: number;
  isV6: boolean;
}

/** @returns its length */
export function writeSockaddr(bytes: Uint8Array, start: number, address: SocketAddress): number {
  const { words, at, isV6 } = address;
  const port = portOf(words, at);
  bytes[start] = isV6 ? family.INET6 : family.INET;
  bytes[start + 1] = 0;
  bytes[start + 2] = port >>> 8;
  bytes[start + 3] = port;
  if (!isV6) {
    putWord(bytes, start + 4, words[at + 3] as number);
    return sockaddrBytes.INET;
  }
  putWord(bytes, start + 4, 0);
  for (let index = 0; index < 4; index++) putWord(bytes, start + 8 + 4 * index, words[at + index] as number);
  putWord(bytes, start + 24, 0);
  return sockaddrBytes.INET6;
}

export function readSockaddr(bytes: Uint8Array, start: number, into: Int32Array): void {
  into[4] = ((bytes[start + 2] as number) << 8) | (bytes[start + 3] as number);
  if (bytes[start] === family.INET6) {
    for (let index = 0; index < 4; index++) into[index] = wordAt(bytes, start + 8 + 4 * index);
    return;
  }
  into[0] = 0;
  into[1] = 0;
  into[2] = 0xffff;
  into[3] = wordAt(bytes, start + 4);
}

/** Whether a socket of that family can reach it. */
export function fits(words: Int32Array, at: number, isV6: boolean): boolean {
  return isIpv4(words, at) !== isV6;
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
