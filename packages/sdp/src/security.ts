/**
 * What m-lines say of keys and of ICE: a=crypto (RFC 4568 §9.1), a=setup and a=fingerprint (RFC 8122), a=ice-ufrag and a=ice-pwd (RFC 8839). Read for
 * whoever ends the media; a line that is passed on is never written anew from these.
 */
import { attribute, attributes } from './attributes.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

export interface CryptoLine {
  readonly tag: number;
  readonly suite: string;
  /** inline:<key||salt in base64>[|lifetime][|MKI:length], several divided by semicolons; raw. */
  readonly keyParameters: string;
  readonly sessionParameters: readonly string[];
}

/** In the writer's order of preference; a malformed line is left out. */
export function cryptoLines(media: MediaDescription): CryptoLine[] {
  return attributes(media.lines, 'crypto').flatMap((value) => {
    const [tag = '', suite, keyParameters, ...sessionParameters] = value.split(' ').filter((part) => part !== '');
    if (!/^\d{1,9}$/.test(tag) || suite === undefined || keyParameters === undefined) return [];
    return [{ tag: Number(tag), suite, keyParameters, sessionParameters }];
  });
}

export interface DtlsParameters {
  /** actpass, active, passive, holdconn (RFC 4145 §4); null where absent. */
  readonly setup: string | null;
  readonly fingerprints: readonly { readonly hash: string; readonly value: string }[];
}

/** The m-line's own, else those of the session. */
export function dtlsParameters(sdp: SessionDescription, media: MediaDescription): DtlsParameters {
  const own = attributes(media.lines, 'fingerprint');
  const fingerprints = (own.length > 0 ? own : attributes(sdp.lines, 'fingerprint')).flatMap((text) => {
    const [hash, value] = text.split(' ');
    return hash === undefined || value === undefined ? [] : [{ hash: hash.toLowerCase(), value: value.toUpperCase() }];
  });
  return { setup: attribute(media.lines, 'setup') ?? attribute(sdp.lines, 'setup') ?? null, fingerprints };
}

export interface IceParameters {
  readonly ufrag: string;
  readonly password: string;
  readonly isLite: boolean;
  /** Raw a=candidate values. */
  readonly candidates: readonly string[];
}

/** Null where the m-line does not speak ICE. */
export function iceParameters(sdp: SessionDescription, media: MediaDescription): IceParameters | null {
  const ufrag = attribute(media.lines, 'ice-ufrag') ?? attribute(sdp.lines, 'ice-ufrag');
  const password = attribute(media.lines, 'ice-pwd') ?? attribute(sdp.lines, 'ice-pwd');
  if (ufrag === undefined || password === undefined) return null;
  const isLite = attribute(sdp.lines, 'ice-lite') !== undefined;
  return { ufrag, password, isLite, candidates: attributes(media.lines, 'candidate') };
}
