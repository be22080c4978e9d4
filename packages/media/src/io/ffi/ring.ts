/**
 * io_uring(7) driven from TypeScript: what is to be done is written into one ring, what was done is read from another, and one system call for a
 * whole batch submits, waits, and is bounded by a time. Knows nothing of sockets.
 *
 *    submission, 64 octets: opcode u8, flags u8, priority u16, descriptor i32, offset or second address u64, address u64, length u32, operation's flags u32,
 *                           user data u64, buffer's group u16, personality u16, length of the second address u16, ...
 *    completion, 16 octets: user data u64, result i32, flags u32
 */
import { release } from 'node:os';
import type { BufferRing } from './buffer-ring.ts';
import { IoFailed, IoRefused, refusedOrFailed } from './io-failure.ts';
import { isKernelOlder } from './kernel-version.ts';
import { call, errno, failed, MSG_DONTWAIT, syscall, syscallOfRegister, syscallOfTwo } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import {
  ioCqringOffsets,
  ioSqringOffsets,
  ioUringBufReg,
  ioUringCqe,
  ioUringGeteventsArg,
  ioUringParams,
  ioUringSqe,
  timespec,
} from './struct-layout.ts';

const IORING_OFF_SQES = 0x1000_0000;
/** SINGLE_MMAP, EXT_ARG: all kernels from 5.11 on have them. */
const FEATURES_NEEDED = (1 << 0) | (1 << 8);
const FEAT_MIN_TIMEOUT = 1 << 15;
const oldestKernel = [6, 1] as const;
const SETUP_CQSIZE = 1 << 3;
const SETUP_CLAMP = 1 << 4;
/** One thread submits, and completions are worked on when it waits for them, not whenever they come: a third of the CPU (kernels from 6.1 on). */
const SETUP_DEFERRED = (1 << 12) | (1 << 13);
const REGISTER_BUFFER_RING = 22;
/** Of a receive: its buffers come from group 0, it goes on until it is cancelled, and looks first whether anything is there. */
const SQE_BUFFER_SELECT = 1 << 5;
const RECEIVE_FOREVER = (1 << 1) | (1 << 0);
/** Of a send: it is tried when it is submitted and never again, and says something only when it failed. So its memory is free after `enter`. */
const SQE_SKIP_SUCCESS = 1 << 6;
/** Of a completion. */
const hasBuffer = 1 << 0;
const hasMore = 1 << 1;
const ENTER_GETEVENTS = 1;
const ENTER_EXT_ARG = 1 << 3;

export const operation = { RECVMSG: 10, ASYNC_CANCEL: 14, READ: 22, SEND: 26 } as const;

/** Where in the memory for arguments: io_uring_params is the first, then io_uring_buf_reg, io_uring_getevents_arg and the timespec it points to. */
const at = { REGISTER: 256, WAIT: 512, TIME: 544 } as const;
const minWaitAt = at.WAIT + ioUringGeteventsArg.sigmask_sz + 4;
const waitBytes = BigInt(ioUringGeteventsArg.SIZE);
const sqeWords = ioUringSqe.SIZE >> 2;
const cqeWords = ioUringCqe.SIZE >> 2;
/** Words of a submission. */
const sqe = {
  DESCRIPTOR: ioUringSqe.fd >> 2,
  TO: ioUringSqe.off >> 2,
  ADDRESS: ioUringSqe.addr >> 2,
  LENGTH: ioUringSqe.len >> 2,
  OPERATION_FLAGS: ioUringSqe.msg_flags >> 2,
  USER_DATA: ioUringSqe.user_data >> 2,
  TO_LENGTH: ioUringSqe.addr_len >> 2,
} as const;
/** First words: the operation, its flags, its priority. */
const receives = operation.RECVMSG | (SQE_BUFFER_SELECT << 8) | (RECEIVE_FOREVER << 16);
const sends = operation.SEND | (SQE_SKIP_SUCCESS << 8);
/** Words of a completion. */
const cqe = {
  USER_DATA: ioUringCqe.user_data >> 2,
  RESULT: ioUringCqe.res >> 2,
  FLAGS: ioUringCqe.flags >> 2,
} as const;
/** What a wait may end with beside completions: its time is over, a signal came, the kernel has no room now. */
const expected: readonly number[] = [failed.ETIME, failed.EINTR, failed.EAGAIN, failed.EBUSY];

/** What a submission says beside its kind and target. */
export interface Submission {
  opcode: number;
  descriptor: number;
  /** Two words. */
  addressLow: number;
  addressHigh: number;
  length: number;
  /** Of a send: where the address stands that it goes to, two words, and how long that is; else 0. */
  toLow: number;
  toHigh: number;
  toLength: number;
  /** Come back with the completion. */
  index: number;
  kind: number;
}

export class Ring {
  readonly #descriptor: number;
  readonly #canGather: boolean;
  /** Rings and, in them, heads and tails. */
  readonly #words: Int32Array;
  readonly #entries: Int32Array;
  readonly #arguments: MappedMemory;
  readonly #argumentPointer: bigint;
  readonly #sqTail: number;
  readonly #sqMask: number;
  readonly #cqHead: number;
  readonly #cqTail: number;
  readonly #cqMask: number;
  readonly #cqes: number;
  #tail: number;
  #unsubmitted = 0;
  /** Of the completion that `next` has found. `buffer` is -1 where it has none; a receive that has no `more` to come must be begun again. */
  index = 0;
  kind = 0;
  result = 0;
  buffer = -1;
  more = false;

  /** @throws IoRefused where the kernel or a container does not give it, IoFailed */
  constructor(submissions: number, completions: number) {
    if (isKernelOlder(release(), oldestKernel)) throw new IoRefused(`kernel ${release()} is older than 6.1`);
    this.#arguments = MappedMemory.anonymous(4096);
    const { words } = this.#arguments;
    words[ioUringParams.cq_entries >> 2] = completions;
    words[ioUringParams.flags >> 2] = SETUP_CQSIZE | SETUP_CLAMP | SETUP_DEFERRED;
    const set = syscallOfTwo(call.IO_URING_SETUP, submissions, this.#arguments.pointer(0));
    this.#descriptor = set;
    if (set < 0) throw refusedOrFailed('io_uring_setup', errno());
    const parameter = (at: number) => words[at >> 2] as number;
    const features = parameter(ioUringParams.features);
    if ((features & FEATURES_NEEDED) !== FEATURES_NEEDED) throw new IoFailed(`features ${features} of io_uring`, 0);
    this.#canGather = (features & FEAT_MIN_TIMEOUT) !== 0;
    const sq = (at: number) => parameter(ioUringParams.sq_off + at);
    const cq = (at: number) => parameter(ioUringParams.cq_off + at);
    const sqEntries = parameter(ioUringParams.sq_entries);
    const ringBytes = Math.max(
      sq(ioSqringOffsets.array) + sqEntries * 4,
      cq(ioCqringOffsets.cqes) + parameter(ioUringParams.cq_entries) * ioUringCqe.SIZE,
    );
    this.#words = MappedMemory.of(set, ringBytes, 0).words;
    this.#entries = MappedMemory.of(set, sqEntries * ioUringSqe.SIZE, IORING_OFF_SQES).words;
    this.#sqTail = sq(ioSqringOffsets.tail) >> 2;
    this.#sqMask = this.#words[sq(ioSqringOffsets.ring_mask) >> 2] as number;
    this.#cqHead = cq(ioCqringOffsets.head) >> 2;
    this.#cqTail = cq(ioCqringOffsets.tail) >> 2;
    this.#cqMask = this.#words[cq(ioCqringOffsets.ring_mask) >> 2] as number;
    this.#cqes = cq(ioCqringOffsets.cqes) >> 2;
    this.#tail = this.#words[this.#sqTail] as number;
    const array = sq(ioSqringOffsets.array) >> 2;
    // Entry n of the array always names submission n.
    for (let entry = 0; entry <= this.#sqMask; entry++) this.#words[array + entry] = entry;
    this.#argumentPointer = this.#arguments.pointer(at.WAIT);
    this.#arguments.putPointer(words, (at.WAIT + ioUringGeteventsArg.ts) >> 2, at.TIME);
  }

  /** Makes these the buffers of group 0. @throws IoRefused, IoFailed */
  useBuffers(ring: BufferRing): void {
    const { bytes, words } = this.#arguments;
    bytes.fill(0, at.REGISTER, at.REGISTER + ioUringBufReg.SIZE);
    const { pointer } = ring;
    const address = (at.REGISTER + ioUringBufReg.ring_addr) >> 2;
    words[address] = Number(pointer & 0xffff_ffffn) | 0;
    words[address + 1] = Number(pointer >> 32n);
    words[(at.REGISTER + ioUringBufReg.ring_entries) >> 2] = ring.count;
    const registration = this.#arguments.pointer(at.REGISTER);
    if (syscallOfRegister(call.IO_URING_REGISTER, this.#descriptor, REGISTER_BUFFER_RING, registration, 1) < 0)
      throw refusedOrFailed('buffers of io_uring', errno());
  }

  /** Of how many entries the ring is. */
  get size(): number {
    return this.#sqMask + 1;
  }

  /** Which entry the next `push` will take: what an earlier send in it pointed at is the kernel's no longer. */
  place(): number {
    if (this.#unsubmitted > this.#sqMask) this.enter(0, 0, 0);
    return this.#tail & this.#sqMask;
  }

  /** Into the ring; the kernel sees it with the next `enter`. */
  push(one: Submission): void {
    const first = this.place() * sqeWords;
    const entries = this.#entries;
    const isSend = one.opcode === operation.SEND;
    entries[first] = one.opcode === operation.RECVMSG ? receives : isSend ? sends : one.opcode;
    entries[first + sqe.DESCRIPTOR] = one.descriptor;
    entries[first + sqe.TO] = one.toLow;
    entries[first + sqe.TO + 1] = one.toHigh;
    entries[first + sqe.TO_LENGTH] = one.toLength;
    entries[first + sqe.OPERATION_FLAGS] = isSend ? MSG_DONTWAIT : 0;
    entries[first + sqe.ADDRESS] = one.addressLow;
    entries[first + sqe.ADDRESS + 1] = one.addressHigh;
    entries[first + sqe.LENGTH] = one.length;
    entries[first + sqe.USER_DATA] = one.index;
    entries[first + sqe.USER_DATA + 1] = one.kind;
    this.#tail = (this.#tail + 1) | 0;
    this.#unsubmitted++;
    Atomics.store(this.#words, this.#sqTail, this.#tail);
  }

  /**
   * Submits, and waits until so many completions are there. After `gatherUs` one is enough (kernels from 6.12 on; on others at once), and after
   * `untilUs` none is needed. What the kernel did not take stays in the ring. @throws IoFailed
   */
  enter(completions: number, gatherUs: number, untilUs: number): void {
    const { words } = this.#arguments;
    const gathers = this.#canGather && gatherUs > 0;
    const wanted = gathers ? completions : Math.min(1, completions);
    words[minWaitAt >> 2] = gathers ? gatherUs : 0;
    const seconds = Math.floor(untilUs / 1e6);
    words[(at.TIME + timespec.tv_sec) >> 2] = seconds;
    words[(at.TIME + timespec.tv_nsec) >> 2] = Math.floor((untilUs - seconds * 1e6) * 1000);
    const flags = completions === 0 ? 0 : ENTER_GETEVENTS | ENTER_EXT_ARG;
    const pointer = completions === 0 ? 0n : this.#argumentPointer;
    const size = completions === 0 ? 0n : waitBytes;
    const done = syscall(call.IO_URING_ENTER, this.#descriptor, this.#unsubmitted, wanted, flags, pointer, size);
    if (done >= 0) {
      this.#unsubmitted -= done;
      return;
    }
    const why = errno();
    if (!expected.includes(why)) throw new IoFailed('io_uring_enter', why);
  }

  /** Reads the next completion into `index`, `kind` and `result`; false: there is none. */
  next(): boolean {
    const words = this.#words;
    const head = words[this.#cqHead] as number;
    if (head === Atomics.load(words, this.#cqTail)) return false;
    const first = this.#cqes + (head & this.#cqMask) * cqeWords;
    this.index = words[first + cqe.USER_DATA] as number;
    this.kind = words[first + cqe.USER_DATA + 1] as number;
    this.result = words[first + cqe.RESULT] as number;
    const flags = words[first + cqe.FLAGS] as number;
    this.buffer = (flags & hasBuffer) === 0 ? -1 : flags >>> 16;
    this.more = (flags & hasMore) !== 0;
    Atomics.store(words, this.#cqHead, (head + 1) | 0);
    return true;
  }
}
