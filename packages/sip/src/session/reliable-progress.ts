/**
 * The callee's provisionals with 100rel (RFC 3262 §3): numbered by RSeq, repeated over any transport after T1, doubling, until their PRACK; one at a time, the
 * others wait in order. 64*T1 without a PRACK refuses the INVITE.
 *
 * Deviation: a PRACK that comes after we have refused the INVITE is 481, where §3 would have it answered: the early dialog is over, and nobody waits for it.
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { failed, placeInResponse, responseSeen } from '../dialog/offer-answer.ts';
import { buildResponse } from '../message/build-response.ts';
import type { RAck } from '../message/rack.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { bodyOf, keepBody } from './session-bodies.ts';
import type { PeerInvite, ReliableProgress, SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

export interface ProgressParts {
  readonly headers?: readonly HeaderPair[];
  readonly body?: SessionBody;
}

/** Whether provisionals to this INVITE go out reliably. A caller that demands it gets nothing else. */
export function isReliable({ reliability }: SessionCore, request: SipRequest): boolean {
  return request.hasToken('Require', '100rel') || (reliability !== 'off' && request.hasToken('Supported', '100rel'));
}

export class ReliableSender implements ReliableProgress, TimerOwner {
  isAcknowledged = false;
  /** Of `#open`. */
  isDescriptionOpen = false;
  readonly #session: SessionCore;
  readonly #invite: PeerInvite;
  #rseq: number;
  /** What waits for its PRACK. */
  #open: SipResponse | null = null;
  #waiting: { readonly status: number; readonly parts: ProgressParts }[] | undefined;
  #intervalMs = 0;
  #endMs = 0;
  #timer: TimerId = 0;

  constructor(session: SessionCore, invite: PeerInvite) {
    this.#session = session;
    this.#invite = invite;
    // 1 to 2^31 - 1 for the first.
    this.#rseq = session.agent.options.random.integer(2 ** 31 - 1);
  }

  say(status: number, parts: ProgressParts): void {
    if (this.#open !== null) {
      this.#waiting ??= [];
      this.#waiting.push({ status, parts });
      return;
    }
    const session = this.#session;
    const { state, agent } = session;
    const { request } = this.#invite.transaction;
    const { body: _left, ...said } = parts;
    const body = placeInResponse(state.offerAnswer, true) === 'none' ? undefined : parts.body;
    this.#rseq += 1;
    const reliably: HeaderPair[] = [
      ['Require', '100rel'],
      ['RSeq', String(this.#rseq)],
    ];
    const headers = [session.contact, ...reliably, ...(said.headers ?? [])];
    const response = session.respondTo(request, status, { headers, ...(body === undefined ? {} : { body }) });
    const hasBody = body !== undefined;
    const reading = responseSeen(state.offerAnswer, {
      by: 'local',
      method: 'INVITE',
      status,
      isReliable: true,
      hasBody,
    });
    if (body !== undefined) state.localBody = keepBody(body, agent.decode);
    if (reading === 'answer') state.remoteBody = keepBody(bodyOf(request), agent.decode);
    this.isDescriptionOpen = hasBody;
    this.#open = response;
    this.#invite.transaction.respond(response);
    this.#intervalMs = agent.t1Ms;
    this.#endMs = agent.options.clock.nowMs() + 64 * agent.t1Ms;
    this.#timer = agent.options.clock.arm(agent.t1Ms, this, 0);
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  acknowledge(rack: RAck): boolean {
    const { request } = this.#invite.transaction;
    const isIt = rack.rseq === this.#rseq && rack.cseq === request.cseq.seq && rack.method === 'INVITE';
    if (this.#open === null || !isIt) return false;
    this.#open = null;
    this.isDescriptionOpen = false;
    this.isAcknowledged = true;
    this.#disarm();
    return true;
  }

  /** The next of those that wait. */
  goOn(): void {
    const next = this.#open === null ? this.#waiting?.shift() : undefined;
    if (next !== undefined) this.say(next.status, next.parts);
  }

  onTimer(): void {
    const session = this.#session;
    const { clock } = session.agent.options;
    const { transaction, toTag } = this.#invite;
    this.#timer = 0;
    if (this.#open === null || session.state.phase !== 'ringing') return;
    const leftMs = this.#endMs - clock.nowMs();
    if (leftMs <= 0) {
      transaction.respond(buildResponse(transaction.request, 504, { toTag, headers: session.agent.options.headers }));
      failed(session.state.offerAnswer, 'INVITE', 'remote');
      session.over({ why: 'no-ack', by: 'remote', status: 504, reasonPhrase: 'A reliable provisional had no PRACK' });
      return;
    }
    transaction.respond(this.#open);
    // Unlike a 2xx it goes on doubling beyond T2.
    this.#intervalMs *= 2;
    this.#timer = clock.arm(Math.min(this.#intervalMs, leftMs), this, 0);
  }

  /** A final goes out: nothing is repeated or said any more; a PRACK that is on its way finds what it is for. */
  stop(): void {
    this.#disarm();
    this.#waiting = undefined;
  }

  #disarm(): void {
    this.#session.agent.options.clock.disarm(this.#timer);
    this.#timer = 0;
  }
}
