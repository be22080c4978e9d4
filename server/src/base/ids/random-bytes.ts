/** Chance as an argument: bytes for ids, passwords and keys. The system's source is unguessable; tests pass a seeded one. */
import { randomFillSync } from 'node:crypto';

export interface RandomBytes {
  /** Fills `target` whole. */
  fill(target: Uint8Array): void;
}

const poolBytes = 4096;

/** The operating system's generator, asked for 4 KiB at a time since each question costs microseconds. */
export function createSystemRandom(): RandomBytes {
  const pool = new Uint8Array(poolBytes);
  let used = poolBytes;
  return {
    fill(target) {
      if (target.length > 64) {
        randomFillSync(target);
        return;
      }
      if (used + target.length > poolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      for (let i = 0; i < target.length; i++) {
        target[i] = pool[used] ?? 0;
        pool[used] = 0;
        used++;
      }
    },
  };
}

/** A repeatable sequence (xorshift32) for tests and simulations; never for secrets. */
export function createSeededRandom(seed: number): RandomBytes {
  let state = seed >>> 0 || 0x9e3779b9;
  return {
    fill(target) {
      for (let i = 0; i < target.length; i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        state >>>= 0;
        target[i] = state & 0xff;
      }
    },
  };
}
