/** The From of somebody who does not say who calls (RFC 3323 §4.1.1.3). */
import type { NameAddr } from '../message/name-addr.ts';

export const anonymousHost = 'anonymous.invalid';
export const anonymousUser = 'anonymous';
/** As name-addr, without a tag. */
export const anonymousAddress = `"Anonymous" <sip:${anonymousUser}@${anonymousHost}>`;

/** A host of the domain `invalid`, which nobody has (RFC 2606 §2). Interop: also the user `anonymous` at a host of the sender's own, as gateways write it. */
export function isAnonymous({ uri }: Pick<NameAddr, 'uri'>): boolean {
  if (uri.kind !== 'sip') return false;
  return /(?:^|\.)invalid$/i.test(uri.host) || uri.user?.toLowerCase() === anonymousUser;
}
