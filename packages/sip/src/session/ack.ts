/** The ACK of a 2xx, both ways (RFC 3261 §13.2.2.4, §13.3.1.4): sent, sent again, received. */
import { ackSeen } from '../dialog/offer-answer.ts';
import type { SipRequest } from '../message/request.ts';
import { bodyHeaders, bodyOf, keepBody } from './session-bodies.ts';
import type { AckParts, SessionCore } from './session-core.ts';
import type { SessionBody } from './session-port.ts';

/** Caller, or after the 2xx to our re-INVITE: with the answer where the 2xx had the offer. */
export function acknowledge(session: SessionCore, body: SessionBody | null): boolean {
  const { state } = session;
  if (!session.isAckDue || state.dialog === null) return false;
  session.isAckDue = false;
  const isFirst = state.phase === 'accepted';
  ackSeen(state.offerAnswer, 'local', body !== null);
  if (body !== null) state.localBody = keepBody(body, session.agent.decode);
  if (isFirst) state.phase = 'confirmed';
  // RFC 3261 §22.1: the ACK has the credentials of its INVITE.
  const credentials = isFirst ? (session.ownInvite?.credentials ?? []) : [];
  session.ackParts = credentials.length === 0 && body === null ? null : { credentials, body };
  sendAck(session);
  if (isFirst) letGo(session);
  return true;
}

/** The 2xx came again: so does the ACK. */
export function repeatAck(session: SessionCore, seq: number): void {
  if (!session.isAckDue && seq === session.state.inviteSeq) sendAck(session);
}

/** Generated for each 2xx (RFC 3261 §13.2.2.4). A session brought back from its snapshot has lost its credentials; that it comes at all is what counts. */
function sendAck(session: SessionCore): void {
  const { credentials, body } = session.ackParts ?? plainAck;
  const ack = session.build('ACK', [...credentials, ...bodyHeaders(body)], body, session.state.inviteSeq);
  session.agent.options.transactions.sendDirect(ack, session.target());
}

const plainAck: AckParts = { credentials: [], body: null };

/** The INVITE has done its part: a 2xx that still comes, again or from another fork, finds the session or is dismissed as a stray (user-agent.ts). */
function letGo(session: SessionCore): void {
  session.ownInvite?.transaction?.release();
  session.ownInvite = null;
}

/** Callee, or after our 2xx to the peer's re-INVITE. */
export function receiveAck(session: SessionCore, ack: SipRequest): void {
  const { repetition, state } = session;
  if (repetition === null || ack.cseq.seq !== repetition.seq) return;
  const { wasAsked } = repetition;
  const body = bodyOf(ack);
  repetition.stop();
  session.repetition = null;
  ackSeen(state.offerAnswer, 'remote', body !== null);
  if (wasAsked && body !== null) state.remoteBody = keepBody(body, session.agent.decode);
  if (state.phase === 'accepted') {
    state.phase = 'confirmed';
    session.peerInvite = null;
    if (session.endAfterAck !== undefined) session.end(session.endAfterAck);
    else session.user?.onAcknowledged(session, ack);
  } else if (wasAsked && state.phase === 'confirmed') session.user?.onReofferAcknowledged(session, ack);
  session.ownChange?.acknowledged();
}
