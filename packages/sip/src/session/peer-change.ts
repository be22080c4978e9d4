/**
 * The peer's re-INVITE (RFC 3261 §14.2) and UPDATE (RFC 3311 §5.2), the latter in an early dialog too: refused when it crosses another change, answered here when it
 * says nothing new, else handed to the user, who accepts or refuses, unless the peer takes it back first (CANCEL, RFC 3261 §9.2). Bodies are compared, not read.
 */
import { failed, type RequestReading, requestReceived, responseSeen } from '../dialog/offer-answer.ts';
import { grantTimer, refuseShortInterval } from '../dialog/session-timer.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { reject } from './reject.ts';
import { repeatSuccess } from './repeat-success.ts';
import { bodyOf, isSameBody, keepBody } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';
import type { Exchange } from './session-state.ts';

export function receiveChange(session: SessionCore, transaction: ServerTransaction): void {
  const { agent } = session;
  const { request } = transaction;
  const method = transaction.method === 'UPDATE' ? 'UPDATE' : 'INVITE';
  const body = bodyOf(request);
  const minSe = refuseShortInterval(request, agent.sessionTimer);
  if (minSe !== null) {
    transaction.respond(session.respondTo(request, 422, { headers: minSe }));
    return;
  }
  const exchange = exchangeOf(session, transaction);
  const reading = readChange(session, method, { body, exchange });
  if (reading === 'glare') transaction.respond(session.respondTo(request, 491));
  else if (reading === 'overlap') {
    const retryAfter: HeaderPair = ['Retry-After', String(agent.options.random.integer(11))];
    transaction.respond(session.respondTo(request, 500, { headers: [retryAfter] }));
  } else if (reading === 'none') answer(session, transaction, { body: null });
  else if (reading === 'offer' && isRefresh(exchange, body)) answer(session, transaction, { body: exchange.localBody });
  else if (session.user === null) {
    failed(exchange.offerAnswer, method, 'remote');
    transaction.respond(session.respondTo(request, 488));
  } else {
    session.peerChange = transaction;
    if (method === 'INVITE') transaction.user = { onCancel: () => cancelled(session, transaction) };
    session.user.onReoffer(session, request);
  }
}

function exchangeOf(session: SessionCore, { request }: ServerTransaction): Exchange {
  const dialog = session.dialogWith(request.from.tag ?? '');
  return (dialog === undefined ? undefined : session.exchangeIn(dialog)) ?? session.state;
}

function methodOf({ method }: ServerTransaction): 'INVITE' | 'UPDATE' | 'PRACK' {
  return method === 'UPDATE' || method === 'PRACK' ? method : 'INVITE';
}

function readChange(
  session: SessionCore,
  method: 'INVITE' | 'UPDATE',
  { body, exchange }: { readonly body: SessionBody | null; readonly exchange: Exchange },
): RequestReading {
  // RFC 5407 §3.1.5: before the ACK of our 2xx, and in answer to an offer the user has not yet answered, a re-INVITE comes too early.
  if (method === 'INVITE' && session.state.phase === 'accepted') return 'glare';
  // Of another fork: the user has one change at a time to think about.
  if (session.peerChange !== null && body !== null) return 'overlap';
  return requestReceived(exchange.offerAnswer, method, body !== null);
}

/** Says what it said before: a session timer's refresh, or a phone that wants to be sure. */
function isRefresh({ remoteBody, localBody }: Exchange, body: SessionBody | null): boolean {
  return localBody !== null && isSameBody(body, remoteBody);
}

/** The peer has taken its re-INVITE back. */
function cancelled(session: SessionCore, transaction: ServerTransaction): void {
  if (session.peerChange !== transaction) return;
  session.peerChange = null;
  failed(exchangeOf(session, transaction).offerAnswer, 'INVITE', 'remote');
  transaction.respond(session.respondTo(transaction.request, 487));
  session.user?.onReofferCancelled?.(session);
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
  failed(exchangeOf(session, transaction).offerAnswer, methodOf(transaction), 'remote');
  // RFC 3262 §3, RFC 6337 §2.3: a PRACK that is for a provisional of ours is not refused; what it offers can only end the call.
  const endsCall = transaction.method === 'PRACK' && session.phase === 'ringing';
  transaction.respond(session.respondTo(transaction.request, endsCall ? 200 : status, { headers }));
  if (endsCall) reject(session, status, {});
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
  const method = methodOf(transaction);
  const exchange = exchangeOf(session, transaction);
  const offered = bodyOf(request);
  // RFC 3262 §4: PRACK does not move the target.
  if (method !== 'PRACK') session.learn(request);
  if (body !== null) {
    responseSeen(exchange.offerAnswer, { by: 'local', method, status: 200, isReliable: true, hasBody: true });
    exchange.localBody = keepBody(body, agent.decode);
  }
  if (offered !== null) exchange.remoteBody = keepBody(offered, agent.decode);
  // An UPDATE of an early dialog leaves the timer alone.
  const isRunning = method !== 'PRACK' && (state.phase === 'accepted' || state.phase === 'confirmed');
  const timing = isRunning ? grantTimer(state.timer, request, agent.sessionTimer) : [];
  const refreshing = method === 'PRACK' ? [] : session.refreshing;
  const response = session.respondTo(request, 200, {
    headers: [...refreshing, ...timing, ...(parts.headers ?? [])],
    ...(body === null ? {} : { body }),
  });
  transaction.respond(response);
  if (isRunning) session.refresh.begin();
  if (method === 'PRACK') session.peerInvite?.goOn();
  if (method !== 'INVITE') return;
  state.inviteSeq = request.cseq.seq;
  repeatSuccess(session, { transaction, response, wasAsked: offered === null });
}
