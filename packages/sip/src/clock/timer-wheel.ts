/**
 * The production {@link Clock}: a hierarchical timer wheel. Sans-IO: the driver tells it the time by `advance(nowMs)` and asks
 * `nextDueMs()` how long it may sleep. Time stands still between two calls of `advance`, so a turn sees one time.
 *
 * Four levels (256, 64, 64, 64 slots), each slot a doubly linked list of indices into typed arrays: arming and disarming are O(1), and
 * nothing is allocated once the arrays have grown to the peak. Coarse on purpose: a timer fires on the first tick at or after its due
 * time, so up to one tick late and never early. A timer further off than the top level reaches is parked there and placed again.
 *
 * Leaves out: wall-clock deadlines (the caller turns them into a distance).
 */
import type { Clock, TimerId, TimerOwner } from './clock.ts';

const NONE = -1;
const SLOTS_0 = 256;
const SLOTS_UP = 64;
const LEVELS = 4;
const SLOT_COUNT = SLOTS_0 + (LEVELS - 1) * SLOTS_UP;
/** log2 of the ticks that one slot of a level spans. */
const SHIFT = [0, 8, 14, 20] as const;
/** Ticks that all levels together reach. */
const REACH = 2 ** 26;
/** A timer's id is generation * MAX_TIMERS + index + 1: a stale id never names a later timer. */
const MAX_TIMERS = 2 ** 20;

export interface TimerWheelOptions {
  /** Where monotonic time starts; what the driver's first `advance` will be near. */
  readonly startMs?: number;
  /** Resolution. Default 5 ms. */
  readonly tickMs?: number;
  /** Timers to make room for at first; it grows by doubling. */
  readonly capacity?: number;
}

/** Thrown by `arm` when a million timers are live: something leaks. */
export class TimerWheelFullError extends Error {
  readonly code = 'timer_wheel_full';
  constructor() {
    super(`more than ${MAX_TIMERS} timers are armed`);
    this.name = 'TimerWheelFullError';
  }
}

export class TimerWheel implements Clock {
  readonly #tickMs: number;
  #nowMs: number;
  /** Every timer of this tick and before has fired. */
  #tick: number;
  #armed = 0;

  readonly #heads = new Int32Array(SLOT_COUNT).fill(NONE);
  readonly #tails = new Int32Array(SLOT_COUNT).fill(NONE);

  #capacity = 0;
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  /** The slot a timer hangs in; NONE: free. */
  #slot = new Int32Array(0);
  #kind = new Int32Array(0);
  #dueTick = new Float64Array(0);
  #generation = new Uint32Array(0);
  readonly #owners: (TimerOwner | null)[] = [];
  /** Free timers, first freed first taken: generations then grow slowly and ids stay small integers for long. */
  #freeHead = NONE;
  #freeTail = NONE;

  constructor(options: TimerWheelOptions = {}) {
    this.#tickMs = options.tickMs ?? 5;
    this.#nowMs = options.startMs ?? 0;
    this.#tick = Math.floor(this.#nowMs / this.#tickMs);
    this.#grow(options.capacity ?? 1024);
  }

  /** Timers armed at present. */
  get armedCount(): number {
    return this.#armed;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  arm(afterMs: number, owner: TimerOwner, kind: number): TimerId {
    if (this.#freeHead === NONE) this.#grow(this.#capacity * 2);
    const index = this.#freeHead;
    const following = this.#next[index] as number;
    this.#freeHead = following;
    if (following === NONE) this.#freeTail = NONE;
    const due = Math.ceil((this.#nowMs + afterMs) / this.#tickMs);
    // A timer of 0 ms, of negative or undefined length fires on the next tick: never inside this turn, never not at all.
    this.#dueTick[index] = due > this.#tick ? due : this.#tick + 1;
    this.#kind[index] = kind;
    this.#owners[index] = owner;
    this.#place(index);
    this.#armed++;
    return (this.#generation[index] as number) * MAX_TIMERS + index + 1;
  }

  disarm(id: TimerId): void {
    if (id <= 0) return;
    const index = (id - 1) % MAX_TIMERS;
    if (index >= this.#capacity || this.#slot[index] === NONE) return;
    if (this.#generation[index] !== (id - 1 - index) / MAX_TIMERS) return;
    this.#unlink(index);
    this.#free(index);
  }

  /** Sets the time and fires what is due, in order of due tick. An owner's exception passes to the caller; call again to go on. */
  advance(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
    const target = Math.floor(this.#nowMs / this.#tickMs);
    this.#fire(this.#tick);
    while (this.#tick < target) {
      // A long sleep: go straight to the next occupied slot.
      if (this.#armed === 0 || target - this.#tick > SLOTS_0) {
        const occupied = this.#nextTick();
        if (occupied > target) {
          this.#tick = target;
          return;
        }
        this.#tick = occupied - 1;
      }
      const tick = this.#tick + 1;
      this.#tick = tick;
      if ((tick & (SLOTS_0 - 1)) === 0) this.#cascade(tick);
      this.#fire(tick);
    }
  }

  /**
   * The monotonic time at which `advance` has work at the latest, or Infinity. May be earlier than the next timer (when a higher
   * level must be spread), never later.
   */
  nextDueMs(): number {
    return this.#nextTick() * this.#tickMs;
  }

  #nextTick(): number {
    if (this.#armed === 0) return Infinity;
    let best = Infinity;
    for (let step = 1; step <= SLOTS_0; step++) {
      if (this.#heads[(this.#tick + step) & (SLOTS_0 - 1)] !== NONE) {
        best = this.#tick + step;
        break;
      }
    }
    for (let level = 1; level < LEVELS; level++) {
      const at = this.#nextSpread(level);
      if (at < best) best = at;
    }
    return best;
  }

  /** The first tick at which an occupied slot of this level is spread over the level below. */
  #nextSpread(level: number): number {
    const span = 2 ** (SHIFT[level] as number);
    const unit = Math.floor(this.#tick / span);
    const base = SLOTS_0 + (level - 1) * SLOTS_UP;
    for (let step = 1; step <= SLOTS_UP; step++) {
      if (this.#heads[base + ((unit + step) % SLOTS_UP)] !== NONE) return (unit + step) * span;
    }
    return Infinity;
  }

  #fire(tick: number): void {
    const slot = tick & (SLOTS_0 - 1);
    // One at a time from the head: an owner may disarm its neighbours or arm new ones meanwhile (those land in later slots).
    for (let index = this.#heads[slot] as number; index !== NONE; index = this.#heads[slot] as number) {
      const owner = this.#owners[index] as TimerOwner;
      const kind = this.#kind[index] as number;
      this.#unlink(index);
      this.#free(index);
      owner.onTimer(kind);
    }
  }

  /** Spreads the slots of the upper levels whose span begins at this tick, the highest first. */
  #cascade(tick: number): void {
    for (let level = LEVELS - 1; level >= 1; level--) {
      const span = 2 ** (SHIFT[level] as number);
      if (tick % span !== 0) continue;
      const slot = SLOTS_0 + (level - 1) * SLOTS_UP + (Math.floor(tick / span) % SLOTS_UP);
      let index = this.#heads[slot] as number;
      this.#heads[slot] = NONE;
      this.#tails[slot] = NONE;
      while (index !== NONE) {
        const following = this.#next[index] as number;
        this.#place(index);
        index = following;
      }
    }
  }

  #place(index: number): void {
    const due = this.#dueTick[index] as number;
    const distance = due - this.#tick;
    let slot: number;
    if (distance < SLOTS_0) slot = due & (SLOTS_0 - 1);
    else if (distance < 2 ** 14) slot = SLOTS_0 + (Math.floor(due / 2 ** 8) % SLOTS_UP);
    else if (distance < 2 ** 20) slot = SLOTS_0 + SLOTS_UP + (Math.floor(due / 2 ** 14) % SLOTS_UP);
    else {
      const parked = distance < REACH ? due : this.#tick + REACH - 1;
      slot = SLOTS_0 + 2 * SLOTS_UP + (Math.floor(parked / 2 ** 20) % SLOTS_UP);
    }
    const tail = this.#tails[slot] as number;
    this.#slot[index] = slot;
    this.#previous[index] = tail;
    this.#next[index] = NONE;
    if (tail === NONE) this.#heads[slot] = index;
    else this.#next[tail] = index;
    this.#tails[slot] = index;
  }

  #unlink(index: number): void {
    const slot = this.#slot[index] as number;
    const next = this.#next[index] as number;
    const previous = this.#previous[index] as number;
    if (previous === NONE) this.#heads[slot] = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#tails[slot] = previous;
    else this.#previous[next] = previous;
  }

  #free(index: number): void {
    this.#slot[index] = NONE;
    this.#owners[index] = null;
    this.#generation[index] = (this.#generation[index] as number) + 1;
    this.#next[index] = NONE;
    if (this.#freeTail === NONE) this.#freeHead = index;
    else this.#next[this.#freeTail] = index;
    this.#freeTail = index;
    this.#armed--;
  }

  #grow(to: number): void {
    const from = this.#capacity;
    const capacity = Math.min(to, MAX_TIMERS);
    if (capacity <= from) throw new TimerWheelFullError();
    this.#next = copyInto(new Int32Array(capacity), this.#next);
    this.#previous = copyInto(new Int32Array(capacity), this.#previous);
    this.#slot = copyInto(new Int32Array(capacity), this.#slot);
    this.#kind = copyInto(new Int32Array(capacity), this.#kind);
    const due = new Float64Array(capacity);
    due.set(this.#dueTick);
    this.#dueTick = due;
    const generation = new Uint32Array(capacity);
    generation.set(this.#generation);
    this.#generation = generation;
    for (let index = from; index < capacity; index++) {
      this.#owners.push(null);
      this.#slot[index] = NONE;
      this.#next[index] = index + 1 < capacity ? index + 1 : NONE;
    }
    // Only ever called with an empty free list.
    this.#freeHead = from;
    this.#freeTail = capacity - 1;
    this.#capacity = capacity;
  }
}

function copyInto(to: Int32Array<ArrayBuffer>, from: Int32Array): Int32Array<ArrayBuffer> {
  to.set(from);
  return to;
}
