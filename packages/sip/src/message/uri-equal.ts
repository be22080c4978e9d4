/** Whether two URIs are the same (RFC 3261 §19.1.4; tel: RFC 3966 §5; others by their text). */
import { unescapeUri } from './escape.ts';
import type { SipUri, TelUri, Uri } from './uri.ts';
import { uriHeaders } from './uri.ts';
import type { UriParam } from './uri-params.ts';

export function areUrisEqual(a: Uri, b: Uri): boolean {
  if (a.kind === 'sip' && b.kind === 'sip') return areSipUrisEqual(a, b);
  if (a.kind === 'tel' && b.kind === 'tel') return areTelUrisEqual(a, b);
  return a.kind === b.kind && a.text === b.text;
}

function areSipUrisEqual(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    a.user === b.user &&
    a.password === b.password &&
    unescapeUri(a.host).toLowerCase() === unescapeUri(b.host).toLowerCase() &&
    a.port === b.port &&
    areParamsEqual(a, b) &&
    areHeadersEqual(a, b)
  );
}

/** These never match when only one of the two has them; transport neither, since a default may be another (§19.1.4's examples). */
const SIGNIFICANT = new Set(['user', 'ttl', 'method', 'maddr', 'transport']);

function areParamsEqual(a: SipUri, b: SipUri): boolean {
  return isCovered(a, b) && isCovered(b, a);
}

function isCovered(a: SipUri, b: SipUri): boolean {
  for (const { name } of a.params.list) {
    // The first of two counts.
    const value = a.params.get(name) ?? '';
    const other = b.params.get(name);
    if (other === undefined ? SIGNIFICANT.has(name.toLowerCase()) : other.toLowerCase() !== value.toLowerCase())
      return false;
  }
  return true;
}

/** Headers are never ignored; their order counts for nothing. */
function areHeadersEqual(a: SipUri, b: SipUri): boolean {
  if (a.headersText === b.headersText) return true;
  const left = sortedHeaders(uriHeaders(a));
  const right = sortedHeaders(uriHeaders(b));
  return left.length === right.length && left.every((header, i) => header === right[i]);
}

function sortedHeaders(headers: readonly UriParam[]): string[] {
  return headers.map(({ name, value }) => `${name.toLowerCase()}=${value}`).sort();
}

function areTelUrisEqual(a: TelUri, b: TelUri): boolean {
  if (a.isGlobal !== b.isGlobal || a.digits.toLowerCase() !== b.digits.toLowerCase()) return false;
  return hasTelParams(a, b) && hasTelParams(b, a);
}

/** Whether every parameter of a stands in b with the same value. */
function hasTelParams(a: TelUri, b: TelUri): boolean {
  return a.params.list.every(({ name }) => {
    const other = b.params.get(name);
    return other !== undefined && plainParam(name, other) === plainParam(name, a.params.get(name) ?? '');
  });
}

/** Visual separators count for nothing in a global phone-context and in an extension (RFC 3966 §3). */
function plainParam(name: string, value: string): string {
  const lower = value.toLowerCase();
  return name.toLowerCase() === 'ext' || lower.startsWith('+') ? lower.replace(/[-.()]/g, '') : lower;
}
