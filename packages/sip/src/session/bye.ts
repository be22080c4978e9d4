/** BYE, both ways (RFC 3261 §15), and the ends that are followed by one (RFC 5057 §5.1). */
import { buildResponse } from '../message/build-response.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { acknowledge } from './ack.ts';
import { withCredentialRows } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionEnd } from './session-port.ts';

/** BYE, and the end once it is answered or given up. */
export function hangUp(
  session: SessionCore,
  reasonHeader: string | undefined,
  end: SessionEnd = { why: 'hung-up', by: 'local' },
): void {
  const { state } = session;
  if (state.phase === 'ending' || state.phase === 'ended' || state.dialog === null) return;
  if (session.isAckDue) acknowledge(session, null);
  state.phase = 'ending';
  session.pendingEnd = end;
  release(session);
  session.refresh.stop();
  sendBye(session, { headers: reasonHeader === undefined ? [] : [['Reason', reasonHeader]], end, attempt: 0 });
}

interface Bye {
  readonly headers: readonly HeaderPair[];
  readonly end: SessionEnd;
  readonly attempt: number;
}

function sendBye(session: SessionCore, bye: Bye): void {
  const request = session.build('BYE', bye.headers, null);
  session.send(request, {
    onResponse: (response) => {
      if (!response.isFinal) return;
      const isChallenge = response.status === 401 || response.status === 407;
      const credentials = isChallenge && bye.attempt < 2 ? session.authenticate?.(response, request) : undefined;
      if (credentials === undefined) session.over(bye.end);
      else
        sendBye(session, { ...bye, headers: withCredentialRows(bye.headers, credentials), attempt: bye.attempt + 1 });
    },
    onTimeout: () => session.over(bye.end),
    onTransportFailure: () => session.over(bye.end),
  });
}

/** Answered 200 whatever else is under way, also when ours has crossed it. */
export function receiveBye(session: SessionCore, transaction: ServerTransaction): void {
  const { request } = transaction;
  const { state, peerInvite } = session;
  transaction.respond(session.respondTo(request, 200));
  if (state.phase === 'calling' || state.phase === 'proceeding') {
    // Deviation: a callee may not send BYE in an early dialog (§15); the INVITE is taken back, and ends it.
    session.end();
    return;
  }
  if (state.phase === 'ending' && session.pendingEnd === null) return;
  // §15.1.2: requests still pending are answered.
  if (state.phase === 'ringing' && peerInvite !== null) {
    const { toTag } = peerInvite;
    peerInvite.transaction.respond(buildResponse(peerInvite.transaction.request, 487, { toTag }));
  }
  if (session.isAckDue) acknowledge(session, null);
  release(session);
  const reasonHeader = request.header('Reason');
  const end: SessionEnd = { why: 'hung-up', by: 'remote', message: request };
  session.over(session.pendingEnd ?? (reasonHeader === undefined ? end : { ...end, reasonHeader }));
}

/** Whoever waits for us is answered, nothing is repeated any more. */
function release(session: SessionCore): void {
  const { peerChange } = session;
  session.repetition?.stop();
  session.repetition = null;
  session.ownChange?.abandon();
  session.ownChange = null;
  session.peerChange = null;
  peerChange?.respond(session.respondTo(peerChange.request, 487));
}

/** RFC 3261 §12.2.1.2, RFC 5057 §5.1: the peer no longer knows the dialog, or does not answer in it. Undefined: no response at all. */
export function endIfGone(session: SessionCore, response: SipResponse | undefined): boolean {
  const status = response?.status ?? 408;
  if (status !== 481 && status !== 408) return false;
  const end: SessionEnd = { why: 'gone', by: 'remote', status };
  hangUp(session, undefined, response === undefined ? end : { ...end, message: response });
  return true;
}
