/** The challenging side of digest (RFC 3261 §22.1-§22.3, RFC 8760 §2.4): which challenges go out, and whether an answer is right. */
import type { SipRequest } from '../message/request.ts';
import { parseUri } from '../message/uri.ts';
import { areUrisEqual } from '../message/uri-equal.ts';
import { type DigestHash, hashOf } from './algorithm.ts';
import { formatChallenge } from './challenge.ts';
import { type Credentials, parseAuthorization } from './credentials.ts';
import { computeDigestResponse } from './digest.ts';
import { type Hasher, isEqualConstantTime } from './hasher.ts';
import type { NonceIssuer } from './nonce.ts';

/** Which challenges are sent. 'both' puts SHA-256 first (RFC 8760 §2.3). Interop: baresip 1.0 knows MD5 only and gives up on 'both'. */
export type ChallengePolicy = 'md5' | 'sha256' | 'both';

/** Registrars and user agents answer 401, proxies 407 (RFC 3261 §22.2, §22.3). */
export type AuthRole = 'server' | 'proxy';

export interface DigestServerOptions {
  readonly hasher: Hasher;
  readonly nonces: NonceIssuer;
  /** Default 'server'. */
  readonly role?: AuthRole;
}

/** The stored HA1 of a user for one hash; undefined: no such user, or none for that hash. */
export type Ha1Lookup = (username: string, hash: DigestHash) => string | undefined;

export type DigestVerdict =
  | {
      readonly ok: true;
      readonly username: string;
      readonly credentials: Credentials;
      /**
       * Whether the signed `uri` is the Request-URI (RFC 3261 §22.4 rule 8). Proxies on the way may have changed the latter; where none
       * stand, false means that somebody redirected the request.
       */
      readonly isUriMatch: boolean;
    }
  | {
      readonly ok: false;
      /**
       * absent: no credentials for this realm. stale: the nonce is too old or used up, challenge with stale=true. wrong: unknown user
       * or wrong password, on purpose not told apart. refused: an algorithm that the policy does not offer. malformed: answer 400.
       */
      readonly why: 'absent' | 'stale' | 'wrong' | 'refused' | 'malformed';
      /** As claimed; never proof. */
      readonly username: string | undefined;
    };

export interface DigestCheck {
  readonly request: SipRequest;
  readonly realm: string;
  /** For all, or by the name that signs: were it another's, a device that must use SHA-256 could be impersonated by its MD5 hash. */
  readonly policy: ChallengePolicy | ((username: string) => ChallengePolicy);
  readonly ha1: Ha1Lookup;
  readonly utcMs: number;
}

/** Stands in for an unknown user's HA1, so that both cost the same. */
const NOBODY = '0'.repeat(64);

export class DigestServer {
  readonly #hasher: Hasher;
  readonly #nonces: NonceIssuer;
  readonly #role: AuthRole;

  constructor(options: DigestServerOptions) {
    this.#hasher = options.hasher;
    this.#nonces = options.nonces;
    this.#role = options.role ?? 'server';
  }

  /** 401 or 407. */
  get status(): 401 | 407 {
    return this.#role === 'server' ? 401 : 407;
  }

  /** The header rows of a 401 or 407. */
  challenge(what: {
    readonly realm: string;
    readonly policy: ChallengePolicy;
    readonly isStale?: boolean;
    readonly utcMs: number;
  }): [name: string, value: string][] {
    const name = this.#role === 'server' ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    const nonce = this.#nonces.issue(what.utcMs);
    return hashesOf(what.policy).map((algorithm) => [
      name,
      formatChallenge({ realm: what.realm, nonce, algorithm, isStale: what.isStale === true }),
    ]);
  }

  check(what: DigestCheck): DigestVerdict {
    const credentials = this.#credentials(what);
    if (credentials === undefined) return { ok: false, why: 'absent', username: undefined };
    if (credentials === null) return { ok: false, why: 'malformed', username: undefined };
    const { username, algorithm, qop } = credentials;
    const policy = typeof what.policy === 'string' ? what.policy : what.policy(username);
    if (algorithm === undefined || !hashesOf(policy).includes(hashOf(algorithm)))
      return { ok: false, why: 'refused', username };
    if (qop !== undefined && qop !== 'auth' && qop !== 'auth-int') return { ok: false, why: 'refused', username };
    const state = this.#nonces.check(credentials.nonce, what.utcMs);
    // A foreign nonce may be one of ours from before a restart: as good as stale.
    if (state !== 'valid') return { ok: false, why: 'stale', username };
    const ha1 = what.ha1(username, hashOf(algorithm));
    const { request } = what;
    const expected = computeDigestResponse(this.#hasher, {
      algorithm,
      ha1: ha1 ?? NOBODY,
      nonce: credentials.nonce,
      qop,
      nc: credentials.nc,
      cnonce: credentials.cnonce,
      method: request.method,
      uri: credentials.uri,
      body: request.body,
    });
    const isRight = isEqualConstantTime(expected, credentials.response);
    if (!isRight || ha1 === undefined) return { ok: false, why: 'wrong', username };
    if (this.#nonces.use(credentials.nonce, qop === undefined ? undefined : credentials.nc, what.utcMs) !== 'valid') {
      return { ok: false, why: 'stale', username };
    }
    const isUriMatch = credentials.uri === request.uri || areUrisEqual(parseUri(credentials.uri), request.requestUri);
    return { ok: true, username, credentials, isUriMatch };
  }

  /** Those for our realm (RFC 3261 §22.3: a request may carry several); undefined: none; null: ours, but malformed. */
  #credentials(what: DigestCheck): Credentials | undefined | null {
    const name = this.#role === 'server' ? 'Authorization' : 'Proxy-Authorization';
    let isMalformed = false;
    for (const value of what.request.headers(name)) {
      const credentials = parseAuthorization(value);
      if (credentials === undefined) isMalformed ||= /^\s*digest\s/i.test(value);
      else if (credentials.scheme.toLowerCase() === 'digest' && credentials.realm === what.realm) return credentials;
    }
    return isMalformed ? null : undefined;
  }
}

const md5Only: readonly DigestHash[] = ['MD5'];
const sha256Only: readonly DigestHash[] = ['SHA-256'];
const both: readonly DigestHash[] = ['SHA-256', 'MD5'];

function hashesOf(policy: ChallengePolicy): readonly DigestHash[] {
  return policy === 'md5' ? md5Only : policy === 'sha256' ? sha256Only : both;
}
