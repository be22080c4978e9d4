/** CANCEL, both ways (RFC 3261 §9). The CANCEL's own transaction is the transaction layer's matter. */
import { failed } from '../dialog/offer-answer.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SessionCore } from './session-core.ts';
import type { SessionEnd } from './session-port.ts';

/**
 * Caller: takes the INVITE back. The session ends by its final response, or by the transaction's time-out: 64*T1 after the CANCEL, or, when no
 * provisional ever allowed one, after the INVITE (§9.1). A 2xx that crosses is acknowledged and ended; see invite.ts.
 */
export function cancel(session: SessionCore, reasonHeader: string | undefined): void {
  session.state.phase = 'ending';
  session.ownInvite?.cancel(reasonHeader);
}

/** Callee: the caller has given up. After our 2xx it has no effect (§9.2). */
export function cancelled(session: SessionCore, cancel: SipRequest): void {
  const { peerInvite, state } = session;
  if (peerInvite === null || state.phase !== 'ringing') return;
  const { transaction, toTag } = peerInvite;
  transaction.respond(buildResponse(transaction.request, 487, { toTag, headers: session.usual }));
  failed(state.offerAnswer, 'INVITE', 'remote');
  const reasonHeader = cancel.header('Reason');
  const end: SessionEnd = { why: 'cancelled', by: 'remote', status: 487, message: cancel };
  session.over(reasonHeader === undefined ? end : { ...end, reasonHeader });
}
