/**
 * The kernel's structures: sizes, and where their fields begin, in octets and by the names that the C headers give them. On x64 and arm64 they are the same,
 * but for epoll_event. tools/struct-layout.integration.test.ts holds them against a table, and the table against the C compiler where there is one.
 */

// <sys/socket.h>, <sys/uio.h>, <netinet/in.h>
export const iovec = { SIZE: 16, iov_base: 0, iov_len: 8 } as const;
export const msghdr = {
  SIZE: 56,
  msg_name: 0,
  msg_namelen: 8,
  msg_iov: 16,
  msg_iovlen: 24,
  msg_control: 32,
  msg_controllen: 40,
  msg_flags: 48,
} as const;
export const sockaddrIn = { SIZE: 16, sin_family: 0, sin_port: 2, sin_addr: 4 } as const;
export const sockaddrIn6 = {
  SIZE: 28,
  sin6_family: 0,
  sin6_port: 2,
  sin6_flowinfo: 4,
  sin6_addr: 8,
  sin6_scope_id: 24,
} as const;

// <time.h>, <poll.h>, <sys/epoll.h>
export const timespec = { SIZE: 16, tv_sec: 0, tv_nsec: 8 } as const;
export const pollfd = { SIZE: 8, fd: 0, events: 4, revents: 6 } as const;
const packedEpollEvent = { SIZE: 12, events: 0, data: 4 } as const;
const alignedEpollEvent = { SIZE: 16, events: 0, data: 8 } as const;
/** Packed on x64, so that it is what it was with 32 bits; on no other architecture. */
export const epollEvent = epollEventOf(process.arch);

// <linux/io_uring.h>
export const ioUringParams = {
  SIZE: 120,
  sq_entries: 0,
  cq_entries: 4,
  flags: 8,
  features: 20,
  sq_off: 40,
  cq_off: 80,
} as const;
export const ioSqringOffsets = { SIZE: 40, head: 0, tail: 4, ring_mask: 8, array: 24 } as const;
export const ioCqringOffsets = { SIZE: 40, head: 0, tail: 4, ring_mask: 8, cqes: 20 } as const;
export const ioUringSqe = {
  SIZE: 64,
  opcode: 0,
  flags: 1,
  ioprio: 2,
  fd: 4,
  off: 8,
  addr: 16,
  len: 24,
  msg_flags: 28,
  user_data: 32,
  buf_group: 40,
  addr_len: 44,
} as const;
export const ioUringCqe = { SIZE: 16, user_data: 0, res: 8, flags: 12 } as const;
export const ioUringBuf = { SIZE: 16, addr: 0, len: 8, bid: 12 } as const;
export const ioUringBufRing = { SIZE: 16, tail: 14 } as const;
export const ioUringBufReg = { SIZE: 40, ring_addr: 0, ring_entries: 8, bgid: 12 } as const;
export const ioUringRecvmsgOut = { SIZE: 16, namelen: 0, controllen: 4, payloadlen: 8, flags: 12 } as const;
/** The kernel's min_wait_usec (from 6.12 on, before it padding) stands between sigmask_sz and ts. */
export const ioUringGeteventsArg = { SIZE: 24, sigmask: 0, sigmask_sz: 8, ts: 16 } as const;

type StructLayout = Readonly<Record<string, number>>;

/** All of them by their names in C. */
export function structsOf(architecture: string): Readonly<Record<string, StructLayout>> {
  return {
    iovec,
    msghdr,
    sockaddr_in: sockaddrIn,
    sockaddr_in6: sockaddrIn6,
    timespec,
    pollfd,
    epoll_event: epollEventOf(architecture),
    io_uring_params: ioUringParams,
    io_sqring_offsets: ioSqringOffsets,
    io_cqring_offsets: ioCqringOffsets,
    io_uring_sqe: ioUringSqe,
    io_uring_cqe: ioUringCqe,
    io_uring_buf: ioUringBuf,
    io_uring_buf_ring: ioUringBufRing,
    io_uring_buf_reg: ioUringBufReg,
    io_uring_recvmsg_out: ioUringRecvmsgOut,
    io_uring_getevents_arg: ioUringGeteventsArg,
  };
}

function epollEventOf(architecture: string): typeof packedEpollEvent | typeof alignedEpollEvent {
  return architecture === 'x64' ? packedEpollEvent : alignedEpollEvent;
}
