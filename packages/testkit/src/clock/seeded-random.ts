/** Chance for tests: the same seed gives the same run (mulberry32). Not for secrets. */
import type { Random } from '@ringdown/sip';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

export class SeededRandom implements Random {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  integer(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  token(length: number): string {
    let text = '';
    while (text.length < length) text += ALPHABET[this.integer(ALPHABET.length)];
    return text;
  }
}
