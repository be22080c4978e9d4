/** What a fuzz target is: a corpus and a check. The check throws where an invariant is broken, and never otherwise. */
import type { SeededRandom } from './seeded-random.ts';

export class BrokenInvariantError extends Error {
  readonly code = 'fuzz_invariant_broken';
  constructor(what: string) {
    super(what);
    this.name = 'BrokenInvariantError';
  }
}

export interface FuzzTarget {
  readonly name: string;
  readonly corpus: readonly string[];
  /** @param input one character per byte. */
  check(input: string, random: SeededRandom): void;
}

export function ensure(isTrue: boolean, what: string): void {
  if (!isTrue) throw new BrokenInvariantError(what);
}

export function toBytes(input: string): Uint8Array {
  const bytes = new Uint8Array(input.length);
  for (let i = 0; i < input.length; i++) bytes[i] = input.charCodeAt(i);
  return bytes;
}

export function areEqualBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
