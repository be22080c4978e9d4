/**
 * The C library's functions that packet I/O needs, by `node:ffi`. A signature that does not fit crashes the process: they stand in this one file,
 * and are only loaded where probe-child.ts has tried them in a child. Linux on x64 and arm64 alone (their numbers are the same but where two stand).
 *
 * Functions are constants of the module, not properties: reached through an object a call takes three times as long. Results of `ssize_t` are read as
 * their low 32 bits, so that no BigInt is made. A call with more than three arguments makes an array of them (Node 26): none is made per packet.
 */
import { DynamicLibrary, getInt32 } from 'node:ffi';

const libc = new DynamicLibrary(null);

export const mmap = libc.getFunction('mmap', {
  arguments: ['uint64', 'uint64', 'int32', 'int32', 'int32', 'int64'],
  return: 'uint64',
});
export const socket = libc.getFunction('socket', { arguments: ['int32', 'int32', 'int32'], return: 'int32' });
export const bind = libc.getFunction('bind', { arguments: ['int32', 'uint64', 'uint32'], return: 'int32' });
export const setsockopt = libc.getFunction('setsockopt', {
  arguments: ['int32', 'int32', 'int32', 'uint64', 'uint32'],
  return: 'int32',
});
export const close = libc.getFunction('close', { arguments: ['int32'], return: 'int32' });
export const read = libc.getFunction('read', { arguments: ['int32', 'uint64', 'uint64'], return: 'int32' });
export const sendmsg = libc.getFunction('sendmsg', { arguments: ['int32', 'uint64', 'int32'], return: 'int32' });
export const recvmsg = libc.getFunction('recvmsg', { arguments: ['int32', 'uint64', 'int32'], return: 'int32' });
export const epollCreate = libc.getFunction('epoll_create1', { arguments: ['int32'], return: 'int32' });
export const epollCtl = libc.getFunction('epoll_ctl', {
  arguments: ['int32', 'int32', 'int32', 'uint64'],
  return: 'int32',
});
export const epollWait = libc.getFunction('epoll_wait', {
  arguments: ['int32', 'uint64', 'int32', 'int32'],
  return: 'int32',
});
export const ppoll = libc.getFunction('ppoll', {
  arguments: ['uint64', 'uint64', 'uint64', 'uint64'],
  return: 'int32',
});
export const clockGetTime = libc.getFunction('clock_gettime', { arguments: ['int32', 'uint64'], return: 'int32' });
export const CLOCK_MONOTONIC = 1;
export const eventfd = libc.getFunction('eventfd', { arguments: ['uint32', 'int32'], return: 'int32' });
/** io_uring_enter(descriptor, submissions, completions, flags, argument, size), which has no function of its own in libc. */
export const syscall = libc.getFunction('syscall', {
  arguments: ['int64', 'int32', 'uint32', 'uint32', 'uint32', 'uint64', 'uint64'],
  return: 'int32',
});
/** io_uring_setup(entries, parameters): the same symbol with another signature needs another handle. */
export const syscallOfTwo = new DynamicLibrary(null).getFunction('syscall', {
  arguments: ['int64', 'uint32', 'uint64'],
  return: 'int32',
});
/** io_uring_register(descriptor, opcode, argument, count). */
export const syscallOfRegister = new DynamicLibrary(null).getFunction('syscall', {
  arguments: ['int64', 'int32', 'uint32', 'uint64', 'uint32'],
  return: 'int32',
});
/** epoll_pwait2(descriptor, events, count, time, signals, their size), which C libraries before 2.35 do not have. */
export const syscallOfEpoll = new DynamicLibrary(null).getFunction('syscall', {
  arguments: ['int64', 'int32', 'uint64', 'int32', 'uint64', 'uint64', 'uint64'],
  return: 'int32',
});
const errnoLocation = libc.getFunction('__errno_location', { arguments: [], return: 'uint64' });

/** Of the call just made in this thread. */
export function errno(): number {
  return getInt32(errnoLocation(), 0);
}

/** Numbers of system calls; the same on x64 and arm64. */
export const call = {
  IO_URING_SETUP: 425n,
  IO_URING_ENTER: 426n,
  IO_URING_REGISTER: 427n,
  EPOLL_PWAIT2: 441n,
} as const;

/** Errors, as <errno.h> has them on Linux. */
export const failed = {
  EPERM: 1,
  EINTR: 4,
  EAGAIN: 11,
  EBUSY: 16,
  ENFILE: 23,
  EMFILE: 24,
  ENOSYS: 38,
  ETIME: 62,
  EADDRINUSE: 98,
  ENOBUFS: 105,
} as const;

export const family = { INET: 2, INET6: 10 } as const;
/** SOCK_DGRAM with SOCK_CLOEXEC and SOCK_NONBLOCK. */
export const datagramSocket = 2 | 0o2000000 | 0o4000;
/** EFD_CLOEXEC and EFD_NONBLOCK. */
export const eventFlags = 0o2000000 | 0o4000;
export const option = {
  SOL_SOCKET: 1,
  SO_RCVBUF: 8,
  IPPROTO_IP: 0,
  IP_TOS: 1,
  IPPROTO_IPV6: 41,
  IPV6_V6ONLY: 26,
  IPV6_TCLASS: 67,
} as const;
/** Of epoll_create1, epoll_ctl, and what is waited for: EPOLLIN, which poll(2) calls POLLIN. */
export const epoll = { CLOSE_ON_EXEC: 0o2000000, ADD: 1, REMOVE: 2, IN: 1 } as const;
export const MSG_DONTWAIT = 0x40;
/** In the flags of a received message: it was longer than the buffer. */
export const MSG_TRUNC = 0x20;
