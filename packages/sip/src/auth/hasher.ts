/** Hash functions as an argument: `node:crypto` on a server, another in a browser. Synchronous; results are lower-case hex. */
export interface Hasher {
  /** A string is hashed as UTF-8. */
  md5(content: string | Uint8Array): string;
  sha256(content: string | Uint8Array): string;
  hmacSha256(key: string | Uint8Array, content: string): string;
}

/** Compares in a time that depends on the lengths only. */
export function isEqualConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(b.length, 1));
  return difference === 0;
}
