/**
 * Which transaction a message belongs to: RFC 3261 §17.2.3 for requests, with its rules for RFC 2543 peers; §17.1.3 for responses is the
 * branch alone, since ours are unique.
 *
 * A key is one string. ACK and CANCEL give the key of the INVITE they are about; the CANCEL's own transaction is keyed apart.
 */
import type { SipRequest } from '../message/request.ts';

export function serverKey(request: SipRequest): string {
  const { method } = request;
  return keyFor(request, method === 'ACK' ? 'INVITE' : method);
}

/** The key of the INVITE that an ACK or CANCEL is about. */
export function inviteKey(request: SipRequest): string {
  return keyFor(request, 'INVITE');
}

function keyFor(request: SipRequest, method: string): string {
  const via = request.topVia;
  if (via.hasRfc3261Branch) return `${via.branch}|${via.sentBy}|${method}`;
  // RFC 2543 peers: Request-URI, From tag, Call-ID, CSeq number and the topmost Via; To tags are compared apart (tagsMatch).
  // Received and rport were added here and are the same for all messages of one peer.
  const { from, callId, cseq } = request;
  const top = `${via.transport} ${via.sentBy}${via.branch ?? ''}`;
  return `2543|${request.uri}|${from.tag ?? ''}|${callId}|${cseq.seq}|${top}|${method}`;
}

/** Whether the tags fit too, for a request matched by an RFC 2543 key: an ACK carries the tag of our final response. */
export function tagsMatch(
  request: SipRequest,
  originalToTag: string | undefined,
  sentToTag: string | undefined,
): boolean {
  if (request.topVia.hasRfc3261Branch) return true;
  const tag = request.to.tag;
  return request.method === 'ACK' ? tag === sentToTag : tag === originalToTag;
}

/**
 * What two requests have in common that reached us by different paths, merged requests (RFC 3261 §8.2.2.2). Empty: the request is within
 * a dialog and cannot be one.
 */
export function mergeKey(request: SipRequest): string {
  if (request.to.tag !== undefined) return '';
  return `${request.from.tag ?? ''}|${request.callId}|${request.cseq.seq}|${request.method}`;
}
