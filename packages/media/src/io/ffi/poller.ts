/**
 * epoll(7), level-triggered: which sockets have something to read, each known by a number. Waits are bounded, in microseconds, also on kernels before 5.11 and
 * in containers that do not know epoll_pwait2(2): there ppoll(2) waits for the epoll descriptor itself, and epoll_wait(2) takes what it has.
 */
import { IoFailed, refusedOrFailed } from './io-failure.ts';
import { call, epoll, epollCreate, epollCtl, epollWait, errno, failed, ppoll, syscallOfEpoll } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { epollEvent, pollfd, timespec } from './struct-layout.ts';

/** Of one call; more are taken up by the next. */
export const mostEvents = 256;
const at = { TIME: 0, POLL: 16, EVENT: 32, EVENTS: 64 } as const;

export class Poller {
  readonly #descriptor: number;
  readonly #memory = MappedMemory.anonymous(at.EVENTS + mostEvents * epollEvent.SIZE);
  readonly #words = this.#memory.words;
  readonly #time = this.#memory.pointer(at.TIME);
  readonly #poll = this.#memory.pointer(at.POLL);
  readonly #event = this.#memory.pointer(at.EVENT);
  readonly #events = this.#memory.pointer(at.EVENTS);
  readonly #waitsAtOnce: boolean;

  /** @throws IoRefused, IoFailed */
  constructor({ waitsByPpoll }: { readonly waitsByPpoll: boolean }) {
    this.#descriptor = epollCreate(epoll.CLOSE_ON_EXEC);
    if (this.#descriptor < 0) throw refusedOrFailed('epoll_create1', errno());
    this.#words[(at.POLL + pollfd.events) >> 2] = epoll.IN;
    this.#waitsAtOnce = !waitsByPpoll && this.#canWaitAtOnce();
  }

  /** From now on `number` is found when the descriptor has something to read. @returns false: the kernel has no room for one more */
  add(descriptor: number, number: number): boolean {
    this.#words[(at.EVENT + epollEvent.events) >> 2] = epoll.IN;
    this.#words[(at.EVENT + epollEvent.data) >> 2] = number;
    return epollCtl(this.#descriptor, epoll.ADD, descriptor, this.#event) === 0;
  }

  /** To be called before the descriptor is closed. */
  remove(descriptor: number): void {
    epollCtl(this.#descriptor, epoll.REMOVE, descriptor, this.#event);
  }

  /** Waits until something can be read, or so long. @returns how many were found */
  wait(forUs: number): number {
    if (!this.#waitsAtOnce) {
      if (forUs > 0) this.sleep(this.#descriptor, forUs);
      return this.#found('epoll_wait', epollWait(this.#descriptor, this.#events, mostEvents, 0));
    }
    return this.#found('epoll_pwait2', this.#waitAtOnce(forUs));
  }

  /** Of the last wait, in no order. */
  numberAt(index: number): number {
    return this.#words[(at.EVENTS + index * epollEvent.SIZE + epollEvent.data) >> 2] as number;
  }

  /** Waits until this one descriptor can be read, or so long. */
  sleep(descriptor: number, forUs: number): void {
    this.#words[(at.POLL + pollfd.fd) >> 2] = descriptor;
    this.#putTime(forUs);
    this.#found('ppoll', ppoll(this.#poll, 1n, this.#time, 0n));
  }

  #waitAtOnce(forUs: number): number {
    this.#putTime(forUs);
    return syscallOfEpoll(call.EPOLL_PWAIT2, this.#descriptor, this.#events, mostEvents, this.#time, 0n, 8n);
  }

  #canWaitAtOnce(): boolean {
    if (this.#waitAtOnce(0) >= 0) return true;
    const why = errno();
    // EPERM: what containers answer for a call that they do not know.
    if (why === failed.ENOSYS || why === failed.EPERM) return false;
    throw new IoFailed('epoll_pwait2', why);
  }

  #putTime(us: number): void {
    const seconds = Math.floor(us / 1e6);
    this.#words[(at.TIME + timespec.tv_sec) >> 2] = seconds;
    this.#words[(at.TIME + timespec.tv_nsec) >> 2] = (us - seconds * 1e6) * 1000;
  }

  #found(what: string, count: number): number {
    if (count >= 0) return count;
    const why = errno();
    if (why === failed.EINTR) return 0;
    throw new IoFailed(what, why);
  }
}
