/**
 * Loop detection (RFC 3261 §16.3 step 4, §16.6 step 8; RFC 5393 §4.2): each branch ends with a keyed hash over what decides where the request goes. A request
 * that carries a Via of ours with the very hash it has now was here before and would go the same way again; with another hash it is a spiral.
 *
 * The topmost Via is not hashed, which differs at every round (RFC 5393 §4.2.2), nor the method and what CANCEL and ACK do not share with their INVITE, so
 * that a proxy without state gives the three the same branch (RFC 3261 §16.11). Nobody else can make such a hash, so whose Via it is need not be asked.
 */
import type { Hasher } from '../auth/hasher.ts';
import type { SipRequest } from '../message/request.ts';

const CHARACTERS = 16;

/** @param request as it came, before any of it was changed */
export function loopHash(hasher: Hasher, key: string, request: SipRequest): string {
  const { uri, from, callId, cseq } = request;
  const decisive = [uri, ...request.headers('Route'), from.tag ?? '', callId, cseq.seq].join('\n');
  return hasher.hmacSha256(key, decisive).slice(0, CHARACTERS);
}

export function isLooped(request: SipRequest, hash: string): boolean {
  const tail = `.${hash}`;
  return request.vias().some(({ branch }) => branch?.endsWith(tail) === true);
}
