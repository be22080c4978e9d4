/** The callee's refusal (RFC 3261 §13.3.1.3). The transaction repeats it until its ACK. */
import { failed } from '../dialog/offer-answer.ts';
import { buildResponse } from '../message/build-response.ts';
import { bodyHeaders } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

export function reject(
  session: SessionCore,
  status: number,
  options: { readonly reason?: string; readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody },
): boolean {
  const { state, peerInvite } = session;
  if (state.phase !== 'ringing' || peerInvite === null || status < 300) return false;
  const { transaction, toTag } = peerInvite;
  const { reason, body = null } = options;
  const headers = [...session.usual, ...(options.headers ?? []), ...bodyHeaders(body)];
  const built = buildResponse(transaction.request, status, { toTag, headers, reason, body: body?.bytes });
  transaction.respond(session.adapt === null ? built : session.adapt(built));
  failed(state.offerAnswer, 'INVITE', 'remote');
  session.over({ why: 'rejected', by: 'local', status });
  return true;
}
