/** Which descriptor a UDP socket of this process has, by Linux's /proc: Node does not tell. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { SocketAddress } from '../transport/flow.ts';

/** Of a socket bound to that IPv4 address; undefined where there is none, or no /proc. */
export function descriptorOf({ address, port }: SocketAddress): number | undefined {
  try {
    const inode = inodeOf(address, port);
    return inode === undefined ? undefined : descriptorOfInode(inode);
  } catch {
    return undefined;
  }
}

/** Lines of /proc/net/udp: slot, local address, remote address, state, queues, timer, retransmissions, uid, timeout, inode. */
function inodeOf(address: string, port: number): string | undefined {
  const octets = address.split('.').map(Number).reverse();
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
  const wanted = `${octets.map((octet) => hex(octet, 2)).join('')}:${hex(port, 4)}`;
  for (const line of readFileSync('/proc/self/net/udp', 'latin1').split('\n')) {
    const [, local, , , , , , , , inode] = line.trim().split(/\s+/);
    if (local === wanted) return inode;
  }
  return undefined;
}

function descriptorOfInode(inode: string): number | undefined {
  for (const name of readdirSync('/proc/self/fd')) {
    if (linkOf(name) === `socket:[${inode}]`) return Number(name);
  }
  return undefined;
}

/** That of the folder being read is gone by then. */
function linkOf(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    return '';
  }
}
