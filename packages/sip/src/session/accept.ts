/** The callee's 200 (RFC 3261 §13.3.1.4), which may have to wait for a PRACK (RFC 3262 §3). */
import { placeInResponse, responseSeen } from '../dialog/offer-answer.ts';
import { grantTimer } from '../dialog/session-timer.ts';
import { openDialog } from './open-dialog.ts';
import { repeatSuccess } from './repeat-success.ts';
import { refusalOf } from './replaced.ts';
import { bodyOf, keepBody } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

export function accept(session: SessionCore, body: SessionBody, headers: readonly HeaderPair[]): boolean {
  const { state, peerInvite, agent } = session;
  if (state.phase !== 'ringing' || peerInvite === null) return false;
  const { transaction, reliable } = peerInvite;
  const { request } = transaction;
  if (peerInvite.held !== undefined) return false;
  // RFC 3262 §3: not before the PRACK of what carried a description, nor before the answer to what that PRACK offered.
  if (reliable?.isDescriptionOpen === true || session.peerChange?.method === 'PRACK') {
    peerInvite.held = { body, headers };
    return true;
  }
  const refusal = session.replacement === null ? undefined : refusalOf(session.replacement);
  if (refusal !== undefined) return !session.reject(refusal);
  openDialog(session, peerInvite);
  peerInvite.stop();
  if (state.dialog !== null) state.dialog.isConfirmed = true;
  session.learn(request);
  // RFC 3261 §13.2.1: what a reliable provisional has settled is not said again.
  const hasBody = placeInResponse(state.offerAnswer, true) !== 'none';
  const reading = responseSeen(state.offerAnswer, {
    by: 'local',
    method: 'INVITE',
    status: 200,
    isReliable: true,
    hasBody,
  });
  if (hasBody) {
    state.localBody = keepBody(body, agent.decode);
    state.remoteBody = keepBody(bodyOf(request), agent.decode);
  }
  state.phase = 'accepted';
  state.inviteSeq = request.cseq.seq;
  const timing = grantTimer(state.timer, request, agent.sessionTimer);
  const response = session.respondTo(request, 200, {
    headers: [...session.refreshing, ...timing, ...headers],
    ...(hasBody ? { body } : {}),
  });
  transaction.respond(response);
  repeatSuccess(session, { transaction, response, wasAsked: reading === 'offer' });
  // The repetition holds what is still needed of the INVITE; but a PRACK may be on its way.
  if (reliable?.isOpen !== true) session.peerInvite = null;
  session.refresh.begin();
  // RFC 3891 §3: by BYE, or by CANCEL before its answer.
  session.takeReplaced()?.session.end();
  return true;
}
