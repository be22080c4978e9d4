/** Hashes and chance as a browser has them: see {@link Hasher}, {@link Random}. */
import type { Hasher } from '../auth/hasher.ts';
import type { Random } from '../clock/random.ts';
import { hmacSha256, md5, sha256 } from './digest-bytes.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Bytes at or above this would make some letters likelier than others. */
const fairByte = 256 - (256 % alphabet.length);

export function createBrowserHasher(): Hasher {
  const encoder = new TextEncoder();
  const bytesOf = (content: string | Uint8Array): Uint8Array =>
    typeof content === 'string' ? encoder.encode(content) : content;
  const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    md5: (content) => hex(md5(bytesOf(content))),
    sha256: (content) => hex(sha256(bytesOf(content))),
    hmacSha256: (key, content) => hex(hmacSha256(bytesOf(key), bytesOf(content))),
  };
}

/** By `crypto.getRandomValues`. */
export function createBrowserRandom(): Random {
  return {
    token: (length) => {
      let text = '';
      while (text.length < length)
        for (const byte of crypto.getRandomValues(new Uint8Array(length)))
          if (byte < fairByte && text.length < length) text += alphabet[byte % alphabet.length];
      return text;
    },
    integer: (below) => {
      if (below <= 1) return 0;
      // Of 2^32 values, those that fill whole multiples of `below`.
      const fair = 2 ** 32 - (2 ** 32 % below);
      for (;;) {
        const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
        if (value < fair) return value % below;
      }
    },
  };
}
