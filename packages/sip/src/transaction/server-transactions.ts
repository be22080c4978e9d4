/**
 * The server half of the transaction layer: RFC 3261 §17.2, matching (§17.2.3), CANCEL (§9.2), ACK, merged requests (§8.2.2.2), and the
 * limit on live transactions.
 */
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { buildResponse } from '../message/build-response.ts';
import { type EncodeMessage, wireOf } from '../message/format-message.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { stringIntoBytes } from '../message/text.ts';
import { hashText } from '../overload/hash-text.ts';
import type { Admission } from '../overload/overload-control.ts';
import type { Flow } from '../transport/flow.ts';
import type { TransportPort } from '../transport/transport-port.ts';
import { AnsweredServer } from './answered-server.ts';
import { InviteServer } from './invite-server.ts';
import type { ServerSink } from './machine-sink.ts';
import { inviteKey, mergeKey, serverKey, tagsMatch } from './match.ts';
import { NonInviteServer } from './non-invite-server.ts';
import { reopenedFlow, responseFlowFor } from './response-route.ts';
import { TIMER_J, TIMER_L, type TransactionTimers } from './timers.ts';
import type { TransactionUser } from './transaction-port.ts';
import { stampReceived } from './via-stamp.ts';

export interface ServerTransactionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportPort;
  readonly timers: TransactionTimers;
  readonly user: TransactionUser;
  readonly encode: EncodeMessage;
  /** Beyond so many live ones a new request is answered 503. */
  readonly maxCount: number;
  readonly retryAfterSec: number;
  readonly rejectMerged: boolean;
  /** Whether there is room for something new; null: always. */
  readonly admission: Admission | null;
}

export class ServerTransactions implements ServerSink {
  readonly clock: Clock;
  readonly timers: TransactionTimers;
  readonly #options: ServerTransactionsOptions;
  readonly #byKey = new Map<string, InviteServer | NonInviteServer | AnsweredServer>();
  readonly #mergeKeys = new Set<string>();
  readonly #onAnsweredOver = (answered: AnsweredServer) => this.#forget(answered);
  /** Requests answered 503 for want of room. */
  rejectedCount = 0;

  constructor(options: ServerTransactionsOptions) {
    this.clock = options.clock;
    this.timers = options.timers;
    this.#options = options;
  }

  get count(): number {
    return this.#byKey.size;
  }

  receive(received: SipRequest, flow: Flow): void {
    const request = stampReceived(received, flow.remote);
    const key = serverKey(request);
    const known = this.#byKey.get(key);
    if (request.method === 'ACK') {
      this.#receiveAck(request, known, flow);
      return;
    }
    if (known !== undefined && tagsMatch(request, originalToTag(known), known.toTag)) {
      this.#receiveAgain(known);
      return;
    }
    const { admission, maxCount, retryAfterSec } = this.#options;
    if (this.#byKey.size >= maxCount) {
      this.#rejectStateless(request, flow, retryAfterSec);
      return;
    }
    if (admission !== null && !admission.admits(request)) {
      this.#rejectStateless(request, flow, admission.retryAfterSec(request));
      return;
    }
    const transaction = this.#create(request, key, flow);
    transaction.start();
    if (request.method === 'CANCEL') this.#receiveCancel(request, transaction);
    else this.#handUp(transaction);
  }

  /** See {@link LeftTransactions.reopen}. */
  reopen(request: SipRequest, flow: Flow): InviteServer | NonInviteServer {
    const key = serverKey(request);
    const known = this.#byKey.get(key);
    return known === undefined || known instanceof AnsweredServer ? this.#create(request, key, flow) : known;
  }

  #create(request: SipRequest, key: string, flow: Flow): InviteServer | NonInviteServer {
    const responseFlow = responseFlowFor(request.topVia, flow, this.#options.transport);
    if (request.to.tag === undefined) request.responseTag = this.#newTag();
    const options = { sink: this, branch: request.topVia.branch ?? '', key, flow, responseFlow, request };
    const transaction = request.method === 'INVITE' ? new InviteServer(options) : new NonInviteServer(options);
    this.#byKey.set(key, transaction);
    return transaction;
  }

  transmitResponse(response: SipResponse, transaction: InviteServer | NonInviteServer): void {
    const { transport, encode } = this.#options;
    transaction.responseFlow = reopenedFlow(transaction.request.topVia, transaction.responseFlow, transport);
    transport.send(encode(response), transaction.responseFlow, transaction);
  }

  serverAnswered(transaction: InviteServer | NonInviteServer, status: number): void {
    // A request that was refused may rightly come again by another path; one that was accepted may not.
    if (status >= 300) this.#forgetMerge(transaction);
  }

  serverSettled(transaction: InviteServer | NonInviteServer, response: SipResponse | null): void {
    const { key, method, toTag, mergeKey, responseFlow, user } = transaction;
    if (this.#byKey.get(key) !== transaction) return;
    const onOver = this.#onAnsweredOver;
    const original = originalToTag(transaction);
    const answered = new AnsweredServer({
      key,
      method,
      originalToTag: original,
      toTag,
      mergeKey,
      wire: response === null ? null : wireOf(response),
      responseFlow,
      onOver,
    });
    if (user?.onTerminated !== undefined) answered.transaction = transaction;
    this.#byKey.set(key, answered);
    this.clock.arm(this.timers.timeoutMs, answered, method === 'INVITE' ? TIMER_L : TIMER_J);
  }

  serverEnded(transaction: InviteServer | NonInviteServer): void {
    this.#forget(transaction);
  }

  #forget(transaction: InviteServer | NonInviteServer | AnsweredServer): void {
    if (this.#byKey.get(transaction.key) === transaction) this.#byKey.delete(transaction.key);
    this.#forgetMerge(transaction);
  }

  #receiveAgain(known: InviteServer | NonInviteServer | AnsweredServer): void {
    if (!(known instanceof AnsweredServer)) known.receiveRetransmission();
    else if (known.wire !== null) {
      const bytes = new Uint8Array(known.wire.length);
      stringIntoBytes(known.wire, bytes, 0);
      this.#options.transport.send(bytes, known.responseFlow, null);
    }
  }

  /** RFC 6026 §7.1: the ACK of a 2xx passes to the user, though it may have the INVITE's branch. */
  #receiveAck(ack: SipRequest, known: InviteServer | NonInviteServer | AnsweredServer | undefined, flow: Flow): void {
    const isOurs = known instanceof InviteServer && tagsMatch(ack, known.request.to.tag, known.toTag);
    if (!isOurs || !known.receiveAck(ack)) this.#options.user.onAck(ack, flow);
  }

  /** RFC 3261 §9.2: answered at once; whether the INVITE can still be ended is another matter. */
  #receiveCancel(cancel: SipRequest, transaction: InviteServer | NonInviteServer): void {
    const invite = this.#byKey.get(inviteKey(cancel));
    const isFound = invite?.method === 'INVITE' && tagsMatch(cancel, originalToTag(invite), undefined);
    const toTag = isFound ? invite.toTag : undefined;
    transaction.respond(buildResponse(cancel, isFound ? 200 : 481, { toTag }));
    if (isFound && invite instanceof InviteServer) invite.receiveCancel(cancel);
  }

  #handUp(transaction: InviteServer | NonInviteServer): void {
    const { request } = transaction;
    if (this.#options.rejectMerged) {
      const merge = mergeKey(request);
      if (merge !== '') {
        if (this.#mergeKeys.has(merge)) {
          transaction.refuse(buildResponse(request, 482));
          return;
        }
        transaction.mergeKey = merge;
        this.#mergeKeys.add(merge);
      }
    }
    try {
      this.#options.user.onRequest(transaction);
    } catch (error) {
      // A defect is no reason for silence: the peer would repeat its request, and we would hold its transaction for good.
      transaction.refuse(buildResponse(request, 500));
      throw error;
    }
    transaction.handedUp();
  }

  #forgetMerge(transaction: InviteServer | NonInviteServer | AnsweredServer): void {
    if (transaction.mergeKey === '') return;
    this.#mergeKeys.delete(transaction.mergeKey);
    transaction.mergeKey = '';
  }

  /** RFC 3261 §21.5.4; the tag is the same for a retransmission (§8.2.7). */
  #rejectStateless(request: SipRequest, flow: Flow, retryAfterSec: number): void {
    this.rejectedCount++;
    const { transport, encode } = this.#options;
    const { topVia, callId } = request;
    const toTag = hashText(`${topVia.branch ?? ''} ${callId}`).toString(36);
    const response = buildResponse(request, 503, { toTag, headers: [['Retry-After', retryAfterSec]] });
    transport.send(encode(response), responseFlowFor(topVia, flow, transport), null);
  }

  #newTag(): string {
    return this.#options.random.token(10);
  }
}

function originalToTag(known: InviteServer | NonInviteServer | AnsweredServer): string | undefined {
  return known instanceof AnsweredServer ? known.originalToTag : known.request.to.tag;
}
