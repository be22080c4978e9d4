/**
 * The answering side of digest (RFC 3261 §22.2, §22.3; RFC 7616 §3.4; RFC 8760 §2.4): answers a 401 or 407, goes on using a nonce with
 * a rising count, takes the next one from Authentication-Info (RFC 7616 §3.5), and knows when a password is wrong.
 */
import type { Random } from '../clock/random.ts';
import { edit } from '../message/edit.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { type DigestAlgorithm, hashOf, isSession } from './algorithm.ts';
import { parseAuthParams } from './auth-params.ts';
import { type Challenge, parseAuthenticate } from './challenge.ts';
import { formatCredentials, parseAuthorization } from './credentials.ts';
import { computeDigestResponse, computeHa1 } from './digest.ts';
import type { Hasher } from './hasher.ts';

export interface DigestAccount {
  readonly username: string;
  readonly password: string;
}

export interface DigestClientOptions {
  readonly hasher: Hasher;
  readonly random: Random;
  /** Who we are in that realm; undefined: nobody. */
  readonly account: (realm: string) => DigestAccount | undefined;
}

type Row = readonly [name: string, value: string];

export type ChallengeAnswer =
  | { readonly ok: true; readonly headers: readonly Row[] }
  | {
      readonly ok: false;
      /**
       * rejected: the server has seen our answer and says no. unsupported: no challenge of an algorithm that we have. no-account: not our
       * realm. malformed: a 401 or 407 without a challenge that can be read.
       */
      readonly why: 'rejected' | 'unsupported' | 'no-account' | 'malformed';
      readonly realm: string | undefined;
    };

/** What is remembered of one realm. */
interface Protection {
  readonly isProxy: boolean;
  readonly algorithm: DigestAlgorithm;
  readonly algorithmText: string | undefined;
  readonly realm: string;
  readonly opaque: string | undefined;
  readonly qop: 'auth' | 'auth-int' | undefined;
  nonce: string;
  /** The session variants are bound to the first cnonce of a nonce (RFC 7616 §3.4.2). */
  sessionCnonce: string;
  /** How often the nonce was used. */
  uses: number;
  /** How often the server called our nonce stale without anything going well between. */
  staleInRow: number;
  /** From Authentication-Info, not from a challenge. */
  isNextNonce: boolean;
}

const MAX_STALE_IN_ROW = 4;
/** Realms remembered; the oldest goes first. */
const MAX_REALMS = 16;

export class DigestClient {
  readonly #options: DigestClientOptions;
  readonly #protections = new Map<string, Protection>();

  constructor(options: DigestClientOptions) {
    this.#options = options;
  }

  /**
   * The credentials for a request that was answered 401 or 407; send it again with them, a new branch and the next CSeq
   * (RFC 3261 §22.2). They take the place of the request's old ones.
   */
  answer(request: SipRequest, response: SipResponse): ChallengeAnswer {
    const isProxy = response.status === 407;
    const challenges = response
      .headers(isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate')
      .flatMap((value) => parseAuthenticate(value) ?? []);
    const digests = challenges.filter(({ scheme }) => scheme.toLowerCase() === 'digest');
    if (digests.length === 0)
      return { ok: false, why: challenges.length > 0 ? 'unsupported' : 'malformed', realm: undefined };
    let why: 'unsupported' | 'no-account' = 'unsupported';
    const answered = new Set<string>();
    for (const challenge of digests) {
      // RFC 8760 §2.4: the topmost that can be answered, of each realm.
      const qop = readQop(challenge.qop);
      if (answered.has(challenge.realm) || challenge.algorithm === undefined || qop === null) continue;
      if (this.#options.account(challenge.realm) === undefined) {
        why = 'no-account';
        continue;
      }
      const old = this.#protections.get(key(isProxy, challenge.realm));
      if (this.#isRejection(request, challenge, { isProxy, old }))
        return { ok: false, why: 'rejected', realm: challenge.realm };
      answered.add(challenge.realm);
      this.#remember({
        isProxy,
        algorithm: challenge.algorithm,
        algorithmText: challenge.algorithmText,
        realm: challenge.realm,
        opaque: challenge.opaque,
        qop,
        nonce: challenge.nonce,
        sessionCnonce: this.#options.random.token(16),
        uses: old?.nonce === challenge.nonce ? old.uses : 0,
        staleInRow: challenge.isStale ? (old?.staleInRow ?? 0) + 1 : 0,
        isNextNonce: false,
      });
    }
    if (answered.size === 0) return { ok: false, why, realm: digests[0]?.realm };
    return { ok: true, headers: this.authorize(request) };
  }

  /** Credentials of every realm known so far, for a request about to be sent (RFC 3261 §22.2: a client may go ahead). */
  authorize(request: SipRequest): Row[] {
    const rows: Row[] = [];
    for (const protection of this.#protections.values()) {
      const value = this.#credentials(protection, request);
      if (value !== undefined) rows.push([protection.isProxy ? 'Proxy-Authorization' : 'Authorization', value]);
    }
    return rows;
  }

  /** To be told of responses other than 401 and 407: takes the next nonce. */
  learn(response: SipResponse): void {
    if (response.status === 401 || response.status === 407 || response.status < 200) return;
    for (const protection of this.#protections.values()) {
      protection.staleInRow = 0;
      const text = response.header(protection.isProxy ? 'Proxy-Authentication-Info' : 'Authentication-Info');
      const nonce = text === undefined ? undefined : parseAuthParams(text)?.get('nextnonce');
      if (nonce === undefined || nonce === '' || nonce === protection.nonce) continue;
      protection.nonce = nonce;
      protection.sessionCnonce = this.#options.random.token(16);
      protection.uses = 0;
      protection.isNextNonce = true;
    }
  }

  /** Forgets nonces: the account has changed. */
  clear(): void {
    this.#protections.clear();
  }

  /**
   * A request that had our credentials is challenged again. With stale=true the nonce was too old (RFC 7616 §3.3): answer, a few times.
   * Without, the nonce may have aged unsaid when we had used it before; on its first use, the password is wrong.
   */
  #isRejection(
    request: SipRequest,
    challenge: Challenge,
    was: { readonly isProxy: boolean; readonly old: Protection | undefined },
  ): boolean {
    const sent = request
      .headers(was.isProxy ? 'Proxy-Authorization' : 'Authorization')
      .flatMap((value) => parseAuthorization(value) ?? [])
      .find(({ realm }) => realm === challenge.realm);
    if (sent === undefined) return false;
    if (challenge.isStale) return (was.old?.staleInRow ?? 0) >= MAX_STALE_IN_ROW;
    // The same nonce again, not called stale: there is nothing new to answer.
    if (challenge.nonce === sent.nonce) return true;
    const { old } = was;
    if (old !== undefined && old.nonce === sent.nonce) return old.uses <= 1 && !old.isNextNonce;
    return sent.nc === undefined || Number.parseInt(sent.nc, 16) <= 1;
  }

  #credentials(protection: Protection, request: SipRequest): string | undefined {
    const account = this.#options.account(protection.realm);
    if (account === undefined) return undefined;
    const { hasher, random } = this.#options;
    const { algorithm, realm, nonce, qop } = protection;
    protection.uses++;
    const nc = qop === undefined ? undefined : protection.uses.toString(16).padStart(8, '0');
    const isSess = isSession(algorithm);
    const cnonce = isSess ? protection.sessionCnonce : qop === undefined ? undefined : random.token(16);
    const ha1 = computeHa1(hasher, hashOf(algorithm), { ...account, realm });
    const { method, uri, body } = request;
    const response = computeDigestResponse(hasher, { algorithm, ha1, nonce, qop, nc, cnonce, method, uri, body });
    return formatCredentials({
      username: account.username,
      realm,
      nonce,
      uri,
      response,
      algorithm: protection.algorithmText === undefined ? undefined : algorithm,
      cnonce,
      opaque: protection.opaque,
      qop,
      nc,
    });
  }

  #remember(protection: Protection): void {
    const name = key(protection.isProxy, protection.realm);
    if (this.#protections.size >= MAX_REALMS && !this.#protections.has(name)) {
      const [oldest] = this.#protections.keys();
      if (oldest !== undefined) this.#protections.delete(oldest);
    }
    this.#protections.set(name, protection);
  }
}

/** The request with these credentials in place of any that it had; branch and CSeq are the sender's matter. */
export function withCredentials(
  request: SipRequest,
  rows: readonly (readonly [name: string, value: string])[],
): SipRequest {
  const editor = edit(request).removeHeader('Authorization').removeHeader('Proxy-Authorization');
  for (const [name, value] of rows) editor.addHeader(name, value);
  return editor.done();
}

function key(isProxy: boolean, realm: string): string {
  return `${isProxy ? 'proxy' : 'server'} ${realm}`;
}

/** auth before auth-int: bodies are changed by what lies between. null: only options that are not known. */
function readQop(options: readonly string[]): 'auth' | 'auth-int' | undefined | null {
  if (options.length === 0) return undefined;
  if (options.includes('auth')) return 'auth';
  return options.includes('auth-int') ? 'auth-int' : null;
}
