/**
 * The user agent core (RFC 3261 §8, §12, §13): finds the session that a request in a dialog is for, makes sessions of new INVITEs, and hands up
 * everything else.
 */
import { dialogKey } from '../dialog/dialog.ts';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction, TransactionUser } from '../transaction/transaction-port.ts';
import type { Flow } from '../transport/flow.ts';
import { InviteSession } from './invite-session.ts';
import type { SessionCore } from './session-core.ts';
import type { InviteOptions, Session, SessionSnapshot, SessionUser } from './session-port.ts';
import { targetOf } from './target-of.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

export class UserAgent implements TransactionUser {
  readonly options: UserAgentOptions;
  /** Confirmed and early dialogs, by Call-ID and both tags. */
  readonly #byDialog = new Map<string, InviteSession>();

  constructor(options: UserAgentOptions) {
    this.options = options;
  }

  get sessionCount(): number {
    return new Set(this.#byDialog.values()).size;
  }

  invite(options: InviteOptions, user: SessionUser): Session {
    const session = new InviteSession(this, 'uac', options.callId ?? this.options.random.token(24));
    session.user = user;
    session.startCalling(options);
    return session;
  }

  /** Takes a session of an earlier process up again; it is confirmed, or it would not have a snapshot. */
  restore(snapshot: SessionSnapshot, flow: Flow, user: SessionUser): Session {
    return InviteSession.restored(this, { snapshot, flow, user });
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const toTag = request.to.tag;
    if (toTag !== undefined) {
      const session = this.#byDialog.get(dialogKey(request.callId, toTag, request.from.tag ?? ''));
      if (session !== undefined) session.receive(transaction);
      else if (
        request.method === 'INVITE' ||
        request.method === 'BYE' ||
        request.method === 'UPDATE' ||
        request.method === 'INFO'
      ) {
        transaction.respond(buildResponse(request, 481));
      } else this.options.handlers.onRequest(transaction);
      return;
    }
    if (request.method !== 'INVITE') {
      this.options.handlers.onRequest(transaction);
      return;
    }
    const session = new InviteSession(this, 'uas', request.callId);
    session.startRinging(transaction);
    const user = this.options.handlers.onInvite(session, transaction);
    if (user !== undefined) session.user = user;
  }

  onAck(ack: SipRequest, _flow: Flow): void {
    this.#byDialog.get(dialogKey(ack.callId, ack.to.tag ?? '', ack.from.tag ?? ''))?.receiveAck(ack);
  }

  /** A 2xx whose INVITE transaction is gone: its session repeats the ACK, or it is a fork nobody wants. */
  onStrayResponse(response: SipResponse, flow: Flow): void {
    if (response.cseq.method !== 'INVITE' || !response.isSuccess) return;
    const session = this.#byDialog.get(dialogKey(response.callId, response.from.tag ?? '', response.to.tag ?? ''));
    if (session !== undefined) session.repeatAck(response.cseq.seq);
    else this.dismiss(response, flow);
  }

  /** Acknowledges and ends a 2xx that nobody wants (RFC 3261 §13.2.2.4). */
  dismiss(response: SipResponse, flow: Flow): void {
    const uri = response.contacts()[0]?.uriText;
    if (uri === undefined) return;
    const base = [
      ...response
        .headers('Record-Route')
        .reverse()
        .map((route) => ['Route', route] as const),
      ['Max-Forwards', '70'] as const,
      ['From', response.header('From') ?? ''] as const,
      ['To', response.header('To') ?? ''] as const,
      ['Call-ID', response.callId] as const,
    ];
    const ack = buildRequest({ method: 'ACK', uri, headers: [...base, ['CSeq', `${response.cseq.seq} ACK`]] });
    this.options.transactions.sendDirect(ack, flow);
    const bye = buildRequest({ method: 'BYE', uri, headers: [...base, ['CSeq', `${response.cseq.seq + 1} BYE`]] });
    this.options.transactions.request(bye, targetOf(flow), ignored);
  }

  adopt(key: string, session: SessionCore): void {
    if (session instanceof InviteSession) this.#byDialog.set(key, session);
  }

  forget(key: string): void {
    this.#byDialog.delete(key);
  }
}

const ignored = { onResponse: () => undefined, onTimeout: () => undefined, onTransportFailure: () => undefined };

export function createUserAgent(options: UserAgentOptions): UserAgent {
  return new UserAgent(options);
}
