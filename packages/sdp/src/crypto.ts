/**
 * Keys of SRTP in the description itself: a=crypto (RFC 4568 §4, §6, §9; suites of RFC 6188 and RFC 7714 too), read, checked, chosen and written. Raw lines that are passed
 * on are never written anew from these. Left out: the keys' use (packages/rtc), and whether the signalling that carries them is safe (§7.2).
 */
import { attributes } from './attributes.ts';
import { fields, wholeNumber } from './fields.ts';
import type { MediaDescription } from './session-description.ts';

/** One `inline:` key (§6.1). */
export interface CryptoKey {
  /** Key and salt, one behind the other, in base 64. */
  readonly keySalt: string;
  /** Packets that may be protected with it; null: the most that the suite allows. */
  readonly lifetime: number | null;
  readonly mki: { readonly value: number; readonly lengthBytes: number } | null;
}

export interface CryptoAttribute {
  readonly tag: number;
  readonly suite: string;
  readonly keys: readonly CryptoKey[];
  /** KDR=…, UNENCRYPTED_SRTP …, as written (§6.3). */
  readonly sessionParameters: readonly string[];
}

/** Octets of key and salt together (RFC 4568 §6.2; RFC 6188 §4; RFC 7714 §14.2). */
const keySaltSizes: Readonly<Record<string, number>> = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  F8_128_HMAC_SHA1_80: 30,
  AES_192_CM_HMAC_SHA1_80: 38,
  AES_192_CM_HMAC_SHA1_32: 38,
  AES_256_CM_HMAC_SHA1_80: 46,
  AES_256_CM_HMAC_SHA1_32: 46,
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
};

/** How many octets of key and salt a suite takes; null for a suite that is not known. */
export function keySaltSizeBytes(suite: string): number | null {
  return Object.hasOwn(keySaltSizes, suite) ? (keySaltSizes[suite] ?? null) : null;
}

/** In the writer's order of preference; a malformed line is left out. */
export function cryptoAttributes(media: MediaDescription): CryptoAttribute[] {
  return attributes(media.lines, 'crypto').flatMap((value) => readCrypto(value) ?? []);
}

/** RFC 4568 §9.1: <tag> <suite> <key>[;<key>…] [<session parameter> …]; null where malformed, or where a key does not fit its suite. */
export function readCrypto(value: string): CryptoAttribute | null {
  const [number, suite, keyText, ...sessionParameters] = fields(value);
  const tag = wholeNumber(number, 999_999_999);
  if (tag === null || suite === undefined || keyText === undefined || !/^\w+$/.test(suite)) return null;
  const keys: CryptoKey[] = [];
  for (const text of keyText.split(';')) {
    const key = readKey(text, suite);
    if (key === null) return null;
    keys.push(key);
  }
  return areDistinguished(keys) ? { tag, suite, keys, sessionParameters } : null;
}

function readKey(text: string, suite: string): CryptoKey | null {
  const match = /^inline:([A-Za-z0-9+/]{1,512}={0,2})(?:\|(2\^\d{1,2}|\d{1,15}))?(?:\|(\d{1,15}):(\d{1,3}))?$/.exec(
    text,
  );
  const keySalt = match?.[1];
  if (match === null || keySalt === undefined) return null;
  const sizeBytes = keySaltSizeBytes(suite);
  if (sizeBytes !== null && Math.floor((keySalt.replace(/=+$/, '').length * 3) / 4) !== sizeBytes) return null;
  const lifetime = match[2] === undefined ? null : readLifetime(match[2]);
  if (lifetime === 0) return null;
  const lengthBytes = Number(match[4] ?? 1);
  if (lengthBytes < 1 || lengthBytes > 128) return null;
  const value = match[3] === undefined ? null : Number(match[3]);
  // RFC 4568 §6.1: the value must fit into its octets.
  if (value !== null && lengthBytes < 7 && value >= 2 ** (8 * lengthBytes)) return null;
  return { keySalt, lifetime, mki: value === null ? null : { value, lengthBytes } };
}

/** RFC 3711 §9.2: not more than 2^48 packets by one key; 0: no lifetime. */
function readLifetime(text: string): number {
  const packets = text.startsWith('2^') ? 2 ** Number(text.slice(2)) : Number(text);
  return packets <= 2 ** 48 ? packets : 0;
}

/** RFC 4568 §6.1: several keys need MKIs of one length, each another value. */
function areDistinguished(keys: readonly CryptoKey[]): boolean {
  if (keys.length < 2) return true;
  const [first] = keys;
  return (
    keys.every(({ mki }) => mki !== null && mki.lengthBytes === first?.mki?.lengthBytes) &&
    new Set(keys.map(({ mki }) => mki?.value)).size === keys.length
  );
}

/** The value of an a=crypto line. */
export function formatCrypto(line: CryptoAttribute): string {
  const keys = line.keys.map(({ keySalt, lifetime, mki }) => {
    const life = lifetime === null ? '' : `|${isPowerOfTwo(lifetime) ? `2^${Math.log2(lifetime)}` : lifetime}`;
    return `inline:${keySalt}${life}${mki === null ? '' : `|${mki.value}:${mki.lengthBytes}`}`;
  });
  return [line.tag, line.suite, keys.join(';'), ...line.sessionParameters].join(' ');
}

function isPowerOfTwo(number: number): boolean {
  return number > 1 && Number.isInteger(Math.log2(number));
}

/** Those of §6.3 that change what is in the packets, so that both ends must do the same: an answer repeats them (§6.3.2, §6.3.3). */
const negotiated: ReadonlySet<string> = new Set(['UNENCRYPTED_SRTP', 'UNENCRYPTED_SRTCP', 'UNAUTHENTICATED_SRTP']);

export interface CryptoChoice {
  /** Suites that we speak; the offer's order counts, not this one (§5.1.2). */
  readonly suites: readonly string[];
  /** Session parameters that we can keep, by name: `KDR`, `UNENCRYPTED_SRTCP` … Default: none. Those that begin with "-" may be ignored (§6.3.7). */
  readonly parameters?: readonly string[];
}

/** The first line of an offer that we can speak; null: none, the m-line is to be refused (RFC 4568 §5.1.2). */
export function chooseCrypto(offered: readonly CryptoAttribute[], choice: CryptoChoice): CryptoAttribute | null {
  const known = new Set(choice.parameters ?? []);
  return (
    offered.find(
      ({ suite, sessionParameters }) =>
        choice.suites.includes(suite) &&
        sessionParameters.every((text) => text.startsWith('-') || known.has(parameterName(text))),
    ) ?? null
  );
}

/** Our line in the answer: the chosen tag and suite, our own key, and what both must do alike (RFC 4568 §5.1.2). */
export function answerCrypto(chosen: CryptoAttribute, key: CryptoKey): CryptoAttribute {
  const sessionParameters = chosen.sessionParameters.filter((text) => negotiated.has(parameterName(text)));
  return { tag: chosen.tag, suite: chosen.suite, keys: [key], sessionParameters };
}

/** RFC 4568 §5.1.3: an answer names one line of the offer, its suite, and the same of what is negotiated; why it does not, or null. */
export function cryptoAnswerProblem(
  offered: readonly CryptoAttribute[],
  answered: readonly CryptoAttribute[],
): string | null {
  const [answer] = answered;
  if (answered.length > 1) return 'an answer with several a=crypto lines';
  if (answer === undefined) return 'an answer without a=crypto';
  const asked = offered.find(({ tag }) => tag === answer.tag);
  if (asked === undefined) return `a=crypto:${answer.tag} was not offered`;
  if (asked.suite !== answer.suite) return `a=crypto:${answer.tag} is ${asked.suite}, answered ${answer.suite}`;
  const [wanted, said] = [asked, answer].map(({ sessionParameters }) =>
    sessionParameters
      .map(parameterName)
      .filter((name) => negotiated.has(name))
      .sort()
      .join(' '),
  );
  return wanted === said
    ? null
    : `a=crypto:${answer.tag} with ${said || 'no'} session parameters, offered ${wanted || 'none'}`;
}

function parameterName(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0 ? text : text.slice(0, equals);
}
