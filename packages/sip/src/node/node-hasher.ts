/** {@link Hasher} by OpenSSL. */
import { createHash, createHmac, hash } from 'node:crypto';
import type { Hasher } from '../auth/hasher.ts';

export function createNodeHasher(): Hasher {
  let keyed: KeyedHash | undefined;
  return {
    md5: (content) => hash('md5', content, 'hex'),
    sha256: (content) => hash('sha256', content, 'hex'),
    hmacSha256: (key, content) => {
      if (keyed?.key !== key) keyed = new KeyedHash(key);
      return keyed.of(content);
    },
  };
}

const blockBytes = 64;
const digestBytes = 32;
/** What is longer goes by `createHmac`. */
const longestContent = 256;

/** HMAC-SHA-256 (RFC 2104 §2) under one key, for short content: two one-shot hashes over memory that is used again, where `createHmac` makes objects. */
class KeyedHash {
  readonly key: string | Uint8Array;
  readonly #inner: Buffer = Buffer.alloc(blockBytes + longestContent, 0x36);
  readonly #outer: Buffer = Buffer.alloc(blockBytes + digestBytes, 0x5c);

  constructor(key: string | Uint8Array) {
    this.key = key;
    const whole = Buffer.from(key);
    const short = whole.length > blockBytes ? createHash('sha256').update(whole).digest() : whole;
    for (const [at, byte] of short.entries()) {
      this.#inner.writeUInt8(byte ^ 0x36, at);
      this.#outer.writeUInt8(byte ^ 0x5c, at);
    }
  }

  of(content: string): string {
    // A character of a string has at most three octets in UTF-8.
    if (content.length * 3 > longestContent) return createHmac('sha256', this.key).update(content).digest('hex');
    const size = this.#inner.write(content, blockBytes, 'utf8');
    this.#outer.write(hash('sha256', this.#inner.subarray(0, blockBytes + size), 'latin1'), blockBytes, 'latin1');
    return hash('sha256', this.#outer, 'hex');
  }
}
