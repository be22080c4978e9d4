/** INFO (RFC 6086), MESSAGE, REFER, NOTIFY, OPTIONS in the dialog: no offers in them, no change of the session. Both ways. */
import { isOfSubscription } from '../dialog/usage.ts';
import type { SipRequest } from '../message/request.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { endIfGone } from './bye.ts';
import { bodyHeaders, withCredentialRows } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, Session } from './session-port.ts';

type RequestOptions = Parameters<Session['request']>[1];

export function sendRequest(session: SessionCore, method: string, options: RequestOptions): boolean {
  const { dialog, phase } = session.state;
  // RFC 5057 §4: a subscription may outlive the call in whose dialog it stands.
  if (isOfSubscription(method) ? dialog?.isConfirmed !== true : phase !== 'confirmed') return false;
  send(session, method, { options, headers: options.headers ?? [], attempt: 0 });
  return true;
}

interface Sent {
  readonly options: RequestOptions;
  readonly headers: readonly HeaderPair[];
  readonly attempt: number;
}

function send(session: SessionCore, method: string, sent: Sent): void {
  const body = sent.options.body ?? null;
  const { onFinal } = sent.options;
  const own = hasContact(method) ? [session.contact] : [];
  const request: SipRequest = session.build(method, [...own, ...sent.headers, ...bodyHeaders(body)], body);
  sent.options.onSent?.(request);
  session.send(request, {
    onResponse: (response) => {
      if (!response.isFinal) return;
      const isChallenge = response.status === 401 || response.status === 407;
      const credentials = isChallenge && sent.attempt < 2 ? session.authenticate?.(response, request) : undefined;
      if (credentials !== undefined && (session.state.phase === 'confirmed' || isOfSubscription(method))) {
        send(session, method, {
          ...sent,
          headers: withCredentialRows(sent.headers, credentials),
          attempt: sent.attempt + 1,
        });
        return;
      }
      // RFC 5057 §5.1: what is said there is about the subscription alone.
      if (!isOfSubscription(method)) endIfGone(session, response);
      onFinal?.(response);
    },
    onTimeout: () => {
      if (!isOfSubscription(method)) endIfGone(session, undefined);
      onFinal?.(undefined);
    },
    onTransportFailure: () => onFinal?.(undefined),
  });
}

/** RFC 3515 §2.1, RFC 6665 §8: these move the remote target. */
function hasContact(method: string): boolean {
  return method === 'REFER' || isOfSubscription(method);
}

/** OPTIONS is answered here (RFC 3261 §11.2, §12.2.2), the rest by the user. */
export function receiveRequest(session: SessionCore, transaction: ServerTransaction): void {
  const { request } = transaction;
  if (request.method === 'OPTIONS') {
    const headers: HeaderPair[] = [...session.refreshing, ['Accept', 'application/sdp']];
    transaction.respond(session.respondTo(request, 200, { headers }));
  } else if (session.user === null) transaction.respond(session.respondTo(request, 481));
  else session.user.onRequest(session, transaction);
}
