/**
 * One INVITE session (RFC 3261 §13 to §15) in either role: holds its state, gives each verb and each message of the peer to the file that knows it,
 * and says to the user once that it is over.
 *
 * REFER (RFC 3515) is a request that the user answers, by what refer/ has for it.
 */
import { createSessionUuid, formatSessionId, parseSessionId, type SessionId } from '../call-information/session-id.ts';
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { type DialogState, detachDialog, inDialogRequest, refreshTarget, takeRemoteSeq } from '../dialog/dialog.ts';
import type { DialogId } from '../dialog/dialog-id.ts';
import { isOfSubscription } from '../dialog/usage.ts';
import { buildResponse } from '../message/build-response.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ClientTransaction, ClientTransactionUser, ServerTransaction } from '../transaction/transaction-port.ts';
import type { Flow, Target } from '../transport/flow.ts';
import { asksForSips, asSips, isSips } from '../transport/sips.ts';
import { accept } from './accept.ts';
import { acknowledge, receiveAck, repeatAck } from './ack.ts';
import { hangUp, receiveBye } from './bye.ts';
import { cancel } from './cancel.ts';
import { invite } from './invite.ts';
import { takeOpenInvite } from './open-invite.ts';
import { acceptReoffer, receiveChange, refuseReoffer } from './peer-change.ts';
import { receivePrack } from './prack.ts';
import { progress, ring } from './progress.ts';
import { reinvite } from './reinvite.ts';
import { reject } from './reject.ts';
import { receiveRequest, sendRequest } from './request-in-dialog.ts';
import { bodyHeaders } from './session-bodies.ts';
import type { OwnChange, OwnInvite, PeerInvite, Repetition, SessionAgent, SessionCore } from './session-core.ts';
import type {
  Adapt,
  HeaderPair,
  InviteOptions,
  Reliability,
  Replaced,
  Session,
  SessionBody,
  SessionEnd,
  SessionUser,
} from './session-port.ts';
import { SessionRefresh } from './session-refresh.ts';
import {
  type Exchange,
  newSessionState,
  type OpenInvite,
  type SessionPhase,
  type SessionSnapshot,
  type SessionState,
} from './session-state.ts';
import { leftOfInterval, readSnapshot, resumeAnswers, resumeWithinMs, takeSnapshot } from './snapshot.ts';
import { targetInDialog } from './target-of.ts';
import { update } from './update.ts';

type Parts = { readonly reason?: string; readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody };

export class InviteSession implements SessionCore, TimerOwner {
  readonly agent: SessionAgent;
  readonly state: SessionState;
  owner: unknown = null;
  user: SessionUser | null = null;
  reliability: Reliability;
  flow: Flow | null = null;
  adapt: Adapt | null = null;
  authenticate: InviteOptions['authenticate'];
  ownInvite: OwnInvite | null = null;
  peerInvite: PeerInvite | null = null;
  repetition: Repetition | null = null;
  ownChange: OwnChange | null = null;
  peerChange: ServerTransaction | null = null;
  replacement: Replaced | null = null;
  sessionId: SessionId | null = null;
  isAckDue = false;
  /** Asked for by SIPS: our Contact is one, and nothing leaves but by TLS (RFC 3261 §12.1.1). */
  isSecure = false;
  ackParts: SessionCore['ackParts'] = null;
  endAfterAck: SessionCore['endAfterAck'];
  pendingEnd: SessionEnd | null = null;
  readonly refresh: SessionRefresh;
  #end: SessionEnd | null = null;
  #endTimer: TimerId = 0;
  /** Subscriptions that use the dialog. */
  #keepers = 0;
  #isTold = false;

  constructor(agent: SessionAgent, state: SessionState) {
    this.agent = agent;
    this.state = state;
    this.reliability = agent.supported === agent.supportedOtherwise ? 'off' : 'supported';
    this.refresh = new SessionRefresh(this);
  }

  static calling(agent: SessionAgent, options: InviteOptions, user: SessionUser): InviteSession {
    const callId = options.callId ?? agent.options.random.token(24);
    const session = new InviteSession(agent, newSessionState('uac', callId));
    session.user = user;
    session.sessionId = sessionIdOf(agent, options.sessionId);
    session.isSecure = isSips(options.uri) || isSips(parseNameAddr(options.route?.[0] ?? '')?.uriText ?? '');
    invite(session, options);
    return session;
  }

  static called(agent: SessionAgent, transaction: ServerTransaction): InviteSession {
    const session = new InviteSession(agent, newSessionState('uas', transaction.request.callId));
    session.flow = transaction.flow;
    session.sessionId = sessionIdOf(agent, undefined);
    session.isSecure = transaction.flow.secure && asksForSips(transaction.request);
    ring(session, transaction);
    return session;
  }

  static restored(
    agent: SessionAgent,
    from: { readonly snapshot: SessionSnapshot; readonly flow: Flow; readonly user: SessionUser },
  ): InviteSession {
    const { snapshot } = from;
    const session = new InviteSession(agent, newSessionState(snapshot.role, snapshot.dialog.callId));
    session.user = from.user;
    session.flow = from.flow;
    // What this peer is to have is not stored; a change needs no reliable provisional.
    session.reliability = 'off';
    session.isSecure = isSips(snapshot.dialog.remoteTarget);
    readSnapshot(session.state, snapshot);
    session.isAckDue = snapshot.isAckDue;
    if (session.state.dialog !== null) agent.adopt(session.state.dialog, session);
    resumeAnswers(session, snapshot);
    session.refresh.resume(
      leftOfInterval(session, snapshot.expiresUtcMs),
      agent.options.random.integer(resumeWithinMs),
    );
    return session;
  }

  get role(): 'uac' | 'uas' {
    return this.state.role;
  }

  get callId(): string {
    return this.state.callId;
  }

  get phase(): SessionPhase {
    return this.state.phase;
  }

  get dialogId(): DialogId | null {
    const dialog = this.state.dialog ?? this.state.early[0]?.dialog;
    if (dialog === undefined) return null;
    const { callId, localTag, remoteTag } = dialog;
    return { callId, localTag, remoteTag };
  }

  get replaced(): Replaced | null {
    return this.replacement;
  }

  takeReplaced(): Replaced | null {
    const { replacement } = this;
    this.replacement = null;
    return replacement;
  }

  get localBody(): SessionBody | null {
    return this.state.localBody;
  }

  get remoteBody(): SessionBody | null {
    return this.state.remoteBody;
  }

  get followsContact(): boolean {
    return this.state.followsContact;
  }

  set followsContact(follows: boolean) {
    this.state.followsContact = follows;
  }

  snapshot(): SessionSnapshot | null {
    return takeSnapshot(this);
  }

  openInvite(): OpenInvite | null {
    return takeOpenInvite(this);
  }

  rest(): void {
    const { dialog } = this.state;
    if (this.state.phase === 'confirmed' && dialog !== null) detachDialog(dialog);
  }

  // ---- verbs -------------------------------------------------------------------------------------------------------------------

  progress(status: number, options: Parts = {}): boolean {
    return progress(this, status, options);
  }

  accept(body: SessionBody, headers: readonly HeaderPair[] = []): boolean {
    return accept(this, body, headers);
  }

  reject(status: number, options: Parts = {}): boolean {
    return reject(this, status, options);
  }

  prack(fork: string, body: SessionBody | null, headers: readonly HeaderPair[] = []): boolean {
    return this.ownInvite?.acknowledge(fork, body, headers) ?? false;
  }

  ack(body: SessionBody | null): boolean {
    return acknowledge(this, body);
  }

  reinvite(body: SessionBody | null, headers: readonly HeaderPair[] = []): boolean {
    return reinvite(this, body, headers);
  }

  cancelReinvite(): boolean {
    return this.ownChange?.cancel() ?? false;
  }

  update(body: SessionBody | null, headers: readonly HeaderPair[] = [], fork = ''): boolean {
    return update(this, { body, headers, fork });
  }

  acceptReoffer(body: SessionBody, headers: readonly HeaderPair[] = []): boolean {
    return acceptReoffer(this, body, headers);
  }

  refuseReoffer(status: number, headers: readonly HeaderPair[] = []): boolean {
    return refuseReoffer(this, status, headers);
  }

  request(method: string, options: Parameters<Session['request']>[1]): boolean {
    return sendRequest(this, method, options);
  }

  end(options: { readonly reasonHeader?: string; readonly status?: number } = {}): void {
    const { reasonHeader } = options;
    switch (this.state.phase) {
      case 'calling':
      case 'proceeding':
        cancel(this, reasonHeader);
        break;
      case 'ringing':
        reject(this, options.status ?? 480, reasonHeader === undefined ? {} : { headers: [['Reason', reasonHeader]] });
        break;
      case 'accepted':
        // RFC 3261 §15: the callee's BYE may not overtake the ACK.
        if (this.state.role === 'uas') this.endAfterAck = options;
        else hangUp(this, reasonHeader);
        break;
      case 'confirmed':
        hangUp(this, reasonHeader);
        break;
    }
  }

  // ---- what comes from the peer ------------------------------------------------------------------------------------------------

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.dialogWith(request.from.tag ?? '');
    if (dialog === undefined || !takeRemoteSeq(dialog, request)) {
      transaction.respond(buildResponse(request, 500, { headers: [['Retry-After', '1']] }));
      return;
    }
    this.flow = transaction.flow;
    this.#learnSessionId(request);
    if (request.method === 'BYE') receiveBye(this, transaction);
    else if ((this.phase === 'ended' || this.phase === 'ending') && !this.#isKeptFor(request.method))
      transaction.respond(buildResponse(request, 481));
    else if (request.method === 'INVITE' || request.method === 'UPDATE') receiveChange(this, transaction);
    else if (request.method === 'PRACK') receivePrack(this, transaction);
    else receiveRequest(this, transaction);
  }

  receiveAck(ack: SipRequest): void {
    receiveAck(this, ack);
  }

  repeatAck(seq: number): void {
    repeatAck(this, seq);
  }

  keepDialog(): () => void {
    let isKept = true;
    this.#keepers += 1;
    return () => {
      if (!isKept) return;
      isKept = false;
      this.#keepers -= 1;
      if (this.#isTold) this.#forgetDialog();
    };
  }

  #isKeptFor(method: string): boolean {
    return this.#keepers > 0 && isOfSubscription(method);
  }

  #forgetDialog(): void {
    if (this.state.dialog !== null && this.#keepers === 0) this.agent.forget(this.state.dialog);
  }

  // ---- for the verbs -----------------------------------------------------------------------------------------------------------

  get usual(): readonly HeaderPair[] {
    const { headers = none } = this.agent.options;
    const { sessionId } = this;
    if (sessionId === null) return headers;
    return [...headers, ['Session-ID', formatSessionId(sessionId.local, sessionId.remote)]];
  }

  get contact(): HeaderPair {
    const uri = this.flow === null ? '' : this.agent.options.contact(this.flow);
    return ['Contact', `<${this.isSecure ? asSips(uri) : uri}>`];
  }

  get refreshing(): readonly HeaderPair[] {
    const { supported, supportedOtherwise } = this.agent;
    return [this.contact, ['Supported', this.reliability === 'off' ? supportedOtherwise : supported]];
  }

  build(method: string, headers: readonly HeaderPair[], body: SessionBody | null, seq?: number): SipRequest {
    const { dialog } = this.state;
    if (dialog === null) throw new NoDialogError(method);
    return this.buildIn(dialog, { method, headers, body, seq });
  }

  buildIn(
    dialog: DialogState,
    request: {
      readonly method: string;
      readonly headers: readonly HeaderPair[];
      readonly body: SessionBody | null;
      readonly seq?: number | undefined;
    },
  ): SipRequest {
    const { body, headers, method, seq } = request;
    const built = inDialogRequest(dialog, {
      method,
      seq,
      headers: headers.length === 0 ? this.usual : [...this.usual, ...headers],
      body: body?.bytes,
    });
    return this.adapt === null ? built : this.adapt(built);
  }

  respondTo(request: SipRequest, status: number, parts: Parts = {}): SipResponse {
    const { dialog } = this.state;
    const { reason, headers = none, body } = parts;
    const isPlain = headers.length === 0 && body === undefined;
    const built = buildResponse(request, status, {
      reason,
      toTag: dialog?.localTag,
      headers: isPlain ? this.usual : [...this.usual, ...headers, ...bodyHeaders(body ?? null)],
      body: body?.bytes,
    });
    return this.adapt === null ? built : this.adapt(built);
  }

  send(request: SipRequest, user: ClientTransactionUser): ClientTransaction {
    return this.agent.options.transactions.request(request, this.target(), user);
  }

  sendIn(dialog: DialogState, request: SipRequest, user: ClientTransactionUser): ClientTransaction {
    return this.agent.options.transactions.request(request, this.#targetIn(dialog), user);
  }

  target(): Target {
    const { dialog } = this.state;
    if (dialog === null) throw new NoDialogError('a target');
    return this.#targetIn(dialog);
  }

  #targetIn(dialog: DialogState): Target {
    if (this.flow === null) throw new NoDialogError('a target');
    return targetInDialog(this.agent.options, { dialog, flow: this.flow, followsContact: this.state.followsContact });
  }

  renewFlow(): void {
    this.flow = this.agent.options.flowTo(this.target()) ?? this.flow;
  }

  learnAllow(message: SipRequest | SipResponse): void {
    this.#learnSessionId(message);
    const allow = message.header('Allow');
    if (allow !== undefined) this.state.peerAllowsUpdate = this.agent.allowsUpdate(allow, message);
  }

  /** RFC 7989 §6: what the peer calls itself in its last message is what it is called. */
  #learnSessionId(message: SipRequest | SipResponse): void {
    const { sessionId } = this;
    const said = sessionId === null ? undefined : message.header('Session-ID');
    const remote = said === undefined ? undefined : parseSessionId(said)?.local;
    if (sessionId !== null && remote !== undefined) this.sessionId = { local: sessionId.local, remote };
  }

  learn(message: SipRequest | SipResponse): void {
    this.learnAllow(message);
    const peer = message.kind === 'request' ? message.from : message.to;
    const dialog = this.dialogWith(peer.tag ?? '');
    if (dialog !== undefined) refreshTarget(dialog, message);
  }

  exchangeIn(dialog: DialogState): Exchange | undefined {
    const { state } = this;
    return dialog === state.dialog ? state : state.early.find((early) => early.dialog === dialog);
  }

  dialogWith(remoteTag: string): DialogState | undefined {
    return this.state.dialog ?? this.state.early.find(({ dialog }) => dialog.remoteTag === remoteTag)?.dialog;
  }

  over(end: SessionEnd): void {
    if (this.state.phase === 'ended') return;
    this.state.phase = 'ended';
    this.#end = end;
    this.refresh.stop();
    this.ownInvite?.stop();
    this.peerInvite?.stop();
    this.repetition?.stop();
    this.repetition = null;
    this.ownChange?.abandon();
    this.peerChange?.respond(this.respondTo(this.peerChange.request, 487));
    this.peerChange = null;
    this.#endTimer = this.agent.options.clock.arm(0, this, 0);
  }

  onTimer(): void {
    if (this.#endTimer === 0 || this.#end === null) return;
    this.#endTimer = 0;
    this.#isTold = true;
    this.#forgetDialog();
    this.ownInvite?.transaction?.release();
    this.user?.onEnded(this, this.#end);
  }
}

const none: readonly HeaderPair[] = [];

function sessionIdOf({ options }: SessionAgent, given: string | undefined): SessionId | null {
  const local = given ?? (options.sessionIds === true ? createSessionUuid(options.random) : undefined);
  return local === undefined ? null : { local, remote: undefined };
}

/** Misuse: a request in a dialog before there is one. */
export class NoDialogError extends Error {
  readonly code = 'sip_no_dialog';
  constructor(what: string) {
    super(`${what} needs a dialog`);
    this.name = 'NoDialogError';
  }
}
