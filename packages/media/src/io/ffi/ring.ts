/**
 * io_uring(7) driven from TypeScript: what is to be done is written into one ring, what was done is read from another, and one system call for a
 * whole batch submits, waits, and is bounded by a time. Knows nothing of sockets.
 *
 *    submission, 64 octets: opcode u8, flags u8, priority u16, descriptor i32, offset u64, address u64, length u32, operation's flags u32, user data u64, ...
 *    completion, 16 octets: user data u64, result i32, flags u32
 */
import type { BufferRing } from './buffer-ring.ts';
import { call, errno, syscall, syscallOfRegister, syscallOfTwo } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';

const IORING_OFF_SQES = 0x1000_0000;
const FEAT_SINGLE_MMAP = 1 << 0;
const FEAT_EXT_ARG = 1 << 8;
const FEAT_MIN_TIMEOUT = 1 << 15;
const SETUP_CQSIZE = 1 << 3;
const SETUP_CLAMP = 1 << 4;
/** One thread submits, and completions are worked on when it waits for them, not whenever they come: a third of the CPU (kernels from 6.1 on). */
const SETUP_DEFERRED = (1 << 12) | (1 << 13);
const REGISTER_BUFFER_RING = 22;
/** Of a receive: its buffers come from group 0, it goes on until it is cancelled, and looks first whether anything is there. */
const SQE_BUFFER_SELECT = 1 << 5;
const RECEIVE_FOREVER = (1 << 1) | (1 << 0);
/** Of a completion. */
const hasBuffer = 1 << 0;
const hasMore = 1 << 1;
const ENTER_GETEVENTS = 1;
const ENTER_EXT_ARG = 1 << 3;

export const operation = { SENDMSG: 9, RECVMSG: 10, ASYNC_CANCEL: 14, READ: 22 } as const;

/** Words of struct io_uring_params. */
const params = { SQ_ENTRIES: 0, CQ_ENTRIES: 1, FLAGS: 2, FEATURES: 5, SQ: 10, CQ: 20 } as const;
const sq = { TAIL: 1, MASK: 2, ARRAY: 6 } as const;
const cq = { HEAD: 0, TAIL: 1, MASK: 2, CQES: 5 } as const;
const sqeWords = 16;
const cqeWords = 4;
/** struct io_uring_getevents_arg and the timespec it points to. */
const argument = { REGISTER: 256, AT: 512, MIN_WAIT: 512 + 12, TIMESPEC: 512 + 16, TIME: 544, SIZE: 24n } as const;

export class RingRefused extends Error {
  readonly code = 'media_ring_refused';
  constructor(what: string) {
    super(what);
    this.name = 'RingRefused';
  }
}

/** What a submission says beside its kind and target. */
export interface Submission {
  opcode: number;
  descriptor: number;
  /** Two words. */
  addressLow: number;
  addressHigh: number;
  length: number;
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

  /** @throws RingRefused where the kernel or a sandbox does not want it */
  constructor(submissions: number, completions: number) {
    this.#arguments = MappedMemory.anonymous(4096);
    const { words } = this.#arguments;
    words[params.CQ_ENTRIES] = completions;
    words[params.FLAGS] = SETUP_CQSIZE | SETUP_CLAMP | SETUP_DEFERRED;
    const set = syscallOfTwo(call.IO_URING_SETUP, submissions, this.#arguments.pointer(0));
    this.#descriptor = set;
    if (set < 0) throw new RingRefused(`io_uring_setup: errno ${errno()}`);
    const features = words[params.FEATURES] ?? 0;
    if ((features & FEAT_SINGLE_MMAP) === 0 || (features & FEAT_EXT_ARG) === 0)
      throw new RingRefused('the kernel is older than 6.1');
    this.#canGather = (features & FEAT_MIN_TIMEOUT) !== 0;
    const offsets = (base: number, at: number) => words[base + at] as number;
    const ringBytes = Math.max(
      offsets(params.SQ, sq.ARRAY) + (words[params.SQ_ENTRIES] as number) * 4,
      offsets(params.CQ, cq.CQES) + (words[params.CQ_ENTRIES] as number) * 16,
    );
    this.#words = MappedMemory.of(set, ringBytes, 0).words;
    this.#entries = MappedMemory.of(set, (words[params.SQ_ENTRIES] as number) * 64, IORING_OFF_SQES).words;
    this.#sqTail = offsets(params.SQ, sq.TAIL) >> 2;
    this.#sqMask = this.#words[offsets(params.SQ, sq.MASK) >> 2] as number;
    this.#cqHead = offsets(params.CQ, cq.HEAD) >> 2;
    this.#cqTail = offsets(params.CQ, cq.TAIL) >> 2;
    this.#cqMask = this.#words[offsets(params.CQ, cq.MASK) >> 2] as number;
    this.#cqes = offsets(params.CQ, cq.CQES) >> 2;
    this.#tail = this.#words[this.#sqTail] as number;
    const array = offsets(params.SQ, sq.ARRAY) >> 2;
    // Entry n of the array always names submission n.
    for (let entry = 0; entry <= this.#sqMask; entry++) this.#words[array + entry] = entry;
    this.#argumentPointer = this.#arguments.pointer(argument.AT);
    this.#arguments.putPointer(words, argument.TIMESPEC >> 2, argument.TIME);
  }

  /** Makes these the buffers of group 0. @throws RingRefused */
  useBuffers(ring: BufferRing): void {
    const { bytes, words } = this.#arguments;
    bytes.fill(0, argument.REGISTER, argument.REGISTER + 40);
    const pointer = ring.pointer;
    words[argument.REGISTER >> 2] = Number(pointer & 0xffff_ffffn) | 0;
    words[(argument.REGISTER >> 2) + 1] = Number(pointer >> 32n);
    words[(argument.REGISTER >> 2) + 2] = ring.count;
    const at = this.#arguments.pointer(argument.REGISTER);
    if (syscallOfRegister(call.IO_URING_REGISTER, this.#descriptor, REGISTER_BUFFER_RING, at, 1) < 0)
      throw new RingRefused(`no buffers can be given to the kernel: errno ${errno()}`);
  }

  /** Into the ring; the kernel sees it with the next `enter`. */
  push(one: Submission): void {
    if (this.#unsubmitted > this.#sqMask) this.enter(0, 0, 0);
    const at = (this.#tail & this.#sqMask) * sqeWords;
    const entries = this.#entries;
    entries[at] =
      one.opcode === operation.RECVMSG ? one.opcode | (SQE_BUFFER_SELECT << 8) | (RECEIVE_FOREVER << 16) : one.opcode;
    entries[at + 1] = one.descriptor;
    entries[at + 4] = one.addressLow;
    entries[at + 5] = one.addressHigh;
    entries[at + 6] = one.length;
    entries[at + 8] = one.index;
    entries[at + 9] = one.kind;
    this.#tail = (this.#tail + 1) | 0;
    this.#unsubmitted++;
    Atomics.store(this.#words, this.#sqTail, this.#tail);
  }

  /**
   * Submits, and waits until so many completions are there. After `gatherUs` one is enough (kernels from 6.12 on; on others at once), and after
   * `untilUs` none is needed.
   */
  enter(completions: number, gatherUs: number, untilUs: number): void {
    const { words } = this.#arguments;
    const gathers = this.#canGather && gatherUs > 0;
    const wanted = gathers ? completions : Math.min(1, completions);
    words[argument.MIN_WAIT >> 2] = gathers ? gatherUs : 0;
    const seconds = Math.floor(untilUs / 1e6);
    words[argument.TIME >> 2] = seconds;
    words[(argument.TIME + 8) >> 2] = Math.floor((untilUs - seconds * 1e6) * 1000);
    const flags = completions === 0 ? 0 : ENTER_GETEVENTS | ENTER_EXT_ARG;
    const pointer = completions === 0 ? 0n : this.#argumentPointer;
    const size = completions === 0 ? 0n : argument.SIZE;
    const done = syscall(call.IO_URING_ENTER, this.#descriptor, this.#unsubmitted, wanted, flags, pointer, size);
    // Less than nothing: the time was over, a signal came, or the kernel has no room now. What was not taken stays in the ring.
    if (done > 0) this.#unsubmitted -= done;
  }

  /** Reads the next completion into `index`, `kind` and `result`; false: there is none. */
  next(): boolean {
    const words = this.#words;
    const head = words[this.#cqHead] as number;
    if (head === Atomics.load(words, this.#cqTail)) return false;
    const at = this.#cqes + (head & this.#cqMask) * cqeWords;
    this.index = words[at] as number;
    this.kind = words[at + 1] as number;
    this.result = words[at + 2] as number;
    const flags = words[at + 3] as number;
    this.buffer = (flags & hasBuffer) === 0 ? -1 : flags >>> 16;
    this.more = (flags & hasMore) !== 0;
    Atomics.store(words, this.#cqHead, (head + 1) | 0);
    return true;
  }
}
