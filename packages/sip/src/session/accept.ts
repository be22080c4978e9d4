/** The callee's 200 (RFC 3261 §13.3.1.4). */
import { responseSeen } from '../dialog/offer-answer.ts';
import { grantTimer } from '../dialog/session-timer.ts';
import { openDialog } from './progress.ts';
import { repeatSuccess } from './repeat-success.ts';
import { bodyOf, keepBody } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

export function accept(session: SessionCore, body: SessionBody, headers: readonly HeaderPair[]): boolean {
  const { state, peerInvite, agent } = session;
  if (state.phase !== 'ringing' || peerInvite === null) return false;
  const { transaction } = peerInvite;
  const { request } = transaction;
  openDialog(session, peerInvite);
  peerInvite.stop();
  if (state.dialog !== null) state.dialog.isConfirmed = true;
  session.learn(request);
  const offered = bodyOf(request);
  state.localBody = keepBody(body, agent.decode);
  state.remoteBody = keepBody(offered, agent.decode);
  state.phase = 'accepted';
  state.inviteSeq = request.cseq.seq;
  responseSeen(state.offerAnswer, { by: 'local', method: 'INVITE', status: 200, isReliable: true, hasBody: true });
  const timing = grantTimer(state.timer, request, agent.sessionTimer);
  const response = session.respondTo(request, 200, {
    headers: [...session.refreshing, ...timing, ...headers],
    body,
  });
  transaction.respond(response);
  repeatSuccess(session, { transaction, response, wasAsked: offered === null });
  // The repetition holds what is still needed of the INVITE.
  session.peerInvite = null;
  session.refresh.begin();
  return true;
}
