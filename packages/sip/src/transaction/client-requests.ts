/** The requests that the layer itself makes for a client transaction: ACK of a non-2xx final (RFC 3261 §17.1.1.3) and CANCEL (§9.1). */
import { buildRequest } from '../message/build-request.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';

/** Same Request-URI, topmost Via, From, Call-ID, CSeq number and Route as the INVITE; To as the response has it. */
export function buildAck(invite: SipRequest, response: SipResponse): SipRequest {
  return derived(invite, 'ACK', response.header('To') ?? invite.header('To') ?? '', undefined);
}

/** As the INVITE, To included; no Require, no Proxy-Require (RFC 3261 §9.1). */
export function buildCancel(invite: SipRequest, reasonHeader: string | undefined): SipRequest {
  return derived(invite, 'CANCEL', invite.header('To') ?? '', reasonHeader);
}

function derived(invite: SipRequest, method: string, to: string, reasonHeader: string | undefined): SipRequest {
  const headers: [string, string | number][] = [
    ['Via', invite.headers('Via')[0] ?? ''],
    ['Max-Forwards', 70],
  ];
  for (const route of invite.headers('Route')) headers.push(['Route', route]);
  headers.push(['From', invite.header('From') ?? ''], ['To', to], ['Call-ID', invite.callId]);
  headers.push(['CSeq', `${invite.cseq.seq} ${method}`]);
  // RFC 3326: why, so that the other phones that ring can show "answered elsewhere".
  if (reasonHeader !== undefined) headers.push(['Reason', reasonHeader]);
  return buildRequest({ method, uri: invite.uri, headers });
}
