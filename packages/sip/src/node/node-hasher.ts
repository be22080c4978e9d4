/** The hashes of digest authentication (RFC 7616 §3.2) by OpenSSL: hex of the UTF-8 text. */
import { hash } from 'node:crypto';

export type HashAlgorithm = 'MD5' | 'SHA-256' | 'SHA-512-256';

export type Hasher = (algorithm: HashAlgorithm, text: string) => string;

const NAMES: Readonly<Record<HashAlgorithm, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

export function createNodeHasher(): Hasher {
  return (algorithm, text) => hash(NAMES[algorithm], text, 'hex');
}
