/**
 * Who a request is from (RFC 3261 §22.1, RFC 7616): digest against the directory's credentials, or against those of a trunk that is to be asked.
 * An unknown user is challenged exactly like a known one, and costs the same.
 */

import {
  buildResponse,
  type ChallengePolicy,
  computeHa1,
  type DigestHash,
  type DigestServer,
  type DigestVerdict,
  type Ha1Lookup,
  type Hasher,
  parseUri,
  type ServerTransaction,
  type SipRequest,
  type Uri,
} from '@ringdown/sip';
import type { DeviceCredentials, DirectoryViews } from '#services/directory';
import type { TrunkRecord } from '#services/trunks';
import type { WrongPasswords } from './wrong-passwords.ts';

export interface AuthenticateOptions {
  readonly digest: DigestServer;
  readonly hasher: Hasher;
  readonly wrongPasswords: WrongPasswords;
  readonly directory: DirectoryViews;
  /** For users we know nothing of, and for those of no domain of ours. */
  readonly policy: ChallengePolicy;
  /** Realm of a request for no domain of ours. */
  readonly fallbackRealm: string;
  readonly nowUtcMs: () => number;
  /** Whether a host in a URI is one of our own addresses. */
  readonly isOwnHost: (host: string) => boolean;
  readonly passwordOf: (trunk: TrunkRecord) => string | undefined;
  readonly onRejected: (why: string, username: string | undefined, transaction: ServerTransaction) => void;
}

/** Undefined: the request is answered (401, 400 or 403). `domain`: the host that the From names. */
export function authenticate(
  options: AuthenticateOptions,
  transaction: ServerTransaction,
  domain: string,
): DeviceCredentials | undefined {
  const { directory } = options;
  const realm = directory.findDomain(domain, options.isOwnHost(domain))?.name ?? options.fallbackRealm;
  let asked: string | undefined;
  let found: DeviceCredentials | undefined;
  /** The same name is asked for its policy, its hash and itself. */
  const find = (username: string): DeviceCredentials | undefined => {
    if (username !== asked) found = directory.findCredentials(realm, username);
    asked = username;
    return found;
  };
  const policy = (username: string) => find(username)?.challenge ?? options.policy;
  const ha1 = (username: string, hash: DigestHash) =>
    hash === 'MD5' ? find(username)?.ha1Md5 : find(username)?.ha1Sha256;
  const username = checkDigest(options, transaction, { realm, policy, ha1 });
  return username === undefined ? undefined : find(username);
}

/** The peer of a trunk whose requests are to be signed with the trunk's own credentials. False: the request is answered. */
export function authenticateTrunk(
  options: AuthenticateOptions,
  transaction: ServerTransaction,
  trunk: TrunkRecord,
): boolean {
  const { challenge, credentials } = trunk.body;
  if (challenge === 'none') return true;
  const realm = options.fallbackRealm;
  const password = options.passwordOf(trunk);
  const ha1: Ha1Lookup = (username, hash) =>
    password === undefined || username !== credentials?.username
      ? undefined
      : computeHa1(options.hasher, hash, { username, realm, password });
  return checkDigest(options, transaction, { realm, policy: () => challenge, ha1 }) !== undefined;
}

interface Question {
  readonly realm: string;
  readonly policy: (username: string) => ChallengePolicy;
  readonly ha1: Ha1Lookup;
}

/** The name that is proven; undefined: the request is answered. */
function checkDigest(
  options: AuthenticateOptions,
  transaction: ServerTransaction,
  question: Question,
): string | undefined {
  const { digest, wrongPasswords } = options;
  const { request, flow } = transaction;
  const utcMs = options.nowUtcMs();
  const verdict = digest.check({ request, utcMs, ...question });
  if (verdict.ok) {
    wrongPasswords.forget(flow.remote.address, verdict.username);
    if (verdict.isUriMatch || isSameAddressee(verdict.credentials.uri, request)) return verdict.username;
    options.onRejected('redirected', verdict.username, transaction);
    transaction.refuse(buildResponse(request, 400, { reason: 'Authorization Is For Another Request-URI' }));
    return undefined;
  }
  if (verdict.why === 'malformed') {
    transaction.refuse(buildResponse(request, 400, { reason: 'Malformed Authorization' }));
    return undefined;
  }
  if (isEnough(options, transaction, verdict)) {
    transaction.refuse(buildResponse(request, 403, { reason: 'Wrong Password Too Often' }));
    return undefined;
  }
  const { realm } = question;
  // Whose policy counts: of the name that signs, else of the one in the From.
  const policy = question.policy(verdict.username ?? namedInFrom(request));
  const headers = digest.challenge({ realm, policy, isStale: verdict.why === 'stale', utcMs });
  transaction.refuse(buildResponse(request, digest.status, { headers }));
  return undefined;
}

/**
 * RFC 7616 §3.4.6: who has caught credentials on their way must not get another number called with them. Proxies may have written another host into the Request-URI, and
 * what a client has signed may be no URI at all: the user counts, where one was signed.
 */
function isSameAddressee(signed: string, { requestUri }: SipRequest): boolean {
  const user = userIn(parseUri(signed));
  return user === '' || user === userIn(requestUri);
}

function userIn(uri: Uri): string {
  if (uri.kind === 'sip') return uri.user ?? '';
  return uri.kind === 'tel' ? uri.number : '';
}

function isEnough(
  options: AuthenticateOptions,
  transaction: ServerTransaction,
  verdict: DigestVerdict & { readonly ok: false },
): boolean {
  const { why, username } = verdict;
  if (why === 'absent' || why === 'stale') return false;
  options.onRejected(why, username, transaction);
  return options.wrongPasswords.note(transaction.flow.remote.address, username ?? '', options.nowUtcMs());
}

function namedInFrom({ from: { uri } }: SipRequest): string {
  return uri.kind === 'sip' ? (uri.user ?? '') : '';
}
