/** Who is meant by an address, in the form that is signed: a telephone number or a URI, canonical (RFC 8224 §8.1 to §8.5). */
import type { Uri } from '../message/uri.ts';

export type PassportIdentity =
  | { readonly kind: 'tn'; readonly value: string }
  | { readonly kind: 'uri'; readonly value: string };

/**
 * RFC 8224 §8.3 in part: what only people read goes, and the `+`. Undefined: no telephone number. A number without country code is for the one who knows where it is dialled
 * to complete, before it comes here.
 */
export function canonicalNumber(text: string): string | undefined {
  const digits = text.replace(/[\s().-]/g, '').replace(/^\+/, '');
  return /^[0-9*#]+$/.test(digits) ? digits : undefined;
}

/**
 * RFC 8224 §8.1: a `tel:` URI, one with `user=phone`, or one whose user part looks like a global number is a number; all else a URI. Undefined: neither SIP nor
 * telephone.
 */
export function identityOfUri(uri: Uri): PassportIdentity | undefined {
  if (uri.kind === 'tel') return numberIdentity(uri.digits);
  if (uri.kind !== 'sip') return undefined;
  const user = uri.user ?? '';
  const isNumber = uri.params.get('user')?.toLowerCase() === 'phone' || /^\+?[0-9().-]{4,}$/.test(user);
  return (isNumber ? numberIdentity(user.split(';')[0] ?? '') : undefined) ?? { kind: 'uri', value: canonicalUri(uri) };
}

function numberIdentity(text: string): PassportIdentity | undefined {
  const value = canonicalNumber(text);
  return value === undefined ? undefined : { kind: 'tn', value };
}

/** RFC 8224 §8.5: scheme, user and host; parameters and headers are not who it is. */
function canonicalUri(uri: Uri & { readonly kind: 'sip' }): string {
  const user = uri.user === undefined ? '' : `${uri.user}@`;
  return `${uri.scheme}:${user}${uri.host.toLowerCase()}`;
}

export function isSameIdentity(a: PassportIdentity, b: PassportIdentity): boolean {
  return a.kind === b.kind && a.value === b.value;
}
