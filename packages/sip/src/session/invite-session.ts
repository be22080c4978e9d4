/**
 * One INVITE session (RFC 3261 §13 to §15) in either role: its phases, its dialog, and the order of offers and answers. The halves that only one role has
 * are in caller.ts and callee.ts, changes of a running session in change.ts.
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import {
  type DialogState,
  dialogKey,
  inDialogRequest,
  nextHopOf,
  refreshTarget,
  takeRemoteSeq,
} from '../dialog/dialog.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ClientTransactionUser, ServerTransaction } from '../transaction/transaction-port.ts';
import type { Flow, Target } from '../transport/flow.ts';
import { Callee } from './callee.ts';
import { Caller } from './caller.ts';
import { Change } from './change.ts';
import { bodyHeaders } from './session-bodies.ts';
import type { SessionAgent, SessionCore } from './session-core.ts';
import type {
  HeaderPair,
  InviteOptions,
  Session,
  SessionBody,
  SessionEnd,
  SessionSnapshot,
  SessionUser,
} from './session-port.ts';
import { SessionTimer } from './session-timer.ts';
import { targetOf } from './target-of.ts';

const ENDED = 1;

export class InviteSession implements SessionCore, TimerOwner {
  readonly agent: SessionAgent;
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  owner: unknown = null;
  user: SessionUser | null = null;
  phase: Session['phase'];
  dialog: DialogState | null = null;
  flow: Flow | null = null;
  readonly caller: Caller;
  readonly callee: Callee;
  readonly change: Change;
  readonly timer: SessionTimer;
  /** Answers challenges to requests in the dialog. */
  authenticate: InviteOptions['authenticate'];
  /** The methods that the peer allows, from its Allow header; UPDATE matters. */
  peerAllowsUpdate = false;
  #end: SessionEnd | null = null;
  #endTimer: TimerId = 0;

  constructor(agent: SessionAgent, role: 'uac' | 'uas', callId: string) {
    this.agent = agent;
    this.role = role;
    this.callId = callId;
    this.phase = role === 'uac' ? 'calling' : 'ringing';
    this.caller = new Caller(this);
    this.callee = new Callee(this);
    this.change = new Change(this);
    this.timer = new SessionTimer(this);
  }

  static restored(
    agent: SessionAgent,
    from: { snapshot: SessionSnapshot; flow: Flow; user: SessionUser },
  ): InviteSession {
    const { snapshot, flow, user } = from;
    const dialog = snapshot.dialog as DialogState;
    const session = new InviteSession(agent, snapshot.role === 'uac' ? 'uac' : 'uas', dialog.callId);
    session.user = user;
    session.flow = flow;
    session.phase = 'confirmed';
    session.setDialog(structuredClone(dialog));
    session.change.restore(snapshot.change);
    return session;
  }

  snapshot(): SessionSnapshot | null {
    if (this.dialog === null || this.phase !== 'confirmed') return null;
    return { role: this.role, dialog: this.dialog, change: this.change.snapshot() };
  }

  startCalling(options: InviteOptions): void {
    this.authenticate = options.authenticate;
    this.caller.start(options);
  }

  startRinging(transaction: ServerTransaction): void {
    this.flow = transaction.flow;
    this.callee.start(transaction);
  }

  // ---- verbs -------------------------------------------------------------------------------------------------------------------

  progress(
    status: number,
    options: { readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody } = {},
  ): boolean {
    return this.callee.progress(status, options);
  }

  accept(body: SessionBody, headers: readonly HeaderPair[] = []): boolean {
    return this.callee.accept(body, headers);
  }

  reject(
    status: number,
    options: { readonly reason?: string; readonly headers?: readonly HeaderPair[] } = {},
  ): boolean {
    return this.callee.reject(status, options);
  }

  ack(body: SessionBody | null): boolean {
    return this.change.isAckDue ? this.change.ack(body) : this.caller.ack(body);
  }

  reinvite(body: SessionBody | null, headers: readonly HeaderPair[] = []): boolean {
    return this.phase === 'confirmed' && this.change.reinvite(body, headers);
  }

  acceptReoffer(body: SessionBody, headers: readonly HeaderPair[] = []): boolean {
    return this.change.accept(body, headers);
  }

  refuseReoffer(status: number, headers: readonly HeaderPair[] = []): boolean {
    return this.change.refuse(status, headers);
  }

  end(options: { readonly reasonHeader?: string; readonly status?: number } = {}): void {
    if (this.phase === 'ending' || this.phase === 'ended') return;
    if (this.role === 'uac' && (this.phase === 'calling' || this.phase === 'proceeding'))
      this.caller.cancel(options.reasonHeader);
    else if (this.phase === 'ringing') {
      const headers: HeaderPair[] = options.reasonHeader === undefined ? [] : [['Reason', options.reasonHeader]];
      this.callee.reject(options.status ?? 480, { headers });
    } else if (this.role === 'uas' && this.phase === 'accepted') this.callee.endAfterAck(options.reasonHeader);
    else this.hangUp(options.reasonHeader);
  }

  request(method: string, options: Parameters<Session['request']>[1]): boolean {
    if (this.phase !== 'confirmed') return false;
    const headers = [...(options.headers ?? []), ...bodyHeaders(options.body ?? null)];
    const request = this.build(method, headers, options.body ?? null);
    this.send(request, {
      onResponse: (response) => {
        if (response.isFinal) this.checkGone(response);
        if (response.isFinal) options.onFinal?.(response);
      },
      onTimeout: () => options.onFinal?.(undefined),
      onTransportFailure: () => options.onFinal?.(undefined),
    });
    return true;
  }

  // ---- what comes from the peer ------------------------------------------------------------------------------------------------

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { dialog } = this;
    if (dialog === null || !takeRemoteSeq(dialog, request)) {
      transaction.respond(buildResponse(request, 500, { headers: [['Retry-After', '1']] }));
      return;
    }
    this.flow = transaction.flow;
    if (request.method === 'BYE') this.#receiveBye(transaction);
    else if (this.phase === 'ended' || this.phase === 'ending') transaction.respond(buildResponse(request, 481));
    else if (request.method === 'INVITE' || request.method === 'UPDATE') this.change.receive(transaction);
    else this.user?.onRequest(this, transaction);
  }

  receiveAck(ack: SipRequest): void {
    if (!this.callee.receiveAck(ack)) this.change.receiveAck(ack);
  }

  repeatAck(seq: number): void {
    if (!this.caller.repeatAck(seq)) this.change.repeatAck(seq);
  }

  #receiveBye(transaction: ServerTransaction): void {
    transaction.respond(this.respondTo(transaction.request, 200));
    this.change.abandon();
    const reasonHeader = transaction.request.header('Reason');
    const end: SessionEnd = { why: 'hung-up', by: 'remote', message: transaction.request };
    this.over(reasonHeader === undefined ? end : { ...end, reasonHeader });
  }

  // ---- for the halves ----------------------------------------------------------------------------------------------------------

  setDialog(dialog: DialogState): void {
    this.dialog = dialog;
    this.agent.adopt(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag), this);
  }

  get contact(): HeaderPair {
    return ['Contact', `<${this.flow === null ? '' : this.agent.options.contact(this.flow)}>`];
  }

  build(method: string, headers: readonly HeaderPair[], body: SessionBody | null, seq?: number): SipRequest {
    const { dialog } = this;
    if (dialog === null) throw new NoDialogError(method);
    return inDialogRequest(dialog, {
      method,
      headers: [...(this.agent.options.headers ?? []), ...headers],
      ...(body === null ? {} : { body: body.bytes }),
      ...(seq === undefined ? {} : { seq }),
    });
  }

  respondTo(
    request: SipRequest,
    status: number,
    parts: { readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody } = {},
  ): SipResponse {
    const body = parts.body ?? null;
    return buildResponse(request, status, {
      ...(this.dialog === null ? {} : { toTag: this.dialog.localTag }),
      headers: [...(this.agent.options.headers ?? []), ...(parts.headers ?? []), ...bodyHeaders(body)],
      ...(body === null ? {} : { body: body.bytes }),
    });
  }

  send(request: SipRequest, user: ClientTransactionUser): void {
    this.agent.options.transactions.request(request, this.target(), user);
  }

  /** In-dialog requests keep to the flow while it lives (phones behind NAT), unless a route or a reachable Contact says otherwise. */
  target(): Target {
    const flow = this.flow;
    if (flow === null || this.dialog === null) throw new NoDialogError('a target');
    const { options } = this.agent;
    const isFarHop = this.dialog.routes.length > 0 || !options.isOpen(flow);
    const hop = isFarHop ? options.nextHop?.(nextHopOf(this.dialog), flow) : undefined;
    return hop ?? targetOf(flow);
  }

  learn(message: SipRequest | SipResponse): void {
    const allow = message.header('Allow');
    if (allow !== undefined) this.peerAllowsUpdate = /\bUPDATE\b/i.test(message.headers('Allow').join(','));
    if (this.dialog !== null) refreshTarget(this.dialog, message);
  }

  /** BYE, and the end once it is answered or given up. */
  hangUp(reasonHeader?: string, end: SessionEnd = { why: 'hung-up', by: 'local' }): void {
    if (this.phase === 'ending' || this.phase === 'ended') return;
    this.phase = 'ending';
    this.change.abandon();
    this.timer.stop();
    const headers: HeaderPair[] = reasonHeader === undefined ? [] : [['Reason', reasonHeader]];
    this.#sendBye(headers, end, 0);
  }

  #sendBye(headers: readonly HeaderPair[], end: SessionEnd, attempt: number): void {
    const request = this.build('BYE', headers, null);
    this.send(request, {
      onResponse: (response) => {
        if (!response.isFinal) return;
        const isChallenge = response.status === 401 || response.status === 407;
        const credentials = isChallenge && attempt < 2 ? this.authenticate?.(response, request) : undefined;
        if (credentials === undefined) this.over(end);
        else this.#sendBye([...headers.filter(([name]) => name !== credentials[0]), credentials], end, attempt + 1);
      },
      onTimeout: () => this.over(end),
      onTransportFailure: () => this.over(end),
    });
  }

  /** RFC 5057 §5.1: the peer no longer knows the dialog. */
  checkGone(response: SipResponse): boolean {
    if (response.status !== 481 && response.status !== 408) return false;
    this.hangUp(undefined, { why: 'gone', by: 'remote', status: response.status, message: response });
    return true;
  }

  /** The session is over; the user is told outside of whatever verb or input is running. */
  over(end: SessionEnd): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.#end = end;
    this.timer.stop();
    this.caller.stop();
    this.callee.stop();
    this.#endTimer = this.agent.options.clock.arm(0, this, ENDED);
  }

  onTimer(): void {
    if (this.#endTimer === 0 || this.#end === null) return;
    this.#endTimer = 0;
    const { dialog } = this;
    if (dialog !== null) this.agent.forget(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag));
    this.user?.onEnded(this, this.#end);
  }
}

/** Misuse: a request in a dialog before there is one. */
export class NoDialogError extends Error {
  readonly code = 'sip_no_dialog';
  constructor(what: string) {
    super(`${what} needs a dialog`);
    this.name = 'NoDialogError';
  }
}
