/** Authorization and Proxy-Authorization (RFC 3261 §20.7, §20.28; RFC 7616 §3.4). */
import { type DigestAlgorithm, readAlgorithm } from './algorithm.ts';
import { formatAuthParams, parseAuthValue } from './auth-params.ts';

export interface Credentials {
  /** As written; only "Digest" can be verified. */
  readonly scheme: string;
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  /** Lower case hex. */
  readonly response: string;
  /** undefined: not known here. */
  readonly algorithm: DigestAlgorithm | undefined;
  readonly cnonce: string | undefined;
  readonly opaque: string | undefined;
  /** Lower case; undefined: the legacy form of RFC 2069. */
  readonly qop: string | undefined;
  /** Eight hex digits; undefined: legacy form. */
  readonly nc: string | undefined;
  readonly params: ReadonlyMap<string, string>;
}

/** undefined: malformed, or Digest without one of what it needs (RFC 7616 §3.4). Other schemes have '' there. */
export function parseAuthorization(text: string): Credentials | undefined {
  const value = parseAuthValue(text);
  if (value === undefined) return undefined;
  const { scheme, params } = value;
  const qop = params.get('qop')?.toLowerCase();
  const nc = params.get('nc');
  const cnonce = params.get('cnonce');
  if (scheme.toLowerCase() === 'digest') {
    for (const name of ['username', 'realm', 'nonce', 'uri', 'response']) if (!params.has(name)) return undefined;
    if (qop !== undefined && (cnonce === undefined || nc === undefined || !/^[0-9a-f]{8}$/i.test(nc))) return undefined;
  }
  return {
    scheme,
    username: params.get('username') ?? '',
    realm: params.get('realm') ?? '',
    nonce: params.get('nonce') ?? '',
    uri: params.get('uri') ?? '',
    response: (params.get('response') ?? '').toLowerCase(),
    algorithm: readAlgorithm(params.get('algorithm')),
    cnonce,
    opaque: params.get('opaque'),
    qop,
    nc,
    params,
  };
}

export type CredentialsParts = Omit<Credentials, 'scheme' | 'params' | 'algorithm'> & {
  readonly algorithm: DigestAlgorithm | undefined;
};

/** The value of Authorization or Proxy-Authorization; `algorithm` undefined leaves it out, as the challenge did. */
export function formatCredentials(parts: CredentialsParts): string {
  return `Digest ${formatAuthParams([
    ['username', parts.username, true],
    ['realm', parts.realm, true],
    ['nonce', parts.nonce, true],
    ['uri', parts.uri, true],
    ['response', parts.response, true],
    ['algorithm', parts.algorithm, false],
    ['cnonce', parts.cnonce, true],
    ['opaque', parts.opaque, true],
    ['qop', parts.qop, false],
    ['nc', parts.nc, false],
  ])}`;
}
