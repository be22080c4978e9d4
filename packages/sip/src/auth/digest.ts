/** The digest itself (RFC 7616 §3.4.1-§3.4.3; the form without qop: RFC 2069, RFC 7616 §3.4.1 leaves it out, RFC 3261 §22.4 keeps it). */
import { type DigestAlgorithm, hash, isSession } from './algorithm.ts';
import type { Hasher } from './hasher.ts';

/** H(username:realm:password): what is stored instead of the password. Session variants are made from it per nonce. */
export function computeHa1(
  hasher: Hasher,
  algorithm: DigestAlgorithm,
  user: { readonly username: string; readonly realm: string; readonly password: string },
): string {
  return hash(hasher, algorithm, `${user.username}:${user.realm}:${user.password}`);
}

export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** {@link computeHa1} of the same hash. */
  readonly ha1: string;
  readonly nonce: string;
  /** 'auth', 'auth-int'; undefined: legacy. */
  readonly qop: string | undefined;
  readonly nc: string | undefined;
  readonly cnonce: string | undefined;
  readonly method: string;
  /** The `uri` of the credentials, as written. */
  readonly uri: string;
  /** For auth-int. */
  readonly body?: Uint8Array;
}

const NO_BODY = new Uint8Array(0);

export function computeDigestResponse(hasher: Hasher, input: DigestInput): string {
  const { algorithm, nonce, qop } = input;
  const cnonce = input.cnonce ?? '';
  const ha1 = isSession(algorithm) ? hash(hasher, algorithm, `${input.ha1}:${nonce}:${cnonce}`) : input.ha1;
  const bodyHash = qop === 'auth-int' ? `:${hash(hasher, algorithm, input.body ?? NO_BODY)}` : '';
  const ha2 = hash(hasher, algorithm, `${input.method}:${input.uri}${bodyHash}`);
  if (qop === undefined) return hash(hasher, algorithm, `${ha1}:${nonce}:${ha2}`);
  return hash(hasher, algorithm, `${ha1}:${nonce}:${input.nc ?? ''}:${cnonce}:${qop}:${ha2}`);
}
