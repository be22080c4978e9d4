/**
 * The peer's INVITE before our final: provisionals with our To-tag, repeated each minute (RFC 3261 §13.3.1.1), and the time the caller has set
 * (§13.3.1, Expires).
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { failed, placeInResponse, requestReceived, responseSeen } from '../dialog/offer-answer.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction, ServerTransactionUser } from '../transaction/transaction-port.ts';
import { accept } from './accept.ts';
import { cancelled } from './cancel.ts';
import { openDialog } from './open-dialog.ts';
import { isReliable, type ProgressParts, ReliableSender } from './reliable-progress.ts';
import type { HeldAccept, PeerInvite, SessionCore } from './session-core.ts';

const REPEAT = 1;
const EXPIRED = 2;
const repeatMs = 60_000;

export function ring(session: SessionCore, transaction: ServerTransaction): void {
  const ringing = new Ringing(session, transaction);
  session.peerInvite = ringing;
  transaction.user = ringing;
  requestReceived(session.state.offerAnswer, 'INVITE', transaction.request.bodySizeBytes > 0);
  session.learnAllow(transaction.request);
}

class Ringing implements PeerInvite, ServerTransactionUser, TimerOwner {
  readonly transaction: ServerTransaction;
  readonly toTag: string;
  readonly #session: SessionCore;
  reliable: ReliableSender | undefined;
  held: HeldAccept | undefined;
  /** A reliable one is not said again but anew, as its status alone. */
  last: SipResponse | number | null = null;
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

  goOn(): void {
    const { held } = this;
    if (held === undefined) {
      this.reliable?.goOn();
      return;
    }
    this.held = undefined;
    if (accept(this.#session, held.body, held.headers) && this.held === undefined)
      this.#session.user?.onRefreshed?.(this.#session);
  }

  repeat(last: SipResponse | number): void {
    const { clock } = this.#session.agent.options;
    clock.disarm(this.#repeatTimer);
    this.last = last;
    this.#repeatTimer = clock.arm(repeatMs, this, REPEAT);
  }

  onTimer(kind: number): void {
    const session = this.#session;
    if (session.state.phase !== 'ringing') return;
    if (kind === REPEAT) {
      if (typeof this.last === 'number') progress(session, this.last, {});
      else if (this.last !== null) {
        this.transaction.respond(this.last);
        this.repeat(this.last);
      }
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
    this.reliable?.stop();
    this.held = undefined;
    clock.disarm(this.#repeatTimer);
    clock.disarm(this.#expiryTimer);
    this.#repeatTimer = 0;
    this.#expiryTimer = 0;
  }
}

export function progress(session: SessionCore, status: number, parts: ProgressParts): boolean {
  const { peerInvite, state } = session;
  if (state.phase !== 'ringing' || !(peerInvite instanceof Ringing) || status < 101 || status > 199) return false;
  if (peerInvite.held !== undefined) return false;
  const { request } = peerInvite.transaction;
  openDialog(session, peerInvite);
  if (isReliable(session, request)) {
    peerInvite.reliable ??= new ReliableSender(session, peerInvite);
    peerInvite.reliable.say(status, parts);
    peerInvite.repeat(status);
    return true;
  }
  const { body, headers = [] } = parts;
  const hasBody = body !== undefined && placeInResponse(state.offerAnswer, false) !== 'none';
  const response = session.respondTo(request, status, {
    headers: [session.contact, ...headers],
    ...(hasBody ? { body } : {}),
  });
  responseSeen(state.offerAnswer, { by: 'local', method: 'INVITE', status, isReliable: false, hasBody });
  peerInvite.transaction.respond(response);
  peerInvite.repeat(response);
  return true;
}
