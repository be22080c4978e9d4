/**
 * The verification service's part (RFC 8224 §6.2), over keys that are given: which Identity headers of a request prove who calls, through all diversions (RFC 8946 §4.2).
 * The outcome is a value; what to do about a call without proof is the caller's policy.
 *
 * Leaves out: certificates and for whom they may sign (`keyOf` says), nested tokens (`div-o`, RFC 8946 §5), `mky` against the session description.
 */
import type { IdentityFault } from './identity-fault.ts';
import { type IdentityHeader, parseIdentity } from './identity-header.ts';
import { type Passport, parsePassport, type SignedPassport, signingInput } from './passport.ts';
import { isSameIdentity, type PassportIdentity } from './passport-identity.ts';

/** Whether the signature (R and S, 64 bytes) is that of the key over the input. */
export type PassportVerifier = (input: Uint8Array, signature: Uint8Array) => Promise<boolean>;

export interface VerifyIdentityOptions {
  /** The values of all Identity headers of the request. */
  readonly headers: readonly string[];
  /** Who calls, as the request says it: From, or whom a trusted peer asserts. */
  readonly orig: PassportIdentity;
  /** Who is called now: To, or the Request-URI. */
  readonly dest: PassportIdentity;
  /** The Date header; undefined: there is none, null: it cannot be read. */
  readonly dateUtcSec?: number | null | undefined;
  readonly nowUtcSec: number;
  /** How old a token may be. Default 60 (RFC 8224 §6.2 step 4). */
  readonly maxAgeSec?: number;
  /** The key of a certificate that is to answer for somebody, who calls or was called; undefined: it cannot be had, null: it is not trusted for that. */
  readonly keyOf: (info: string, whom: PassportIdentity) => Promise<PassportVerifier | undefined | null>;
}

export type IdentityVerdict =
  | {
      readonly isProven: true;
      /** What was said about the caller where the call began. */
      readonly passport: Passport;
      /** How it came here, the first diversion first. */
      readonly diversions: readonly Passport[];
    }
  | { readonly isProven: false; readonly fault: IdentityFault };

const known: ReadonlySet<string | undefined> = new Set([undefined, 'shaken', 'div']);

export async function verifyIdentity(options: VerifyIdentityOptions): Promise<IdentityVerdict> {
  const proven: SignedPassport[] = [];
  const faults: IdentityFault[] = [];
  for (const value of options.headers.slice(0, mostHeaders)) {
    const verdict = await verifyOne(options, value);
    if (typeof verdict === 'string') faults.push(verdict);
    else proven.push(verdict);
  }
  const chain = chainTo(proven, options.dest);
  const [passport, ...diversions] = chain;
  if (passport !== undefined) return { isProven: true, passport, diversions };
  const [fault = proven.length > 0 ? 'wrong-dest' : 'absent'] = faults;
  return { isProven: false, fault };
}

const mostHeaders = 20;

async function verifyOne(options: VerifyIdentityOptions, value: string): Promise<SignedPassport | IdentityFault> {
  const header = parseIdentity(value);
  if (header === undefined) return 'malformed';
  if (!known.has(header.ppt)) return 'unsupported-ppt';
  if (header.alg !== 'ES256') return 'unsupported-alg';
  const passport = passportOf(options, header);
  if (typeof passport === 'string') return passport;
  if (!isSameIdentity(passport.claims.orig, options.orig)) return 'wrong-orig';
  // RFC 8946 §4.1: whoever diverts answers for the number that was called.
  const verify = await options.keyOf(header.info, passport.claims.div ?? options.orig);
  if (verify === undefined) return 'no-credential';
  if (verify === null) return 'untrusted-credential';
  const input = new TextEncoder().encode(passport.signingInput);
  return (await verify(input, passport.signature)) ? passport : 'wrong-signature';
}

function passportOf(options: VerifyIdentityOptions, header: IdentityHeader): SignedPassport | IdentityFault {
  const { nowUtcSec, maxAgeSec = 60, dateUtcSec } = options;
  const isStale = (utcSec: number): boolean => Math.abs(nowUtcSec - utcSec) > maxAgeSec;
  const token = parsePassport(header.token);
  if (token === undefined) return 'malformed';
  if (token.form === 'full') {
    const { passport } = token;
    const { alg, ppt, x5u } = passport.header;
    if (alg !== 'ES256') return 'unsupported-alg';
    if (ppt !== header.ppt || x5u !== header.info) return 'malformed';
    return isStale(passport.claims.iat) ? 'stale-iat' : passport;
  }
  // RFC 8224 §6.2 step 4: what the compact form leaves out stands in the message.
  if (header.ppt !== undefined) return 'malformed';
  if (dateUtcSec == null) return 'bad-date';
  if (isStale(dateUtcSec)) return 'stale-date';
  const { orig, dest } = options;
  const passport: Passport = {
    header: { alg: 'ES256', x5u: header.info },
    claims: { iat: dateUtcSec, orig, dest: [dest] },
  };
  return { ...passport, signingInput: signingInput(passport), signature: token.signature };
}

/**
 * RFC 8946 §4.2: from who is called now backwards, each diversion to whom it was for before, until a token that is no diversion. Empty: there is no such way.
 */
function chainTo(proven: readonly SignedPassport[], dest: PassportIdentity): readonly SignedPassport[] {
  const rest = [...proven];
  const chain: SignedPassport[] = [];
  let target = dest;
  for (;;) {
    const isForTarget = ({ claims }: SignedPassport): boolean => claims.dest.some((one) => isSameIdentity(one, target));
    const origin = rest.find((one) => one.header.ppt !== 'div' && isForTarget(one));
    if (origin !== undefined) return [origin, ...chain];
    const at = rest.findIndex((one) => one.header.ppt === 'div' && isForTarget(one));
    const [diversion] = at < 0 ? [] : rest.splice(at, 1);
    if (diversion?.claims.div === undefined) return [];
    chain.unshift(diversion);
    target = diversion.claims.div;
  }
}
