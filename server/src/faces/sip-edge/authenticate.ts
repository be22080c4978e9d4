/**
 * Who a request is from (RFC 3261 §22.1, RFC 7616): digest against the directory's credentials. An unknown user is challenged exactly like a known
 * one, and costs the same.
 */

import {
  buildResponse,
  type ChallengePolicy,
  type DigestHash,
  type DigestServer,
  type ServerTransaction,
} from '@ringdown/sip';
import type { DeviceCredentials, DirectoryViews } from '#services/directory';

export interface AuthenticateOptions {
  readonly digest: DigestServer;
  readonly directory: DirectoryViews;
  /** For users we know nothing of, and for those of no domain of ours. */
  readonly policy: ChallengePolicy;
  /** Realm of a request for no domain of ours. */
  readonly fallbackRealm: string;
  readonly nowUtcMs: () => number;
  /** Whether a host in a URI is one of our own addresses. */
  readonly isOwnHost: (host: string) => boolean;
  readonly onRejected: (why: string, username: string | undefined, transaction: ServerTransaction) => void;
}

/** Undefined: the request is answered (401, 400 or 403). `domain`: the host that the From names. */
export function authenticate(
  options: AuthenticateOptions,
  transaction: ServerTransaction,
  domain: string,
): DeviceCredentials | undefined {
  const { digest, directory } = options;
  const { request } = transaction;
  const realm = directory.findDomain(domain, options.isOwnHost(domain))?.name ?? options.fallbackRealm;
  const claimed = request.from.uri.kind === 'sip' ? (request.from.uri.user ?? '') : '';
  const policy = directory.findCredentials(realm, claimed)?.challenge ?? options.policy;
  const utcMs = options.nowUtcMs();
  const ha1 = (username: string, hash: DigestHash) => {
    const found = directory.findCredentials(realm, username);
    return hash === 'MD5' ? found?.ha1Md5 : found?.ha1Sha256;
  };
  const verdict = digest.check({ request, realm, policy, ha1, utcMs });
  if (verdict.ok) {
    const credentials = directory.findCredentials(realm, verdict.username);
    if (credentials !== undefined) return credentials;
  } else if (verdict.why === 'malformed') {
    transaction.respond(buildResponse(request, 400, { reason: 'Malformed Authorization' }));
    return undefined;
  }
  const why = verdict.ok ? 'wrong' : verdict.why;
  if (why !== 'absent' && why !== 'stale')
    options.onRejected(why, verdict.ok ? undefined : verdict.username, transaction);
  const headers = digest.challenge({ realm, policy, isStale: why === 'stale', utcMs });
  transaction.respond(buildResponse(request, digest.status, { headers }));
  return undefined;
}
