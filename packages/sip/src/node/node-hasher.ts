/** {@link Hasher} by OpenSSL. */
import { createHmac, hash } from 'node:crypto';
import type { Hasher } from '../auth/hasher.ts';

export function createNodeHasher(): Hasher {
  return {
    md5: (content) => hash('md5', content, 'hex'),
    sha256: (content) => hash('sha256', content, 'hex'),
    hmacSha256: (key, content) => createHmac('sha256', key).update(content).digest('hex'),
  };
}
