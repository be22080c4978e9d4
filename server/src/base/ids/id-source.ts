/** Makes ids from an injected clock and injected chance. Ids of one source never sort backwards, even when the wall clock does. */
import { type Id, type IdName, idPrefixes } from './id.ts';
import type { RandomBytes } from './random-bytes.ts';

export interface IdSource {
  next<Name extends IdName>(name: Name): Id<Name>;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export function createIdSource(time: { nowUtcMs(): number }, random: RandomBytes): IdSource {
  const chance = new Uint8Array(10);
  const digits = new Uint8Array(16);
  /** One text of sixteen letters, not sixteen texts joined. */
  const tail = Buffer.alloc(16) as Buffer & { latin1Slice(start: number, end: number): string };
  let lastMs = -1;
  let stamp = '';
  return {
    next<Name extends IdName>(name: Name): Id<Name> {
      const nowMs = Math.floor(time.nowUtcMs());
      if (nowMs > lastMs) {
        lastMs = nowMs;
        stamp = formatStamp(nowMs);
        random.fill(chance);
        spread(chance, digits);
      } else if (!increment(digits)) {
        lastMs += 1;
        stamp = formatStamp(lastMs);
      }
      for (let i = 0; i < 16; i++) tail[i] = alphabet.charCodeAt(digits[i] ?? 0);
      return `${idPrefixes[name]}_${stamp}${tail.latin1Slice(0, 16)}` as Id<Name>;
    },
  };
}

function formatStamp(utcMs: number): string {
  let rest = utcMs;
  let text = '';
  for (let i = 0; i < 10; i++) {
    text = alphabet[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** 10 bytes to 16 digits of 5 bits. */
function spread(bytes: Uint8Array, digits: Uint8Array): void {
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0x1fff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits[at++] = (held >>> bits) & 31;
    }
  }
}

/** Adds one within the same millisecond; false when all digits wrapped. */
function increment(digits: Uint8Array): boolean {
  for (let i = 15; i >= 0; i--) {
    const digit = digits[i] ?? 0;
    if (digit < 31) {
      digits[i] = digit + 1;
      return true;
    }
    digits[i] = 0;
  }
  return false;
}
