/**
 * The requests that the layer itself makes for a client transaction: ACK of a non-2xx final (RFC 3261 §17.1.1.3) and CANCEL (§9.1).
 * Rows are copied as they stand, since To comes from a peer and may hold what nobody here would write.
 */
import { HeadComposer } from '../message/compose.ts';
import type { Head } from '../message/head.ts';
import * as names from '../message/header-names.ts';
import { NO_BODY } from '../message/message.ts';
import { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { toWire } from '../message/text.ts';

/** Same Request-URI, topmost Via, From, Call-ID, CSeq number and Route as the INVITE; To as the response has it. */
export function buildAck(invite: SipRequest, response: SipResponse): SipRequest {
  return derived(invite, 'ACK', response.head, undefined);
}

const SESSION_ID = names.headerId('Session-ID');

/** As the INVITE, To included; no Require, no Proxy-Require (RFC 3261 §9.1). */
export function buildCancel(invite: SipRequest, reasonHeader: string | undefined): SipRequest {
  return derived(invite, 'CANCEL', invite.head, reasonHeader);
}

function derived(invite: SipRequest, method: string, to: Head, reasonHeader: string | undefined): SipRequest {
  const uriWire = toWire(invite.uri);
  const { head } = invite;
  const composer = new HeadComposer(`${method} ${uriWire} SIP/2.0`);
  // The first row is the Via that this layer put there, and holds nothing else.
  composer.copy(head, head.find(names.VIA));
  composer.add('Max-Forwards', 70);
  for (let row = head.find(names.ROUTE); row >= 0; row = head.find(names.ROUTE, row + 1)) composer.copy(head, row);
  composer.copy(head, head.find(names.FROM));
  composer.copy(to, to.find(names.TO));
  composer.copy(head, head.find(names.CALL_ID));
  composer.add('CSeq', `${invite.cseq.seq} ${method}`);
  // RFC 7989 §6: as in the request that it is about.
  const sessionId = head.find(SESSION_ID);
  if (sessionId >= 0) composer.copy(head, sessionId);
  // RFC 3326: why, so that the other phones that ring can show "answered elsewhere".
  if (reasonHeader !== undefined) composer.add('Reason', reasonHeader);
  return new SipRequest({ method, uriWire }, composer.finish(0), { bytes: NO_BODY, start: 0, end: 0 });
}
