/** H(A1) of a device, RFC 7616 §3.4.2: H(username ":" realm ":" password), in MD5 and in SHA-256 (RFC 8760). */
import { createHash } from 'node:crypto';

export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

export function computeHa1(username: string, realm: string, password: string): Ha1 {
  const a1 = `${username}:${realm}:${password}`;
  const hash = (algorithm: string) => createHash(algorithm).update(a1, 'utf8').digest('hex');
  return { md5: hash('md5'), sha256: hash('sha256') };
}
