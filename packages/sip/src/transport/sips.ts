/**
 * The rules of SIPS URIs (RFC 3261 §26.2.2, RFC 5630): who asks for `sips:` gets TLS on every hop, is told a `sips:` Contact, and never `transport=tls`, which SIPS
 * replaces (RFC 5630 §3.1.4). A request for a `sips:` URI that came without TLS has been on the way unprotected, and is refused.
 */
import { parseNameAddr } from '../message/name-addr.ts';
import type { SipRequest } from '../message/request.ts';
import type { RequestRejection } from '../message/validate.ts';
import type { Flow } from './flow.ts';

export function isSips(uriText: string): boolean {
  return /^sips:/i.test(uriText);
}

/** RFC 3261 §12.1.1: whether our Contact in a dialog made by this request must be SIPS: by its Request-URI, its topmost Record-Route, else its Contact. */
export function asksForSips(request: SipRequest): boolean {
  if (isSips(request.uri)) return true;
  const [top] = request.headers('Record-Route');
  const named = top === undefined ? request.contacts()[0]?.uriText : parseNameAddr(top)?.uriText;
  return named !== undefined && isSips(named);
}

/** The same address as a SIPS URI. */
export function asSips(uriText: string): string {
  return uriText.replace(/^sip:/i, 'sips:').replace(/;transport=tls(?=[;?>]|$)/i, '');
}

/** Undefined: in order. */
export function checkSips(request: SipRequest, flow: Pick<Flow, 'secure'>): RequestRejection | undefined {
  if (flow.secure || !isSips(request.uri)) return undefined;
  return { status: 403, reason: 'SIPS Needs TLS', headers: [] };
}
