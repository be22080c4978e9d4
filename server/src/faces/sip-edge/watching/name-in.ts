/** Whose state a SUBSCRIBE asks for, or a PUBLISH says. */
import type { SipRequest } from '@ringdown/sip';

export function nameIn({ requestUri: uri }: SipRequest): { readonly user: string; readonly host: string } {
  if (uri.kind === 'sip') return { user: uri.user ?? '', host: uri.host };
  return { user: uri.kind === 'tel' ? uri.number : '', host: '' };
}
