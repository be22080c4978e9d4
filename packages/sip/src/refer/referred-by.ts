/** Referred-By (RFC 3892 §3): who asked for a request. Leaves out: the signed token that its `cid` may name (§4, §5), which nobody checks here. */
import { type NameAddr, parseNameAddr } from '../message/name-addr.ts';

export interface ReferredBy {
  readonly address: NameAddr;
  /** Content-ID of the body part that proves it. */
  readonly cid: string | undefined;
}

export function parseReferredBy(text: string): ReferredBy | undefined {
  const address = parseNameAddr(text);
  if (address === undefined || address.uriText === '') return undefined;
  return { address, cid: address.params.get('cid') };
}
