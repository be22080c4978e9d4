/** Monotonic milliseconds (io/monotonic.ts has the same zero) without a number on the heap for each look: performance.now() makes one. */
import { CLOCK_MONOTONIC, clockGetTime } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';

export class KernelClock {
  /** struct timespec: seconds, then nanoseconds at word 2. */
  readonly #memory = MappedMemory.anonymous(4096);
  readonly #words = this.#memory.words;
  readonly #pointer = this.#memory.pointer(0);
  /** In an array, as a field would be a number on the heap. */
  readonly #ms = new Float64Array(1);

  look(): void {
    clockGetTime(CLOCK_MONOTONIC, this.#pointer);
    // Seconds have 32 bits for 68 years of uptime.
    this.#ms[0] = (this.#words[0] as number) * 1000 + (this.#words[2] as number) / 1e6;
  }

  /** As of the last look. */
  get ms(): number {
    return this.#ms[0] as number;
  }
}
