/** INFO (RFC 6086), MESSAGE, REFER, NOTIFY, OPTIONS in the dialog: no offers in them, no change of the session. Both ways. */
import type { SipRequest } from '../message/request.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { endIfGone } from './bye.ts';
import { bodyHeaders, withCredentialRows } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, Session } from './session-port.ts';

type RequestOptions = Parameters<Session['request']>[1];

export function sendRequest(session: SessionCore, method: string, options: RequestOptions): boolean {
  if (session.state.phase !== 'confirmed') return false;
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
  const request: SipRequest = session.build(method, [...sent.headers, ...bodyHeaders(body)], body);
  session.send(request, {
    onResponse: (response) => {
      if (!response.isFinal) return;
      const isChallenge = response.status === 401 || response.status === 407;
      const credentials = isChallenge && sent.attempt < 2 ? session.authenticate?.(response, request) : undefined;
      if (credentials !== undefined && session.state.phase === 'confirmed') {
        send(session, method, {
          ...sent,
          headers: withCredentialRows(sent.headers, credentials),
          attempt: sent.attempt + 1,
        });
        return;
      }
      // RFC 5057 §5.1: 481 there is about the subscription alone.
      if (!(response.status === 481 && isOfSubscription(method))) endIfGone(session, response);
      onFinal?.(response);
    },
    onTimeout: () => {
      endIfGone(session, undefined);
      onFinal?.(undefined);
    },
    onTransportFailure: () => onFinal?.(undefined),
  });
}

function isOfSubscription(method: string): boolean {
  return method === 'NOTIFY' || method === 'SUBSCRIBE';
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
