/**
 * PASSporT (RFC 8225): a token that says who calls whom and when, signed. Full form: header, claims and signature, each base64url, with dots between; compact form
 * (§7): the signature alone after two dots, the rest being known from the SIP message.
 *
 * Leaves out: `mky` is kept as it was written and not compared with the session description; claims that no RFC named here has are kept in `more`.
 */
import { decodeBase64Url, encodeBase64Url } from './base64-url.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import type { PassportIdentity } from './passport-identity.ts';

export interface PassportHeader {
  /** Only ES256 is defined (RFC 8225 §4). */
  readonly alg: string;
  /** The extension: `shaken` (RFC 8588), `div` (RFC 8946); absent: the base claims alone. */
  readonly ppt?: string;
  /** Where the certificate is: the `info` of the Identity header. */
  readonly x5u: string;
}

export interface PassportClaims {
  /** NumericDate, seconds. */
  readonly iat: number;
  readonly orig: PassportIdentity;
  readonly dest: readonly PassportIdentity[];
  /** RFC 8588 §4: how far the signer answers for the caller. */
  readonly attest?: 'A' | 'B' | 'C';
  /** RFC 8588 §5: a UUID. */
  readonly origid?: string;
  /** RFC 8946 §3: for whom the call was before it was diverted to `dest`. */
  readonly div?: PassportIdentity;
  /** All other members, as they are. */
  readonly more?: Readonly<Record<string, Json>>;
}

export interface Passport {
  readonly header: PassportHeader;
  readonly claims: PassportClaims;
}

export interface SignedPassport extends Passport {
  /** The bytes that were signed (RFC 7515 §5.1 step 5), as text: ASCII. */
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

export type PassportToken =
  | { readonly form: 'full'; readonly passport: SignedPassport }
  | { readonly form: 'compact'; readonly signature: Uint8Array };

/** What is longer is nobody's call: such a token is refused unread. */
export const longestTokenCharacters = 16_384;

/** What is to be signed. */
export function signingInput({ header, claims }: Passport): string {
  return `${part(headerJson(header))}.${part(claimsJson(claims))}`;
}

export function formatPassport(passport: Passport, signature: Uint8Array): string {
  return `${signingInput(passport)}.${encodeBase64Url(signature)}`;
}

/** RFC 8225 §7. */
export function formatCompactPassport(signature: Uint8Array): string {
  return `..${encodeBase64Url(signature)}`;
}

function part(json: Json): string {
  return encodeBase64Url(new TextEncoder().encode(canonicalJson(json)));
}

function headerJson({ alg, ppt, x5u }: PassportHeader): Json {
  return { alg, typ: 'passport', x5u, ...(ppt === undefined ? {} : { ppt }) };
}

function claimsJson({ iat, orig, dest, attest, origid, div, more }: PassportClaims): Json {
  const [tn, uri] = (['tn', 'uri'] as const).map((kind) =>
    dest.filter((one) => one.kind === kind).map(({ value }) => value),
  );
  return {
    ...more,
    iat,
    orig: { [orig.kind]: orig.value },
    dest: { ...(tn?.length ? { tn } : {}), ...(uri?.length ? { uri } : {}) },
    ...(attest === undefined ? {} : { attest }),
    ...(origid === undefined ? {} : { origid }),
    ...(div === undefined ? {} : { div: { [div.kind]: div.value } }),
  };
}

/** Undefined: no token of either form, or not the claims that RFC 8225 §5 and the extension that it names want. */
export function parsePassport(text: string): PassportToken | undefined {
  if (text.length > longestTokenCharacters) return undefined;
  const [head = '', claims = '', tail = '', ...rest] = text.split('.');
  const signature = decodeBase64Url(tail);
  if (rest.length > 0 || signature === undefined || signature.length === 0) return undefined;
  if (head === '' && claims === '') return { form: 'compact', signature };
  const header = readHeader(readPart(head));
  const read = readClaims(readPart(claims), header?.ppt);
  if (header === undefined || read === undefined) return undefined;
  return { form: 'full', passport: { header, claims: read, signingInput: `${head}.${claims}`, signature } };
}

type Members = Readonly<Record<string, unknown>>;

function readPart(text: string): Members | undefined {
  const bytes = decodeBase64Url(text);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readHeader(header: Members | undefined): PassportHeader | undefined {
  if (header === undefined) return undefined;
  const { alg, typ, x5u, ppt } = header;
  if (typeof alg !== 'string' || typ !== 'passport' || typeof x5u !== 'string') return undefined;
  if (ppt === undefined) return { alg, x5u };
  return typeof ppt === 'string' ? { alg, x5u, ppt } : undefined;
}

function readClaims(members: Members | undefined, ppt: string | undefined): PassportClaims | undefined {
  if (members === undefined) return undefined;
  const { iat, orig, dest, attest, origid, div, ...more } = members;
  const from = readOne(orig);
  const to = readAll(dest);
  if (typeof iat !== 'number' || !Number.isSafeInteger(iat) || from === undefined || to === undefined) return undefined;
  const diverted = div === undefined ? undefined : readOne(div);
  const shaken = attest === 'A' || attest === 'B' || attest === 'C' ? attest : undefined;
  const isShaken = shaken !== undefined && typeof origid === 'string';
  if ((ppt === 'shaken' && !isShaken) || (ppt === 'div' && diverted === undefined)) return undefined;
  return {
    iat,
    orig: from,
    dest: to,
    ...(shaken === undefined ? {} : { attest: shaken }),
    ...(typeof origid === 'string' ? { origid } : {}),
    ...(diverted === undefined ? {} : { div: diverted }),
    ...(Object.keys(more).length === 0 ? {} : { more: more as Readonly<Record<string, Json>> }),
  };
}

/** RFC 8225 §5.2.1: one identity, of either kind. RFC 8946 §3: `div` alike. */
function readOne(value: unknown): PassportIdentity | undefined {
  if (!isMembers(value)) return undefined;
  const { tn, uri } = value;
  if (typeof tn === 'string' && uri === undefined) return { kind: 'tn', value: tn };
  return typeof uri === 'string' && tn === undefined ? { kind: 'uri', value: uri } : undefined;
}

/** RFC 8225 §5.2.1: at least one identity, each kind as a list. */
function readAll(value: unknown): readonly PassportIdentity[] | undefined {
  if (!isMembers(value)) return undefined;
  const { tn = [], uri = [] } = value;
  if (!Array.isArray(tn) || !Array.isArray(uri)) return undefined;
  const all = [...tn.map((one) => ['tn', one] as const), ...uri.map((one) => ['uri', one] as const)];
  if (all.length === 0 || all.length > 100 || !all.every(([, one]) => typeof one === 'string')) return undefined;
  return all.map(([kind, one]) => ({ kind, value: String(one) }));
}
