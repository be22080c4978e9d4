/** The authentication service's part (RFC 8224 §6.1): a token signed, as the value of an Identity header. Whether the caller may be vouched for is decided before. */
import { formatIdentity } from './identity-header.ts';
import { formatCompactPassport, formatPassport, type Passport, type PassportClaims, signingInput } from './passport.ts';

/**
 * ECDSA on P-256 with SHA-256: R and S, 64 bytes together (RFC 7518 §3.4). In Node `createPassportSigner` of "@ringdown/sip/node", in browsers that of "@ringdown/sip/browser".
 */
export type PassportSigner = (input: Uint8Array) => Promise<Uint8Array>;

export interface SignIdentityOptions {
  readonly claims: PassportClaims;
  /** `shaken` (RFC 8588), `div` (RFC 8946); absent: the base claims alone. */
  readonly ppt?: string;
  /** URI of the certificate that the key belongs to. */
  readonly info: string;
  readonly sign: PassportSigner;
  /** The signature alone (RFC 8225 §7), where nothing but From, To and Date is claimed: the Date header has to say `iat`. Default false. */
  readonly compact?: boolean;
}

export async function signIdentity(options: SignIdentityOptions): Promise<string> {
  const { claims, ppt, info, sign, compact = false } = options;
  const passport: Passport = { header: { alg: 'ES256', x5u: info, ...(ppt === undefined ? {} : { ppt }) }, claims };
  const signature = await sign(new TextEncoder().encode(signingInput(passport)));
  // RFC 8588 §6, RFC 8946 §4.1: what only the token says has to be in it.
  const isCompact = compact && ppt === undefined && claims.more === undefined;
  const token = isCompact ? formatCompactPassport(signature) : formatPassport(passport, signature);
  return formatIdentity({ token, info, alg: 'ES256', ...(ppt === undefined ? {} : { ppt }) });
}
