/**
 * What is said about a call by pointing to it: Alert-Info (RFC 3261 §20.4, RFC 7462), Call-Info (§20.9), Error-Info (§20.18). A URI in angle brackets with
 * parameters.
 */

import { parseNameAddr } from '../message/name-addr.ts';
import { formatParams, type Params } from '../message/params.ts';

export interface LinkedUri {
  readonly uri: string;
  readonly params: Params;
  /** Call-Info: icon, info, card, or another; undefined: not said. */
  readonly purpose: string | undefined;
}

/** One value. Interop: phones write `info=…` or a bare word without any URI, which is none of this. */
export function parseLinkedUri(text: string): LinkedUri | undefined {
  const address = parseNameAddr(text);
  if (address === undefined || !/^[A-Za-z][A-Za-z0-9+.-]*:./.test(address.uriText)) return undefined;
  return { uri: address.uriText, params: address.params, purpose: address.params.get('purpose')?.toLowerCase() };
}

export function formatLinkedUri(link: {
  readonly uri: string;
  readonly params?: Readonly<Record<string, string | number | undefined>>;
}): string {
  return `<${link.uri}>${formatParams(link.params ?? {})}`;
}

/** How a call is to be announced (RFC 7462 §4): `urn:alert:source:internal` is category `source`, indication `internal`. */
export interface AlertUrn {
  readonly category: string;
  /** From the coarse to the fine: `service:call-waiting:special`. */
  readonly indications: readonly string[];
}

/** Undefined: another URI, or no URN of RFC 7462 §7. */
export function parseAlertUrn(uri: string): AlertUrn | undefined {
  const [scheme, namespace, category, ...indications] = uri.toLowerCase().split(':');
  const isNamed = (label: string | undefined): label is string =>
    label !== undefined && /^[a-z0-9]([a-z0-9@.-]{0,62})$/.test(label);
  if (scheme !== 'urn' || namespace !== 'alert' || !isNamed(category)) return undefined;
  return indications.length > 0 && indications.length <= 16 && indications.every(isNamed)
    ? { category, indications }
    : undefined;
}

export function formatAlertUrn({ category, indications }: AlertUrn): string {
  return `urn:alert:${[category, ...indications].join(':')}`;
}
