/**
 * The peer's INVITE before our final: provisionals with our To-tag, repeated each minute (RFC 3261 §13.3.1.1), and the time the caller has set
 * (§13.3.1, Expires).
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { dialogOfCallee } from '../dialog/dialog.ts';
import { failed, requestReceived, responseSeen } from '../dialog/offer-answer.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction, ServerTransactionUser } from '../transaction/transaction-port.ts';
import { cancelled } from './cancel.ts';
import type { PeerInvite, SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

const REPEAT = 1;
const EXPIRED = 2;
const repeatMs = 60_000;

export function ring(session: SessionCore, transaction: ServerTransaction): void {
  const ringing = new Ringing(session, transaction);
  session.peerInvite = ringing;
  transaction.user = ringing;
  requestReceived(session.state.offerAnswer, 'INVITE', transaction.request.bodySizeBytes > 0);
}

class Ringing implements PeerInvite, ServerTransactionUser, TimerOwner {
  readonly transaction: ServerTransaction;
  readonly toTag: string;
  readonly #session: SessionCore;
  last: SipResponse | null = null;
  #repeatTimer: TimerId = 0;
  #expiryTimer: TimerId = 0;

  constructor(session: SessionCore, transaction: ServerTransaction) {
    this.#session = session;
    this.transaction = transaction;
    const { random, clock } = session.agent.options;
    this.toTag = transaction.request.responseTag ?? random.token(12);
    const { expires } = transaction.request;
    if (expires !== undefined && expires > 0) this.#expiryTimer = clock.arm(expires * 1000, this, EXPIRED);
  }

  onCancel(cancel: SipRequest): void {
    cancelled(this.#session, cancel);
  }

  repeat(response: SipResponse): void {
    const { clock } = this.#session.agent.options;
    clock.disarm(this.#repeatTimer);
    this.last = response;
    this.#repeatTimer = clock.arm(repeatMs, this, REPEAT);
  }

  onTimer(kind: number): void {
    const session = this.#session;
    if (session.state.phase !== 'ringing') return;
    if (kind === REPEAT) {
      if (this.last === null) return;
      this.transaction.respond(this.last);
      this.repeat(this.last);
      return;
    }
    this.#expiryTimer = 0;
    this.transaction.respond(buildResponse(this.transaction.request, 487, { toTag: this.toTag }));
    failed(session.state.offerAnswer, 'INVITE', 'remote');
    session.over({
      why: 'cancelled',
      by: 'remote',
      status: 487,
      reasonPhrase: 'The time of the INVITE (Expires) is over',
    });
  }

  stop(): void {
    const { clock } = this.#session.agent.options;
    clock.disarm(this.#repeatTimer);
    clock.disarm(this.#expiryTimer);
    this.#repeatTimer = 0;
    this.#expiryTimer = 0;
  }
}

export function progress(
  session: SessionCore,
  status: number,
  options: { readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody },
): boolean {
  const { peerInvite, state } = session;
  if (state.phase !== 'ringing' || !(peerInvite instanceof Ringing) || status < 101 || status > 199) return false;
  const { request } = peerInvite.transaction;
  openDialog(session, peerInvite);
  const headers = [session.contact, ...(options.headers ?? [])];
  const response = session.respondTo(request, status, { ...options, headers });
  const hasBody = options.body !== undefined;
  responseSeen(state.offerAnswer, { by: 'local', method: 'INVITE', status, isReliable: false, hasBody });
  peerInvite.transaction.respond(response);
  peerInvite.repeat(response);
  return true;
}

/** A response with our tag makes the dialog: early by a provisional, at once by a 2xx (RFC 3261 §12.1.1). */
export function openDialog(session: SessionCore, { transaction, toTag }: PeerInvite): void {
  const { state } = session;
  if (state.dialog !== null) return;
  state.dialog = dialogOfCallee(transaction.request, toTag);
  session.agent.adopt(state.dialog, session);
}
