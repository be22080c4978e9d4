/**
 * PRACK, both ways (RFC 3262 §3, §4, §5): the caller's for each reliable provisional of each fork, in order; the callee's answer to it. What the callee repeats until
 * then is in reliable-progress.ts.
 */
import type { DialogState } from '../dialog/dialog.ts';
import { failed, requestReceived, responseSeen } from '../dialog/offer-answer.ts';
import { parseRAck, parseRSeq } from '../message/rack.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { bodyHeaders, bodyOf, keepBody, withCredentialRows } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';
import type { ReliableOrder } from './session-state.ts';

/**
 * What a provisional to our INVITE is (§4): one that goes unreliably, the next of its dialog, which is now due its PRACK, or one that came again or too early, which is
 * not looked at.
 */
export function takeInOrder(order: ReliableOrder, response: SipResponse): 'unreliable' | 'next' | 'out-of-order' {
  // Interop: taken whether or not we have said that we understand it, since the peer goes on sending it.
  const rseq = response.hasToken('Require', '100rel') ? parseRSeq(response.header('RSeq') ?? '') : undefined;
  if (rseq === undefined) return 'unreliable';
  if (order.rseq !== 0 && rseq !== order.rseq + 1) return 'out-of-order';
  order.rseq = rseq;
  order.isPrackDue = true;
  return 'next';
}

export interface Prack {
  readonly dialog: DialogState;
  /** RAck. */
  readonly rack: string;
  readonly body: SessionBody | null;
  readonly isOffer: boolean;
  readonly headers: readonly HeaderPair[];
}

/** Ask `maySend` first. A PRACK that fails is told only where it made an offer: the peer repeats its provisional, and in the end refuses the INVITE. */
export function sendPrack(session: SessionCore, prack: Prack, attempt = 0): void {
  const { dialog, rack, body } = prack;
  const headers: HeaderPair[] = [['RAck', rack], ...prack.headers, ...bodyHeaders(body)];
  const request = session.buildIn(dialog, { method: 'PRACK', headers, body });
  session.sendIn(dialog, request, {
    onResponse: (response) => {
      if (!response.isFinal) return;
      const isChallenge = response.status === 401 || response.status === 407;
      const credentials = isChallenge && attempt < 2 ? session.authenticate?.(response, request) : undefined;
      if (credentials === undefined) answered(session, prack, response);
      else sendPrack(session, { ...prack, headers: withCredentialRows(prack.headers, credentials) }, attempt + 1);
    },
    onTimeout: () => answered(session, prack, undefined),
    onTransportFailure: () => answered(session, prack, undefined),
  });
}

function answered(session: SessionCore, { dialog, body, isOffer }: Prack, response: SipResponse | undefined): void {
  const exchange = session.exchangeIn(dialog);
  const { phase } = session.state;
  if (!isOffer || exchange === undefined || phase === 'ending' || phase === 'ended') return;
  const answer = response?.isSuccess === true ? bodyOf(response) : null;
  if (answer === null || response === undefined) {
    failed(exchange.offerAnswer, 'PRACK', 'local');
    session.user?.onReofferRefused(session, response?.status ?? 408, response);
    return;
  }
  responseSeen(exchange.offerAnswer, { by: 'remote', method: 'PRACK', status: 200, isReliable: true, hasBody: true });
  exchange.localBody = keepBody(body, session.agent.decode);
  exchange.remoteBody = keepBody(answer, session.agent.decode);
  session.user?.onReofferAccepted(session, response, answer);
}

/** Callee. */
export function receivePrack(session: SessionCore, transaction: ServerTransaction): void {
  const { state, peerInvite } = session;
  const { request } = transaction;
  const rack = parseRAck(request.header('RAck') ?? '');
  if (rack === undefined) {
    transaction.respond(session.respondTo(request, 400, { reason: 'Missing or malformed RAck header' }));
    return;
  }
  if (peerInvite?.reliable?.acknowledge(rack) !== true) {
    transaction.respond(session.respondTo(request, 481));
    return;
  }
  const body = bodyOf(request);
  const reading = requestReceived(state.offerAnswer, 'PRACK', body !== null);
  if (reading === 'offer' && session.user !== null) {
    session.peerChange = transaction;
    session.user.onReoffer(session, request);
    return;
  }
  if (reading === 'answer') state.remoteBody = keepBody(body, session.agent.decode);
  // The provisional is acknowledged all the same: only what the PRACK offers comes at the wrong time.
  const isMisplaced = reading === 'glare' || reading === 'overlap';
  transaction.respond(session.respondTo(request, isMisplaced ? 491 : 200));
  session.user?.onPracked?.(session, request);
  peerInvite.goOn();
}
