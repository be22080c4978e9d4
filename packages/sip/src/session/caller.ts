/** The caller's half of a session: INVITE, its provisionals and forks, CANCEL, the ACK of the 2xx (RFC 3261 §13.2, §9.1; RFC 6026). */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { dialogOfCaller, inDialogRequest } from '../dialog/dialog.ts';
import { routedRequest } from '../dialog/route-set.ts';
import { buildRequest } from '../message/build-request.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ClientTransaction, ClientTransactionUser } from '../transaction/transaction-port.ts';
import type { TransportFailure } from '../transport/flow.ts';
import { bodyHeaders } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, InviteOptions, SessionBody, SessionEnd } from './session-port.ts';

const CANCEL_OVER = 1;
const maxAttempts = 3;

export class Caller implements ClientTransactionUser, TimerOwner {
  readonly #session: SessionCore;
  #options: InviteOptions | null = null;
  #transaction: ClientTransaction | null = null;
  #invite: SipRequest | null = null;
  #fromTag = '';
  #seq = 0;
  #attempts = 0;
  #credentials: HeaderPair[] = [];
  #minSe = 0;
  #cancelled = false;
  #cancelTimer: TimerId = 0;
  #accepted: SipResponse | null = null;
  #ack: SipRequest | null = null;

  constructor(session: SessionCore) {
    this.#session = session;
  }

  start(options: InviteOptions): void {
    const { random, flowTo } = this.#session.agent.options;
    this.#options = options;
    this.#fromTag = random.token(12);
    this.#seq = random.integer(1000) + 1;
    const flow = flowTo(options.target);
    if (flow === undefined) {
      this.#session.over({
        why: 'transport',
        by: 'local',
        failure: { code: 'no-listener', detail: `no ${options.target.kind} listener` },
      });
      return;
    }
    this.#session.flow = flow;
    this.#send();
  }

  #send(): void {
    const options = this.#options;
    if (options === null) return;
    this.#attempts += 1;
    const { uri, routes } = routedRequest(options.uri, options.route ?? []);
    const invite = buildRequest({
      method: 'INVITE',
      uri,
      headers: [
        ...routes.map((route) => ['Route', route] as const),
        ['Max-Forwards', String(options.maxForwards ?? 70)],
        ['From', `${options.from};tag=${this.#fromTag}`],
        ['To', options.to],
        ['Call-ID', this.#session.callId],
        ['CSeq', `${this.#seq} INVITE`],
        this.#session.contact,
        ['Supported', 'timer'],
        ...this.#timerHeaders(options),
        ...(this.#session.agent.options.headers ?? []),
        ...(options.headers ?? []),
        ...this.#credentials,
        ...bodyHeaders(options.body),
      ],
      ...(options.body === null ? {} : { body: options.body.bytes }),
    });
    this.#invite = invite;
    this.#transaction = this.#session.agent.options.transactions.request(invite, options.target, this);
  }

  #timerHeaders(options: InviteOptions): HeaderPair[] {
    const wanted = options.sessionExpiresSec ?? 0;
    if (wanted === 0) return [];
    return [
      ['Session-Expires', String(Math.max(wanted, this.#minSe))],
      ['Min-SE', String(Math.max(90, this.#minSe))],
    ];
  }

  onResponse(response: SipResponse, transaction: ClientTransaction): void {
    const session = this.#session;
    if (transaction !== this.#transaction) return;
    if (response.isProvisional) this.#provisional(response);
    else if (response.isSuccess) this.#success(response);
    else if (session.phase === 'calling' || session.phase === 'proceeding' || session.phase === 'ending')
      this.#refused(response);
  }

  #provisional(response: SipResponse): void {
    const session = this.#session;
    if (session.phase === 'calling') session.phase = 'proceeding';
    if (response.status > 100 && session.phase === 'proceeding')
      session.user?.onProvisional(session, response, response.to.tag ?? '');
  }

  #success(response: SipResponse): void {
    const session = this.#session;
    const invite = this.#invite;
    const tag = response.to.tag ?? '';
    if (this.#accepted !== null) {
      if (this.#accepted.to.tag === tag) this.repeatAck(response.cseq.seq);
      else if (session.flow !== null) session.agent.dismiss(response, session.flow);
      return;
    }
    const dialog = invite === null ? undefined : dialogOfCaller(invite, response);
    if (dialog === undefined || session.phase === 'ended') {
      if (session.flow !== null) session.agent.dismiss(response, session.flow);
      return;
    }
    this.#accepted = response;
    session.setDialog(dialog);
    session.learn(response);
    if (this.#cancelled) {
      // CANCEL crossed the 200: acknowledge, then hang up (RFC 3261 §9.1).
      session.phase = 'accepted';
      this.ack(null);
      session.hangUp(undefined, { why: 'cancelled', by: 'local' });
      return;
    }
    session.phase = 'accepted';
    session.timer.begin(response, 'uac');
    session.user?.onAccepted(session, response, tag);
  }

  #refused(response: SipResponse): void {
    const { status } = response;
    if (!this.#cancelled && this.#attempts < maxAttempts) {
      if ((status === 401 || status === 407) && this.#authorize(response)) return;
      if (status === 422 && this.#raiseTimer(response)) return;
    }
    const why: SessionEnd['why'] = this.#cancelled ? 'cancelled' : 'rejected';
    const reasonHeader = response.header('Reason');
    const end: SessionEnd = {
      why,
      by: this.#cancelled ? 'local' : 'remote',
      status,
      reasonPhrase: response.reason,
      message: response,
    };
    this.#session.over(reasonHeader === undefined ? end : { ...end, reasonHeader });
  }

  #authorize(response: SipResponse): boolean {
    const invite = this.#invite;
    const credentials = invite === null ? undefined : this.#options?.authenticate?.(response, invite);
    if (credentials === undefined) return false;
    this.#credentials = [...this.#credentials.filter(([name]) => name !== credentials[0]), credentials];
    this.#seq += 1;
    this.#send();
    return true;
  }

  /** RFC 4028 §7.3 */
  #raiseTimer(response: SipResponse): boolean {
    const minSe = Number(response.header('Min-SE')?.split(';')[0] ?? Number.NaN);
    if (!Number.isInteger(minSe) || minSe <= this.#minSe || minSe > 86_400) return false;
    this.#minSe = minSe;
    this.#seq += 1;
    this.#send();
    return true;
  }

  onTimeout(): void {
    this.#session.over(
      this.#cancelled ? { why: 'cancelled', by: 'local' } : { why: 'timeout', by: 'remote', status: 408 },
    );
  }

  onTransportFailure(failure: TransportFailure, transaction: ClientTransaction): void {
    if (transaction === this.#transaction && this.#accepted === null)
      this.#session.over({ why: 'transport', by: 'remote', failure });
  }

  cancel(reasonHeader?: string): void {
    if (this.#cancelled) return;
    const { clock, t1Ms } = this.#session.agent.options;
    this.#cancelled = true;
    this.#session.phase = 'ending';
    this.#transaction?.cancel(reasonHeader);
    // RFC 3261 §9.1: no final response within 64*T1 after the CANCEL counts as one.
    this.#cancelTimer = clock.arm(64 * (t1Ms ?? 500), this, CANCEL_OVER);
  }

  onTimer(): void {
    this.#cancelTimer = 0;
    this.#session.over({ why: 'cancelled', by: 'local' });
  }

  ack(body: SessionBody | null): boolean {
    const session = this.#session;
    const { dialog } = session;
    if (session.phase !== 'accepted' || this.#accepted === null || dialog === null) return false;
    const headers = [...this.#credentials, ...bodyHeaders(body)];
    this.#ack = inDialogRequest(dialog, {
      method: 'ACK',
      seq: this.#seq,
      headers,
      ...(body === null ? {} : { body: body.bytes }),
    });
    session.phase = 'confirmed';
    session.change.lastLocal = body ?? this.#options?.body ?? null;
    this.#sendAck(this.#ack);
    return true;
  }

  /** The 2xx came again: so does the ACK (RFC 3261 §13.2.2.4). */
  repeatAck(seq: number): boolean {
    if (this.#ack === null || this.#ack.cseq.seq !== seq) return false;
    this.#sendAck(this.#ack);
    return true;
  }

  #sendAck(ack: SipRequest): void {
    this.#session.agent.options.transactions.sendDirect(ack, this.#session.target());
  }

  stop(): void {
    this.#session.agent.options.clock.disarm(this.#cancelTimer);
    this.#cancelTimer = 0;
  }
}
