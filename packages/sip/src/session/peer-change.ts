/**
 * The peer's re-INVITE (RFC 3261 §14.2) and UPDATE (RFC 3311 §5.2): refused when it crosses another change, answered here when it says nothing
 * new, else handed to the user, who accepts or refuses. Bodies are compared, not read.
 */
import { failed, type RequestReading, requestReceived, responseSeen } from '../dialog/offer-answer.ts';
import { grantTimer, refuseShortInterval } from '../dialog/session-timer.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { repeatSuccess } from './repeat-success.ts';
import { bodyOf, isSameBody, keepBody } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

export function receiveChange(session: SessionCore, transaction: ServerTransaction): void {
  const { state, agent } = session;
  const { request } = transaction;
  const method = transaction.method === 'UPDATE' ? 'UPDATE' : 'INVITE';
  const body = bodyOf(request);
  const minSe = refuseShortInterval(request, agent.sessionTimer);
  if (minSe !== null) {
    transaction.respond(session.respondTo(request, 422, { headers: minSe }));
    return;
  }
  const reading = readChange(session, method, body);
  if (reading === 'glare') transaction.respond(session.respondTo(request, 491));
  else if (reading === 'overlap') {
    const retryAfter: HeaderPair = ['Retry-After', String(agent.options.random.integer(11))];
    transaction.respond(session.respondTo(request, 500, { headers: [retryAfter] }));
  } else if (reading === 'none') answer(session, transaction, { body: null });
  else if (reading === 'offer' && isRefresh(session, body)) answer(session, transaction, { body: state.localBody });
  else if (session.user === null) {
    failed(state.offerAnswer, method, 'remote');
    transaction.respond(session.respondTo(request, 488));
  } else {
    session.peerChange = transaction;
    // Deviation: a CANCEL of a re-INVITE has no effect, where RFC 3261 §9.2 would have 487: who carries the change to a far side cannot take it back
    // there, and a final that crosses the CANCEL is what the peer must be ready for.
    session.user.onReoffer(session, request);
  }
}

function readChange(session: SessionCore, method: 'INVITE' | 'UPDATE', body: SessionBody | null): RequestReading {
  const { state } = session;
  // RFC 5407 §3.1.5: before the ACK of our 2xx, and in answer to an offer the user has not yet answered, a re-INVITE comes too early.
  if (method === 'INVITE' && state.phase === 'accepted') return 'glare';
  return requestReceived(state.offerAnswer, method, body !== null);
}

/** Says what it said before: a session timer's refresh, or a phone that wants to be sure. */
function isRefresh(session: SessionCore, body: SessionBody | null): boolean {
  const { remoteBody, localBody } = session.state;
  return localBody !== null && isSameBody(body, remoteBody);
}

export function acceptReoffer(session: SessionCore, body: SessionBody, headers: readonly HeaderPair[]): boolean {
  const transaction = session.peerChange;
  if (transaction === null) return false;
  session.peerChange = null;
  answer(session, transaction, { body, headers });
  return true;
}

export function refuseReoffer(session: SessionCore, status: number, headers: readonly HeaderPair[]): boolean {
  const transaction = session.peerChange;
  if (transaction === null) return false;
  session.peerChange = null;
  failed(session.state.offerAnswer, transaction.method === 'UPDATE' ? 'UPDATE' : 'INVITE', 'remote');
  transaction.respond(session.respondTo(transaction.request, status, { headers }));
  return true;
}

function answer(
  session: SessionCore,
  transaction: ServerTransaction,
  parts: { readonly body: SessionBody | null; readonly headers?: readonly HeaderPair[] },
): void {
  const { state, agent } = session;
  const { request } = transaction;
  const { body } = parts;
  const offered = bodyOf(request);
  session.learn(request);
  if (body !== null) {
    responseSeen(state.offerAnswer, {
      by: 'local',
      method: transaction.method === 'UPDATE' ? 'UPDATE' : 'INVITE',
      status: 200,
      isReliable: true,
      hasBody: true,
    });
    state.localBody = keepBody(body, agent.decode);
  }
  if (offered !== null) state.remoteBody = keepBody(offered, agent.decode);
  // An UPDATE of an early dialog moves the target and nothing else.
  const isRunning = state.phase === 'accepted' || state.phase === 'confirmed';
  const timing = isRunning ? grantTimer(state.timer, request, agent.sessionTimer) : [];
  const headers = [...session.refreshing, ...timing, ...(parts.headers ?? [])];
  const response = session.respondTo(request, 200, { headers, ...(body === null ? {} : { body }) });
  transaction.respond(response);
  if (isRunning) session.refresh.begin();
  if (transaction.method !== 'INVITE') return;
  state.inviteSeq = request.cseq.seq;
  repeatSuccess(session, { transaction, response, wasAsked: offered === null });
}
