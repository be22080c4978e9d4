/**
 * The C library's functions for datagrams, by `node:ffi`. A signature that does not fit crashes the process: they stand in this one file, and are only
 * loaded where probe-child.ts has tried them in a child. Linux on x64 and arm64 alone, whose structures are the same.
 *
 * Functions are constants of the module, not properties, and take three arguments at most: anything else costs a call several times as much (Node 26).
 */
import { DynamicLibrary, getInt32 } from 'node:ffi';

const libc = new DynamicLibrary(null);

export const mmap = libc.getFunction('mmap', {
  arguments: ['uint64', 'uint64', 'int32', 'int32', 'int32', 'int64'],
  return: 'uint64',
});
/** Their `ssize_t` is read as its low 32 bits, so that no BigInt is made. */
export const sendmsg = libc.getFunction('sendmsg', { arguments: ['int32', 'uint64', 'int32'], return: 'int32' });
export const recvmsg = libc.getFunction('recvmsg', { arguments: ['int32', 'uint64', 'int32'], return: 'int32' });
export const setsockopt = libc.getFunction('setsockopt', {
  arguments: ['int32', 'int32', 'int32', 'uint64', 'uint32'],
  return: 'int32',
});
const errnoLocation = libc.getFunction('__errno_location', { arguments: [], return: 'uint64' });

/** Of the call just made in this thread. */
export function errno(): number {
  return getInt32(errnoLocation(), 0);
}

export const PROT_READ_WRITE = 3;
export const MAP_PRIVATE_ANONYMOUS = 0x22;
export const MAP_FAILED: bigint = 0xffff_ffff_ffff_ffffn;
export const MSG_DONTWAIT = 0x40;
export const AF_INET = 2;
export const IPPROTO_IP = 0;
export const IP_TOS = 1;
export const EINTR = 4;
export const EAGAIN = 11;
