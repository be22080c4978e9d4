/**
 * The server half of the transaction layer: RFC 3261 §17.2, matching (§17.2.3), CANCEL (§9.2), ACK, merged requests (§8.2.2.2), and the
 * limit on live transactions.
 */
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { buildResponse } from '../message/build-response.ts';
import { formatMessage } from '../message/format-message.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { StringIntoBytes } from '../message/text.ts';
import type { Flow } from '../transport/flow.ts';
import type { TransportPort } from '../transport/transport-port.ts';
import { InviteServer } from './invite-server.ts';
import type { ServerSink } from './machine-sink.ts';
import { inviteKey, mergeKey, serverKey, tagsMatch } from './match.ts';
import { NonInviteServer } from './non-invite-server.ts';
import { reopenedFlow, responseFlowFor } from './response-route.ts';
import type { TransactionTimers } from './timers.ts';
import type { TransactionUser } from './transaction-port.ts';
import { stampReceived } from './via-stamp.ts';

export interface ServerTransactionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportPort;
  readonly timers: TransactionTimers;
  readonly user: TransactionUser;
  readonly write: StringIntoBytes;
  /** Beyond so many live ones a new request is answered 503. */
  readonly maxCount: number;
  readonly retryAfterSec: number;
  readonly rejectMerged: boolean;
}

export class ServerTransactions implements ServerSink {
  readonly clock: Clock;
  readonly timers: TransactionTimers;
  readonly #options: ServerTransactionsOptions;
  readonly #byKey = new Map<string, InviteServer | NonInviteServer>();
  readonly #byMergeKey = new Map<string, InviteServer | NonInviteServer>();
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
    if (known !== undefined && tagsMatch(request, known.request, known.toTag)) {
      known.receiveRetransmission();
      return;
    }
    if (this.#byKey.size >= this.#options.maxCount) {
      this.#rejectStateless(request, responseFlowFor(request.topVia, flow, this.#options.transport));
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
    return this.#byKey.get(key) ?? this.#create(request, key, flow);
  }

  #create(request: SipRequest, key: string, flow: Flow): InviteServer | NonInviteServer {
    const responseFlow = responseFlowFor(request.topVia, flow, this.#options.transport);
    const options = { sink: this, branch: request.topVia.branch ?? '', key, flow, responseFlow, request };
    const transaction = request.method === 'INVITE' ? new InviteServer(options) : new NonInviteServer(options);
    this.#byKey.set(key, transaction);
    return transaction;
  }

  transmitResponse(bytes: Uint8Array, transaction: InviteServer | NonInviteServer): void {
    const { transport } = this.#options;
    transaction.responseFlow = reopenedFlow(transaction.request.topVia, transaction.responseFlow, transport);
    transport.send(bytes, transaction.responseFlow, transaction);
  }

  encodeResponse(response: SipResponse): Uint8Array {
    return formatMessage(response, this.#options.write);
  }

  encodeTrying(request: SipRequest): Uint8Array {
    return this.encodeResponse(buildResponse(request, 100));
  }

  serverAnswered(transaction: InviteServer | NonInviteServer, status: number): void {
    // A request that was refused may rightly come again by another path; one that was accepted may not.
    if (status >= 300) this.#forgetMerge(transaction);
  }

  serverEnded(transaction: InviteServer | NonInviteServer): void {
    if (this.#byKey.get(transaction.key) === transaction) this.#byKey.delete(transaction.key);
    this.#forgetMerge(transaction);
  }

  #receiveAck(ack: SipRequest, known: InviteServer | NonInviteServer | undefined, flow: Flow): void {
    const isOurs = known instanceof InviteServer && tagsMatch(ack, known.request, known.toTag);
    if (!isOurs || !known.receiveAck(ack)) this.#options.user.onAck(ack, flow);
  }

  /** RFC 3261 §9.2: answered at once; whether the INVITE can still be ended is another matter. */
  #receiveCancel(cancel: SipRequest, transaction: InviteServer | NonInviteServer): void {
    const invite = this.#byKey.get(inviteKey(cancel));
    const found = invite instanceof InviteServer && tagsMatch(cancel, invite.request, undefined) ? invite : undefined;
    const toTag = found?.toTag ?? this.#newTag();
    transaction.respond(buildResponse(cancel, found === undefined ? 481 : 200, { toTag }));
    found?.receiveCancel(cancel);
  }

  #handUp(transaction: InviteServer | NonInviteServer): void {
    const { request } = transaction;
    if (this.#options.rejectMerged) {
      const merge = mergeKey(request);
      if (merge !== '') {
        if (this.#byMergeKey.has(merge)) {
          transaction.respond(buildResponse(request, 482, { toTag: this.#newTag() }));
          return;
        }
        transaction.mergeKey = merge;
        this.#byMergeKey.set(merge, transaction);
      }
    }
    this.#options.user.onRequest(transaction);
    transaction.handedUp();
  }

  #forgetMerge(transaction: InviteServer | NonInviteServer): void {
    if (transaction.mergeKey === '') return;
    this.#byMergeKey.delete(transaction.mergeKey);
    transaction.mergeKey = '';
  }

  #rejectStateless(request: SipRequest, responseFlow: Flow): void {
    this.rejectedCount++;
    const { retryAfterSec, transport } = this.#options;
    const response = buildResponse(request, 503, { toTag: this.#newTag(), headers: [['Retry-After', retryAfterSec]] });
    transport.send(this.encodeResponse(response), responseFlow, null);
  }

  #newTag(): string {
    return this.#options.random.token(10);
  }
}
