/** {@link Random} from the system's generator; bytes are drawn in blocks, since tokens are wanted for every message. */
import { randomFillSync } from 'node:crypto';
import type { Random } from '../clock/random.ts';
import { nativeBytesToString } from './native-text.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Bytes at or above this would make some letters likelier than others. */
const FAIR = 256 - (256 % ALPHABET.length);
const BLOCK_BYTES = 4_096;

export function createNodeRandom(): Random {
  const block = new Uint8Array(BLOCK_BYTES);
  const letters = new Uint8Array(64);
  let used = BLOCK_BYTES;
  const nextByte = (): number => {
    if (used === BLOCK_BYTES) {
      randomFillSync(block);
      used = 0;
    }
    return block[used++] as number;
  };
  return {
    token(length) {
      const octets = length <= letters.length ? letters : new Uint8Array(length);
      for (let i = 0; i < length; ) {
        const byte = nextByte();
        if (byte < FAIR) octets[i++] = ALPHABET.charCodeAt(byte % ALPHABET.length);
      }
      return nativeBytesToString(octets, 0, length);
    },
    integer(below) {
      if (below <= 1) return 0;
      // Of 2^32 values, those that fill whole multiples of `below`.
      const fair = 2 ** 32 - (2 ** 32 % below);
      for (;;) {
        const value = ((nextByte() * 256 + nextByte()) * 256 + nextByte()) * 256 + nextByte();
        if (value < fair) return value % below;
      }
    },
  };
}
