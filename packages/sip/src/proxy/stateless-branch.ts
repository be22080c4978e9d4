/**
 * The branch that a stateless proxy gives a request (RFC 3261 §16.11): made of the branch it came with, so that it is the same for each retransmission, for the
 * CANCEL and for the ACK of a refusal; of what identifies the transaction where the sender's is no branch by RFC 3261.
 */
import type { Hasher } from '../auth/hasher.ts';
import type { SipRequest } from '../message/request.ts';
import { BRANCH_COOKIE } from '../message/via.ts';

const CHARACTERS = 24;

export function statelessBranch(hasher: Hasher, key: string, request: SipRequest): string {
  const { topVia: via, from, callId, cseq, uri } = request;
  // An RFC 2543 peer's ACK of a refusal has the response's To tag, so that is left out.
  const parts = via.hasRfc3261Branch
    ? [via.branch, via.sentBy]
    : [via.transport, via.sentBy, via.branch ?? '', from.tag ?? '', callId, cseq.seq, uri];
  return `${BRANCH_COOKIE}${hasher.hmacSha256(key, parts.join('\n')).slice(0, CHARACTERS)}`;
}
