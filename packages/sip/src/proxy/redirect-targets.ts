/** The contacts of a 3xx as targets (RFC 3261 §16.7 step 4, §8.1.3.4), and the 3xx without those that were taken. */

import { parseContact } from '../message/contact.ts';
import { edit } from '../message/edit.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ProxyTarget } from './proxy-port.ts';

/** @param request as it came: what was asked for securely is not sent elsewhere insecurely */
export function redirectTargets(response: SipResponse, request: SipRequest): ProxyTarget[] {
  const isSips = request.requestUri.scheme === 'sips';
  return response.headers('Contact').flatMap((value): ProxyTarget[] => {
    const contact = parseContact(value);
    if (contact === undefined || contact.uri.kind !== 'sip') return [];
    if (isSips && contact.uri.scheme !== 'sips') return [];
    return [{ uri: contact.uriText, q: contact.q ?? 1 }];
  });
}

/** Undefined: no contact is left. */
export function withoutContacts(response: SipResponse, taken: readonly ProxyTarget[]): SipResponse | undefined {
  const left = response.headers('Contact').filter((value) => {
    const uri = parseContact(value)?.uriText;
    return !taken.some((target) => target.uri === uri);
  });
  if (left.length === 0) return undefined;
  return edit(response).setHeader('Contact', left.join(', ')).done();
}
