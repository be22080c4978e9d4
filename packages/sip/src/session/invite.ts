/**
 * The caller's INVITE until its final: provisionals and early dialogs of each fork, the first 2xx, further forks, challenges, 422, the next target
 * (RFC 3261 §13.2, §8.1.3; RFC 3262 §4; RFC 3263 §4.3; RFC 4028 §7.3). CANCEL is in cancel.ts.
 *
 * Leaves out: following a 3xx, which is the user's.
 */
import { confirmDialog, type DialogState, dialogOfCaller } from '../dialog/dialog.ts';
import { maySend, owesAnswerInPrack, requestSent, responseSeen } from '../dialog/offer-answer.ts';
import { routedRequest } from '../dialog/route-set.ts';
import { proposeTimer, raiseMinimum, takeGrant } from '../dialog/session-timer.ts';
import { buildRequest } from '../message/build-request.ts';
import { formatReplaces, type Replaces } from '../message/replaces.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ClientTransaction, ClientTransactionUser } from '../transaction/transaction-port.ts';
import type { TransportFailure } from '../transport/flow.ts';
import { TargetTrial } from '../transport/target-trial.ts';
import { acknowledge, repeatAck } from './ack.ts';
import { hangUp } from './bye.ts';
import { sendPrack, takeInOrder } from './prack.ts';
import { bodyHeaders, bodyOf, keepBody, withCredentialRows } from './session-bodies.ts';
import type { OwnInvite, SessionCore } from './session-core.ts';
import type { HeaderPair, InviteOptions, SessionBody, SessionEnd } from './session-port.ts';
import type { EarlyDialog } from './session-state.ts';

/** The INVITE itself, and again for challenges of two proxies, one of the far side, and a longer session interval. */
const maxAttempts = 5;
/** Early dialogs kept of one INVITE; of further forks the provisionals are told all the same. */
const maxForks = 32;

export function invite(session: SessionCore, options: InviteOptions): void {
  const calling = new Invitation(session, options);
  session.ownInvite = calling;
  session.authenticate = options.authenticate;
  session.state.followsContact = options.followsContact ?? false;
  session.reliability = options.reliability ?? session.reliability;
  session.adapt = options.adapt ?? null;
  calling.start();
}

class Invitation implements ClientTransactionUser, OwnInvite {
  readonly #session: SessionCore;
  readonly #options: InviteOptions;
  readonly #trial: TargetTrial;
  readonly #fromTag: string;
  readonly #intervalSec: number;
  credentials: readonly HeaderPair[] = [];
  #seq: number;
  #attempts = 0;
  #request: SipRequest | null = null;
  #transaction: ClientTransaction | null = null;
  #isCancelled = false;

  constructor(session: SessionCore, options: InviteOptions) {
    const { agent } = session;
    this.#session = session;
    this.#options = options;
    this.#trial = new TargetTrial({
      targets: [
        options.target,
        ...(options.alternatives ?? []),
        ...(options.instead ?? []).map(({ target }) => target),
      ],
      clock: agent.options.clock,
      failed: agent.failedTargets,
      attemptMs: agent.options.attemptMs,
      onSilent: () => this.#silent(),
    });
    this.#fromTag = agent.options.random.token(12);
    this.#seq = agent.options.random.integer(1000) + 1;
    this.#intervalSec = options.sessionExpiresSec ?? agent.sessionTimer.intervalSec;
  }

  get transaction(): ClientTransaction | null {
    return this.#transaction;
  }

  get body(): InviteOptions['body'] {
    return this.#options.body;
  }

  /** What is asked for at the present target. */
  get #place(): Pick<InviteOptions, 'uri' | 'route'> {
    const { current } = this.#trial;
    return this.#options.instead?.find(({ target }) => target === current) ?? this.#options;
  }

  start(): void {
    requestSent(this.#session.state.offerAnswer, 'INVITE', this.body !== null);
    this.#trial.next();
    this.#send();
  }

  #send(): void {
    const session = this.#session;
    const { transactions, flowTo } = session.agent.options;
    const target = this.#trial.current;
    const found = target === undefined ? undefined : flowTo(target);
    // RFC 5630 §3.1.3: SIPS leaves by TLS or not at all.
    const flow = session.isSecure && found?.secure === false ? undefined : found;
    if (target === undefined || flow === undefined) {
      if (this.#tryNextTarget()) return;
      const failure: TransportFailure = {
        code: 'no-listener',
        detail: `no way to send by ${target?.kind ?? 'anything'}${session.isSecure ? ' what SIPS asks for' : ''}`,
      };
      session.over({ why: 'transport', by: 'local', failure });
      return;
    }
    session.flow = flow;
    const request = this.#build();
    this.#request = request;
    this.#transaction = transactions.request(request, target, this);
  }

  #build(): SipRequest {
    const session = this.#session;
    const { state } = session;
    const options = this.#options;
    const place = this.#place;
    const { uri, routes } = routedRequest(place.uri, place.route ?? []);
    const built = buildRequest({
      method: 'INVITE',
      uri,
      headers: [
        ...routes.map((route) => ['Route', route] as const),
        ['Max-Forwards', String(options.maxForwards ?? 70)],
        ['From', `${options.from};tag=${this.#fromTag}`],
        ['To', options.to],
        ['Call-ID', session.callId],
        ['CSeq', `${this.#seq} INVITE`],
        ...session.refreshing,
        ...(session.reliability === 'required' ? [['Require', '100rel'] as const] : []),
        ...(options.replaces === undefined ? [] : replacing(options.replaces)),
        ...proposeTimer(state.timer, this.#intervalSec),
        ...session.usual,
        ...(options.headers ?? []),
        ...this.credentials,
        ...bodyHeaders(options.body),
      ],
      ...(options.body === null ? {} : { body: options.body.bytes }),
    });
    return session.adapt === null ? built : session.adapt(built);
  }

  onResponse(response: SipResponse, transaction: ClientTransaction): void {
    if (transaction !== this.#transaction) {
      // A target that was given up, and answered all the same.
      if (response.isSuccess) this.#dismiss(response);
      return;
    }
    this.#trial.answered(response);
    if (response.isProvisional) this.#provisional(response);
    else if (response.isSuccess) this.#success(response);
    else this.#refused(response);
  }

  #provisional(response: SipResponse): void {
    const session = this.#session;
    const { state } = session;
    if (state.phase === 'calling') state.phase = 'proceeding';
    if (response.status === 100 || (state.phase !== 'proceeding' && state.phase !== 'ending')) return;
    const fork = response.to.tag ?? '';
    const early = this.#early(fork) ?? this.#openEarly(response);
    const order = early === undefined ? 'unreliable' : takeInOrder(early, response);
    if (order === 'out-of-order') return;
    // RFC 6228: this fork is over, others may ring on. And after our CANCEL nothing is news, but the callee must not wait for us.
    if (response.status === 199 || state.phase === 'ending') {
      this.acknowledge(fork, null, []);
      if (early !== undefined && response.status === 199) this.#dropEarly(early);
      return;
    }
    session.learnAllow(response);
    this.#take(response, early, order === 'next');
    const isOffer = early?.isPrackDue === true && owesAnswerInPrack(early.offerAnswer);
    session.user?.onProvisional(session, response, fork, isOffer);
    if (!isOffer) this.acknowledge(fork, null, []);
  }

  #take(response: SipResponse, early: EarlyDialog | undefined, isReliable: boolean): void {
    const exchange = early ?? this.#session.state;
    const body = bodyOf(response);
    const reading = responseSeen(exchange.offerAnswer, {
      by: 'remote',
      method: 'INVITE',
      status: response.status,
      isReliable,
      hasBody: body !== null,
    });
    if (reading !== 'answer' && reading !== 'offer') return;
    const { decode } = this.#session.agent;
    exchange.remoteBody = keepBody(body, decode);
    if (reading === 'answer') exchange.localBody = keepBody(this.body, decode);
  }

  #early(fork: string): EarlyDialog | undefined {
    return this.#session.state.early.find(({ dialog }) => dialog.remoteTag === fork);
  }

  #openEarly(response: SipResponse): EarlyDialog | undefined {
    const { state, agent } = this.#session;
    const isWanted = response.status !== 199 && (response.to.tag ?? '') !== '' && state.early.length < maxForks;
    const dialog = isWanted ? dialogOfCaller(response, this.#place.uri) : undefined;
    if (dialog === undefined) return undefined;
    const offerAnswer = { ...state.offerAnswer };
    const early: EarlyDialog = { dialog, offerAnswer, localBody: null, remoteBody: null, rseq: 0, isPrackDue: false };
    state.early.push(early);
    agent.adopt(dialog, this.#session);
    return early;
  }

  acknowledge(fork: string, body: SessionBody | null, headers: readonly HeaderPair[]): boolean {
    const early = this.#early(fork);
    if (early?.isPrackDue !== true || !maySend(early.offerAnswer, 'PRACK', body !== null)) return false;
    const { dialog, offerAnswer, rseq } = early;
    const isOffer = body !== null && !owesAnswerInPrack(offerAnswer);
    early.isPrackDue = false;
    if (body !== null && !isOffer) early.localBody = keepBody(body, this.#session.agent.decode);
    requestSent(offerAnswer, 'PRACK', body !== null);
    sendPrack(this.#session, { dialog, rack: `${rseq} ${this.#seq} INVITE`, body, isOffer, headers });
    return true;
  }

  #dropEarly(early: EarlyDialog): void {
    const session = this.#session;
    const { state, agent, ownChange, peerChange } = session;
    state.early.splice(state.early.indexOf(early), 1);
    agent.forget(early.dialog);
    if (ownChange?.dialog === early.dialog) {
      ownChange.abandon();
      session.ownChange = null;
    }
    if (peerChange?.request.from.tag !== early.dialog.remoteTag) return;
    session.peerChange = null;
    peerChange.respond(session.respondTo(peerChange.request, 487));
  }

  #success(response: SipResponse): void {
    const session = this.#session;
    const { state } = session;
    const won = state.dialog;
    if (won !== null) {
      if (won.remoteTag === (response.to.tag ?? '')) repeatAck(session, response.cseq.seq);
      else this.#dismiss(response);
      return;
    }
    const dialog = state.phase === 'ended' ? undefined : this.#winningDialog(response);
    if (dialog === undefined) {
      this.#dismiss(response);
      return;
    }
    const early = state.early.find((one) => one.dialog === dialog);
    for (const other of [...state.early]) if (other !== early) this.#dropEarly(other);
    state.early = [];
    state.dialog = dialog;
    session.agent.adopt(dialog, session);
    if (early !== undefined) {
      Object.assign(state.offerAnswer, early.offerAnswer);
      state.localBody = early.localBody;
      state.remoteBody = early.remoteBody;
    }
    this.#accepted(response);
  }

  #winningDialog(response: SipResponse): DialogState | undefined {
    const early = this.#early(response.to.tag ?? '');
    if (early === undefined) return dialogOfCaller(response, this.#place.uri);
    confirmDialog(early.dialog, response);
    return early.dialog;
  }

  #accepted(response: SipResponse): void {
    const session = this.#session;
    const { state } = session;
    const body = bodyOf(response);
    const reading = responseSeen(state.offerAnswer, {
      by: 'remote',
      method: 'INVITE',
      status: response.status,
      isReliable: true,
      hasBody: body !== null,
    });
    state.phase = 'accepted';
    state.inviteSeq = response.cseq.seq;
    session.isAckDue = true;
    // What was settled before the 2xx stands, whatever that says (RFC 3261 §13.2.1).
    if (reading !== 'none' || state.remoteBody === null) {
      state.localBody = keepBody(this.body, session.agent.decode);
      state.remoteBody = keepBody(body, session.agent.decode);
    }
    session.learn(response);
    if (this.#isCancelled) {
      // CANCEL crossed the 2xx: acknowledge, then hang up (RFC 3261 §9.1).
      acknowledge(session, null);
      hangUp(session, undefined, { why: 'cancelled', by: 'local' });
      return;
    }
    takeGrant(state.timer, response, session.agent.sessionTimer);
    session.refresh.begin();
    session.user?.onAccepted(session, response, response.to.tag ?? '');
  }

  /** RFC 3261 §13.2.2.4: acknowledged and ended, since one call is enough. */
  #dismiss(response: SipResponse): void {
    const { flow, agent } = this.#session;
    if (flow !== null) agent.dismiss(response, flow);
  }

  #refused(response: SipResponse): void {
    const session = this.#session;
    if (session.state.dialog !== null || session.state.phase === 'ended') return;
    if (!this.#isCancelled && this.#tryAgain(response)) return;
    const reasonHeader = response.header('Reason');
    const end: SessionEnd = {
      why: this.#isCancelled ? 'cancelled' : 'rejected',
      by: this.#isCancelled ? 'local' : 'remote',
      status: response.status,
      reasonPhrase: response.reason,
      message: response,
    };
    session.over(reasonHeader === undefined ? end : { ...end, reasonHeader });
  }

  #tryAgain(response: SipResponse): boolean {
    const { status } = response;
    if (status === 503 || status === 430) return this.#tryNextTarget();
    if (this.#attempts + 1 >= maxAttempts) return false;
    if (status === 422 && !raiseMinimum(this.#session.state.timer, response)) return false;
    if (status === 401 || status === 407) {
      const credentials = this.#request === null ? undefined : this.#options.authenticate?.(response, this.#request);
      if (credentials === undefined) return false;
      this.credentials = withCredentialRows(this.credentials, credentials);
    } else if (status !== 422) return false;
    this.#attempts += 1;
    this.#seq += 1;
    this.#forgetEarly();
    this.#send();
    return true;
  }

  #tryNextTarget(): boolean {
    if (this.#isCancelled || this.#trial.next() === undefined) return false;
    this.#forgetEarly();
    this.#session.state.phase = 'calling';
    this.#send();
    return true;
  }

  #silent(): void {
    const silent = this.#transaction;
    if (this.#tryNextTarget()) silent?.cancel();
  }

  #forgetEarly(): void {
    for (const early of [...this.#session.state.early]) this.#dropEarly(early);
  }

  onTimeout(transaction: ClientTransaction): void {
    if (transaction !== this.#transaction || this.#session.state.dialog !== null) return;
    if (this.#isCancelled) {
      this.#session.over({ why: 'cancelled', by: 'local' });
      return;
    }
    this.#trial.timedOut();
    if (!this.#tryNextTarget()) this.#session.over({ why: 'timeout', by: 'remote', status: 408 });
  }

  onTransportFailure(failure: TransportFailure, transaction: ClientTransaction): void {
    if (transaction !== this.#transaction || this.#session.state.dialog !== null) return;
    this.#trial.unreached(failure);
    if (this.#isCancelled) this.#session.over({ why: 'cancelled', by: 'local', failure });
    else if (!this.#tryNextTarget()) this.#session.over({ why: 'transport', by: 'remote', failure });
  }

  cancel(reasonHeader: string | undefined): void {
    this.#isCancelled = true;
    this.#trial.stop();
    this.#transaction?.cancel(reasonHeader);
  }

  stop(): void {
    this.#trial.stop();
    this.#forgetEarly();
  }
}

/** RFC 3891 §4: whoever does not know Replaces is to refuse, for there it would be one more call. */
function replacing(replaces: Replaces): readonly HeaderPair[] {
  return [
    ['Require', 'replaces'],
    ['Replaces', formatReplaces(replaces)],
  ];
}
