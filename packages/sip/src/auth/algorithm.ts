/** Digest algorithms (RFC 7616 §3.3, RFC 8760 §2). Unimplemented: SHA-512-256, which no SIP device is known to need. */
import type { Hasher } from './hasher.ts';

export type DigestHash = 'MD5' | 'SHA-256';
export type DigestAlgorithm = DigestHash | 'MD5-sess' | 'SHA-256-sess';

const known: readonly DigestAlgorithm[] = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'];

/** Absent means MD5 (RFC 7616 §3.3); undefined: not known here. */
export function readAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  if (text === undefined) return 'MD5';
  const lower = text.toLowerCase();
  return known.find((algorithm) => algorithm.toLowerCase() === lower);
}

export function hashOf(algorithm: DigestAlgorithm): DigestHash {
  return algorithm.startsWith('MD5') ? 'MD5' : 'SHA-256';
}

export function isSession(algorithm: DigestAlgorithm): boolean {
  return algorithm.endsWith('-sess');
}

export function hash(hasher: Hasher, algorithm: DigestAlgorithm, content: string | Uint8Array): string {
  return hashOf(algorithm) === 'MD5' ? hasher.md5(content) : hasher.sha256(content);
}
