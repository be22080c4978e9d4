/** Addresses as the kernel has them: struct sockaddr_in and sockaddr_in6, from and to five words (address.ts). */
import { isIpv4, portOf } from '../address.ts';
import { family } from './libc.ts';
import { sockaddrIn, sockaddrIn6 } from './struct-layout.ts';

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
  bytes[start + sockaddrIn.sin_port] = port >>> 8;
  bytes[start + sockaddrIn.sin_port + 1] = port;
  if (!isV6) {
    putWord(bytes, start + sockaddrIn.sin_addr, words[at + 3] as number);
    return sockaddrIn.SIZE;
  }
  const host = start + sockaddrIn6.sin6_addr;
  putWord(bytes, start + sockaddrIn6.sin6_flowinfo, 0);
  for (let index = 0; index < 4; index++) putWord(bytes, host + 4 * index, words[at + index] as number);
  putWord(bytes, start + sockaddrIn6.sin6_scope_id, 0);
  return sockaddrIn6.SIZE;
}

export function readSockaddr(bytes: Uint8Array, start: number, into: Int32Array): void {
  const port = start + sockaddrIn.sin_port;
  into[4] = ((bytes[port] as number) << 8) | (bytes[port + 1] as number);
  if (bytes[start] === family.INET6) {
    for (let index = 0; index < 4; index++) into[index] = wordAt(bytes, start + sockaddrIn6.sin6_addr + 4 * index);
    return;
  }
  into[0] = 0;
  into[1] = 0;
  into[2] = 0xffff;
  into[3] = wordAt(bytes, start + sockaddrIn.sin_addr);
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
