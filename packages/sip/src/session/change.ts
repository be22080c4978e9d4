/**
 * Changes of a running session: re-INVITE (RFC 3261 §14) and UPDATE (RFC 3311) both ways, one at a time. Bodies are compared, not read: a change
 * that says what was said last is a refresh and is answered here.
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { bodyHeaders, bodyOf } from './session-bodies.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

const RETRY_GLARE = 1;
const REPEAT_2XX = 2;

interface Asked {
  readonly body: SessionBody | null;
  readonly headers: readonly HeaderPair[];
}

export class Change implements TimerOwner {
  readonly #session: SessionCore;
  lastLocal: SessionBody | null = null;
  lastRemote: SessionBody | null = null;
  /** Our re-INVITE that has no final yet, or whose glare pause runs. */
  #ours: Asked | null = null;
  #isRefresh = false;
  #hasGlared = false;
  /** Between our 491 and the repetition: the peer may change the session meanwhile. */
  #isPausing = false;
  #attempts = 0;
  /** The 2xx to our offerless re-INVITE waits for the user's answer. */
  #ackSeq = 0;
  #ack: SipRequest | null = null;
  /** The peer's change that waits for the user, or whose 2xx waits for its ACK. */
  #theirs: ServerTransaction | null = null;
  #answer: SipResponse | null = null;
  #repeatMs = 0;
  #sinceMs = 0;
  #timer: TimerId = 0;
  #glareTimer: TimerId = 0;

  constructor(session: SessionCore) {
    this.#session = session;
  }

  snapshot(): { readonly local: unknown; readonly remote: unknown } {
    return { local: storable(this.lastLocal), remote: storable(this.lastRemote) };
  }

  restore(data: unknown): void {
    const { local, remote } = (data ?? {}) as { local?: StoredBody | null; remote?: StoredBody | null };
    this.lastLocal = fromStored(local ?? null);
    this.lastRemote = fromStored(remote ?? null);
  }

  // ---- ours --------------------------------------------------------------------------------------------------------------------

  reinvite(body: SessionBody | null, headers: readonly HeaderPair[], isRefresh = false): boolean {
    if (this.#ours !== null || this.#theirs !== null || this.#ackSeq !== 0) return false;
    this.#ours = { body, headers };
    this.#isRefresh = isRefresh;
    this.#hasGlared = false;
    this.#attempts = 0;
    this.#sendOurs([]);
    return true;
  }

  #sendOurs(credentials: readonly HeaderPair[]): void {
    const ours = this.#ours;
    const session = this.#session;
    if (ours === null || session.phase !== 'confirmed') return;
    this.#attempts += 1;
    const headers = [
      session.contact,
      ['Supported', 'timer'] as const,
      ...session.timer.refreshHeaders(),
      ...ours.headers,
      ...credentials,
    ];
    const request = session.build('INVITE', [...headers, ...bodyHeaders(ours.body)], ours.body);
    session.send(request, {
      onResponse: (response) => this.#response(response, request),
      onTimeout: () => this.#refused(408, undefined),
      onTransportFailure: () => this.#refused(503, undefined),
    });
  }

  #response(response: SipResponse, request: SipRequest): void {
    if (response.isProvisional) return;
    if (response.isSuccess) {
      this.#success(response);
      return;
    }
    const { status } = response;
    const isChallenge = status === 401 || status === 407;
    const credentials = isChallenge && this.#attempts < 3 ? this.#session.authenticate?.(response, request) : undefined;
    if (credentials !== undefined) this.#sendOurs([credentials]);
    else if (status === 491 && !this.#hasGlared && this.#session.phase === 'confirmed') this.#pauseAfterGlare();
    else this.#refused(status, response);
  }

  /** RFC 3261 §14.1: the owner of the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms. */
  #pauseAfterGlare(): void {
    const { clock, random } = this.#session.agent.options;
    this.#hasGlared = true;
    this.#isPausing = true;
    const pauseMs = this.#session.role === 'uac' ? 2100 + random.integer(190) * 10 : random.integer(200) * 10;
    this.#glareTimer = clock.arm(pauseMs, this, RETRY_GLARE);
  }

  #success(response: SipResponse): void {
    const session = this.#session;
    const { seq } = response.cseq;
    if (this.#ours === null) {
      this.repeatAck(seq);
      return;
    }
    session.learn(response);
    session.timer.begin(response, 'uac');
    this.#ackSeq = seq;
    const remote = bodyOf(response);
    if (remote !== null) this.lastRemote = remote;
    const { body } = this.#ours;
    this.#ours = null;
    if (body !== null || session.phase !== 'confirmed') {
      if (body !== null) this.lastLocal = body;
      this.#sendAck(null);
    }
    if (!this.#isRefresh && session.phase === 'confirmed') session.user?.onReofferAccepted(session, response);
  }

  /** The user owes the answer to an offer in the 2xx. */
  get isAckDue(): boolean {
    return this.#ackSeq !== 0;
  }

  ack(body: SessionBody | null): boolean {
    if (this.#ackSeq === 0) return false;
    if (body !== null) this.lastLocal = body;
    this.#sendAck(body);
    return true;
  }

  #sendAck(body: SessionBody | null): void {
    const session = this.#session;
    this.#ack = session.build('ACK', bodyHeaders(body), body, this.#ackSeq);
    this.#ackSeq = 0;
    session.agent.options.transactions.sendDirect(this.#ack, session.target());
  }

  repeatAck(seq: number): void {
    if (this.#ack?.cseq.seq === seq)
      this.#session.agent.options.transactions.sendDirect(this.#ack, this.#session.target());
  }

  #refused(status: number, response: SipResponse | undefined): void {
    const session = this.#session;
    this.#ours = null;
    if (response !== undefined && session.checkGone(response)) return;
    if (status === 408 && response === undefined) {
      session.hangUp(undefined, { why: 'gone', by: 'remote', status });
      return;
    }
    if (!this.#isRefresh && session.phase === 'confirmed') session.user?.onReofferRefused(session, status, response);
  }

  // ---- theirs ------------------------------------------------------------------------------------------------------------------

  receive(transaction: ServerTransaction): void {
    const session = this.#session;
    const { request } = transaction;
    const body = bodyOf(request);
    if (this.#theirs !== null || session.phase !== 'confirmed') {
      transaction.respond(
        session.respondTo(request, 500, {
          headers: [['Retry-After', String(session.agent.options.random.integer(10) + 1)]],
        }),
      );
      return;
    }
    if (this.#ours !== null && !this.#isPausing && (body !== null || request.method === 'INVITE')) {
      transaction.respond(session.respondTo(request, 491));
      return;
    }
    session.learn(request);
    if (this.#isRefreshBody(request, body)) {
      this.#answerRefresh(transaction);
      return;
    }
    this.#theirs = transaction;
    transaction.user = { onCancel: () => this.refuse(487, []) };
    session.user?.onReoffer(session, request);
  }

  #isRefreshBody(request: SipRequest, body: SessionBody | null): boolean {
    if (body === null) return request.method === 'UPDATE';
    return this.lastRemote !== null && this.lastLocal !== null && sameBytes(body.bytes, this.lastRemote.bytes);
  }

  #answerRefresh(transaction: ServerTransaction): void {
    const session = this.#session;
    const { request } = transaction;
    const isBare = request.method === 'UPDATE' && request.bodySizeBytes === 0;
    const headers = [session.contact, ...session.timer.answer(request)];
    const response = session.respondTo(request, 200, {
      headers,
      ...(isBare || this.lastLocal === null ? {} : { body: this.lastLocal }),
    });
    this.#respond(transaction, response);
  }

  accept(body: SessionBody, headers: readonly HeaderPair[]): boolean {
    const session = this.#session;
    const transaction = this.#theirs;
    if (transaction === null || this.#answer !== null) return false;
    const offered = bodyOf(transaction.request);
    if (offered !== null) this.lastRemote = offered;
    this.lastLocal = body;
    const all = [session.contact, ...session.timer.answer(transaction.request), ...headers];
    this.#respond(transaction, session.respondTo(transaction.request, 200, { headers: all, body }));
    return true;
  }

  refuse(status: number, headers: readonly HeaderPair[]): boolean {
    const transaction = this.#theirs;
    if (transaction === null || this.#answer !== null) return false;
    this.#theirs = null;
    transaction.respond(this.#session.respondTo(transaction.request, status, { headers }));
    return true;
  }

  /** A 2xx to INVITE is repeated until its ACK, like the first one of the session. */
  #respond(transaction: ServerTransaction, response: SipResponse): void {
    transaction.respond(response);
    if (transaction.method !== 'INVITE') {
      this.#theirs = null;
      return;
    }
    const { clock, t1Ms = 500 } = this.#session.agent.options;
    this.#theirs = transaction;
    this.#answer = response;
    this.#repeatMs = t1Ms;
    this.#sinceMs = clock.nowMs();
    this.#timer = clock.arm(t1Ms, this, REPEAT_2XX);
  }

  receiveAck(ack: SipRequest): void {
    const transaction = this.#theirs;
    if (transaction === null || this.#answer === null || ack.cseq.seq !== transaction.request.cseq.seq) return;
    const session = this.#session;
    const wasAsked = bodyOf(transaction.request) === null;
    this.#stop();
    this.#theirs = null;
    this.#answer = null;
    const body = bodyOf(ack);
    if (!wasAsked) return;
    if (body !== null) this.lastRemote = body;
    session.user?.onReofferAcknowledged(session, ack);
  }

  onTimer(kind: number): void {
    if (kind === REPEAT_2XX) this.#timer = 0;
    if (kind === REPEAT_2XX) {
      this.#repeatAnswer();
      return;
    }
    this.#isPausing = false;
    if (this.#theirs === null) this.#sendOurs([]);
    else this.#pauseAfterGlare();
  }

  #repeatAnswer(): void {
    const session = this.#session;
    const { clock, t1Ms = 500, t2Ms = 4000 } = session.agent.options;
    if (this.#answer === null || session.phase !== 'confirmed') return;
    if (clock.nowMs() - this.#sinceMs >= 64 * t1Ms) {
      session.hangUp(undefined, { why: 'no-ack', by: 'remote' });
      return;
    }
    this.#theirs?.respond(this.#answer);
    this.#repeatMs = Math.min(this.#repeatMs * 2, t2Ms);
    this.#timer = clock.arm(this.#repeatMs, this, REPEAT_2XX);
  }

  /** The session ends: whoever waits for us is answered (RFC 3261 §15.1.2), nothing is repeated any more. */
  abandon(): void {
    this.#stop();
    this.#session.agent.options.clock.disarm(this.#glareTimer);
    const transaction = this.#theirs;
    if (transaction !== null && this.#answer === null) transaction.respond(buildResponse(transaction.request, 487));
    this.#theirs = null;
    this.#answer = null;
    this.#ours = null;
  }

  #stop(): void {
    this.#session.agent.options.clock.disarm(this.#timer);
    this.#timer = 0;
  }
}

interface StoredBody {
  readonly type: string;
  readonly octets: readonly number[];
}

function storable(body: SessionBody | null): StoredBody | null {
  return body === null ? null : { type: body.type, octets: Array.from(body.bytes) };
}

function fromStored(body: StoredBody | null): SessionBody | null {
  return body === null ? null : { type: body.type, bytes: Uint8Array.from(body.octets) };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
