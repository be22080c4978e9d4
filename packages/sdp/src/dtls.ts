/**
 * What m-lines say of DTLS: a=fingerprint (RFC 8122 §5), a=setup (RFC 5763 §5), a=tls-id (RFC 8842 §4). Read for whoever ends the media; a line that is passed on is never
 * written anew from these.
 */
import { attribute, attributes } from './attributes.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';
import { mediaSetup, type Setup } from './setup.ts';

export interface Fingerprint {
  /** Lower case: sha-256. */
  readonly hash: string;
  /** Upper case: AB:CD. */
  readonly value: string;
}

export interface DtlsParameters {
  /** Null where absent. */
  readonly setup: Setup | null;
  readonly fingerprints: readonly Fingerprint[];
  /** RFC 8842 §4; null where absent. */
  readonly tlsId: string | null;
}

/** The m-line's own, else those of the session. */
export function dtlsParameters(sdp: SessionDescription, media: MediaDescription): DtlsParameters {
  const own = attributes(media.lines, 'fingerprint');
  const fingerprints = own.length > 0 ? own : attributes(sdp.lines, 'fingerprint');
  return {
    setup: mediaSetup(sdp, media),
    fingerprints: fingerprints.flatMap((text) => readFingerprint(text) ?? []),
    tlsId: readTlsId(attribute(media.lines, 'tls-id') ?? attribute(sdp.lines, 'tls-id') ?? ''),
  };
}

/** Octets of each hash of RFC 8122 §5. */
const hashSizes: ReadonlyMap<string, number> = new Map([
  ['sha-1', 20],
  ['sha-224', 28],
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
  ['md5', 16],
  ['md2', 16],
]);

/** <hash> <octets in hex, between colons>; null where malformed. Of a hash that is not known, any number of octets. Interop: lower-case hex is read too. */
export function readFingerprint(text: string): Fingerprint | null {
  const match = /^([\w-]+) +([0-9a-f]{2}(?::[0-9a-f]{2})*) *$/i.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  const fingerprint = { hash: match[1].toLowerCase(), value: match[2].toUpperCase() };
  const sizeBytes = hashSizes.get(fingerprint.hash);
  return sizeBytes === undefined || fingerprint.value.length === sizeBytes * 3 - 1 ? fingerprint : null;
}

/** RFC 8842 §4: 20 to 255 characters. */
export function readTlsId(text: string): string | null {
  return /^[A-Za-z0-9+/\-_]{20,255}$/.test(text) ? text : null;
}

/**
 * RFC 8842 §4: whether the next description of a side asks for a new association: another tls-id, another set of fingerprints, or the other role. `actpass` takes no role.
 */
export function wantsNewAssociation(before: DtlsParameters, after: DtlsParameters): boolean {
  if (before.tlsId !== after.tlsId) return true;
  const sets = [before, after].map(({ fingerprints }) =>
    [...new Set(fingerprints.map(({ hash, value }) => `${hash} ${value}`))].sort().join('\n'),
  );
  if (sets[0] !== sets[1]) return true;
  const hasRole = (setup: Setup | null): boolean => setup === 'active' || setup === 'passive';
  return hasRole(before.setup) && hasRole(after.setup) && before.setup !== after.setup;
}
