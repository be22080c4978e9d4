/** Monotonic milliseconds (io/monotonic.ts has the same zero) without a number on the heap for each look: performance.now() makes one. */
import { CLOCK_MONOTONIC, clockGetTime } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { timespec } from './struct-layout.ts';

export class KernelClock {
  /** A timespec. */
  readonly #memory = MappedMemory.anonymous(4096);
  readonly #words = this.#memory.words;
  readonly #pointer = this.#memory.pointer(0);
  /** As of the last look. In an array, as a field would be a number on the heap. */
  readonly nowMs: Float64Array = new Float64Array(1);

  look(): void {
    clockGetTime(CLOCK_MONOTONIC, this.#pointer);
    const nanoseconds = this.#words[timespec.tv_nsec >> 2] as number;
    // Seconds have 32 bits for 68 years of uptime.
    const seconds = this.#words[timespec.tv_sec >> 2] as number;
    this.nowMs[0] = seconds * 1000 + nanoseconds / 1e6;
  }

  get ms(): number {
    return this.nowMs[0] as number;
  }
}
