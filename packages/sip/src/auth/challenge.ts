/** WWW-Authenticate and Proxy-Authenticate (RFC 3261 §20.27, §20.44; RFC 7616 §3.3). */
import { type DigestAlgorithm, readAlgorithm } from './algorithm.ts';
import { formatAuthParams, parseAuthValue } from './auth-params.ts';

export interface Challenge {
  /** As written; only "Digest" can be answered. */
  readonly scheme: string;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly isStale: boolean;
  /** undefined: not known here. */
  readonly algorithm: DigestAlgorithm | undefined;
  /** As written; undefined: absent. */
  readonly algorithmText: string | undefined;
  /** Lower case; empty: the legacy form of RFC 2069. */
  readonly qop: readonly string[];
  readonly params: ReadonlyMap<string, string>;
}

/** Parses one challenge; of a scheme other than Digest only `scheme` and `params` say something. */
export function parseAuthenticate(text: string): Challenge | undefined {
  const value = parseAuthValue(text);
  if (value === undefined) return undefined;
  const { scheme, params } = value;
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  if (scheme.toLowerCase() === 'digest' && (realm === undefined || nonce === undefined)) return undefined;
  const algorithmText = params.get('algorithm');
  const qop = params.get('qop') ?? '';
  return {
    scheme,
    realm: realm ?? '',
    nonce: nonce ?? '',
    opaque: params.get('opaque'),
    isStale: params.get('stale')?.toLowerCase() === 'true',
    algorithm: readAlgorithm(algorithmText),
    algorithmText,
    qop: qop
      .split(',')
      .map((option) => option.trim().toLowerCase())
      .filter((option) => option !== ''),
    params,
  };
}

export interface ChallengeParts {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  readonly isStale?: boolean;
  readonly opaque?: string;
  /** Default "auth"; '' for the legacy form. */
  readonly qop?: string;
}

/** The value of WWW-Authenticate or Proxy-Authenticate. */
export function formatChallenge(parts: ChallengeParts): string {
  const qop = parts.qop ?? 'auth';
  return `Digest ${formatAuthParams([
    ['realm', parts.realm, true],
    ['nonce', parts.nonce, true],
    ['opaque', parts.opaque, true],
    ['stale', parts.isStale === true ? 'true' : undefined, false],
    ['algorithm', parts.algorithm, false],
    ['qop', qop === '' ? undefined : qop, true],
  ])}`;
}
