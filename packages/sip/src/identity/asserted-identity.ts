/** P-Asserted-Identity and P-Preferred-Identity (RFC 3325 §9.1, §9.2): one address, or a SIP and a telephone one of the same party. */
import { type NameAddr, parseNameAddr } from '../message/name-addr.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';

export interface AssertedIdentity {
  readonly sip: NameAddr | undefined;
  readonly tel: NameAddr | undefined;
}

/**
 * Undefined: the header is not there, or says nothing that can be read. Of several addresses of one kind the first counts. Whether the sender is to be
 * believed is for the reader to know (RFC 3325 §5).
 */
export function readAssertedIdentity(
  message: SipRequest | SipResponse,
  name: 'P-Asserted-Identity' | 'P-Preferred-Identity' = 'P-Asserted-Identity',
): AssertedIdentity | undefined {
  const values = message.headers(name);
  if (values.length === 0) return undefined;
  const all = values.flatMap((value) => parseNameAddr(value) ?? []);
  const sip = all.find(({ uri }) => uri.kind === 'sip');
  const tel = all.find(({ uri }) => uri.kind === 'tel');
  return sip === undefined && tel === undefined ? undefined : { sip, tel };
}
