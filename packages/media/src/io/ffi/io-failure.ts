/** What a system call says when it does not do what packet I/O asks: the machine gives it not at all, or something is wrong. */

/** EPERM, ENOSYS: by which a container that forbids a call, or a kernel without it, says so. */
const notGiven: readonly number[] = [1, 38];

/** EPERM, EBADF, EFAULT, EINVAL, ENOSYS, ENOTSOCK: nothing that a network does. */
const defects: readonly number[] = [1, 9, 14, 22, 38, 88];

/** The kernel or a container does not give this kind of packet I/O: another one is taken. */
export class IoRefused extends Error {
  readonly code = 'media_io_refused';
  constructor(what: string) {
    super(what);
    this.name = 'IoRefused';
  }
}

/** A call failed that must not: a defect of ours, or a machine in need. At start another kind is taken, later the engine ends and is started again. */
export class IoFailed extends Error {
  readonly code = 'media_io_failed';
  constructor(what: string, errno: number) {
    super(`${what}: errno ${errno}`);
    this.name = 'IoFailed';
  }
}

/** For a call that is the first to need what may not be given. */
export function refusedOrFailed(what: string, errno: number): IoRefused | IoFailed {
  return notGiven.includes(errno) ? new IoRefused(`${what}: not given (errno ${errno})`) : new IoFailed(what, errno);
}

/** Whether a socket's call failed for what would be so the next time as well. */
export function isDefect(errno: number): boolean {
  return defects.includes(errno);
}
