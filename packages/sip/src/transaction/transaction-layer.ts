/**
 * The transaction layer (RFC 3261 §17): between the transport, which gives it messages or bytes, and the transaction user. Holds both
 * halves; the machines are in their own files.
 *
 * Leaves out: DNS and fail-over (transport/), dialogs, and the retransmission of a 2xx (the dialog responds again).
 */
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { createEncoder, type EncodeMessage, formatRejection } from '../message/format-message.ts';
import type { Limits } from '../message/limits.ts';
import type { ParseFailure } from '../message/parse-failure.ts';
import { parseMessage } from '../message/parse-message.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { type BytesToString, bytesToString, type StringIntoBytes, stringIntoBytes } from '../message/text.ts';
import type { Admission } from '../overload/overload-control.ts';
import type { Flow, Target, TransportFailure } from '../transport/flow.ts';
import type { TransportPort } from '../transport/transport-port.ts';
import { ClientTransactions } from './client-transactions.ts';
import { LargeRequests, UDP_LIMIT_BYTES } from './large-requests.ts';
import { responseFlowFor } from './response-route.ts';
import { ServerTransactions } from './server-transactions.ts';
import { createTransactionTimers, type TimerSettings } from './timers.ts';
import type {
  ClientTransaction,
  ClientTransactionUser,
  LeftTransactions,
  ServerTransaction,
  TransactionPort,
  TransactionUser,
} from './transaction-port.ts';

export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportPort;
  readonly user: TransactionUser;
  readonly timers?: TimerSettings;
  /** Put between the magic cookie and the random part of our branches: who owns the transaction. Tokens only. Default: nothing. */
  readonly branchOwner?: () => string;
  /** Server transactions alive at once; beyond that new requests are answered 503 with Retry-After. Default 100,000. */
  readonly maxServerTransactions?: number;
  /** Default 5. */
  readonly retryAfterSec?: number;
  /** Asked about each new request; what it does not admit is answered 503 with its Retry-After, without state. Default: all are admitted. */
  readonly admission?: Admission;
  /** Answer a merged request 482 (RFC 3261 §8.2.2.2). A proxy says false. Default true. */
  readonly rejectMerged?: boolean;
  /** Above this a request over UDP goes by TCP (RFC 3261 §18.1.1). Default 1300. */
  readonly udpLimitBytes?: number;
  /** Told of every message that could not be parsed. */
  readonly onMalformed?: (failure: ParseFailure, flow: Flow, bytes: Uint8Array) => void;
  /** Sees every message that could be parsed, before anything else does: a trace. The bytes are what came, where it came in one piece. */
  readonly onReceived?: (message: SipRequest | SipResponse, flow: Flow, bytes?: Uint8Array) => void;
  readonly messageLimits?: Limits;
  /** Faster conversions than the portable ones. */
  readonly decode?: BytesToString;
  readonly write?: StringIntoBytes;
  /** Memory for a message that is sent, whatever stands in it: cheaper than an array of its own. Nobody keeps it longer than sending takes. */
  readonly allocate?: (sizeBytes: number) => Uint8Array;
}

export class TransactionLayer implements TransactionPort, LeftTransactions {
  readonly #options: TransactionLayerOptions;
  readonly #clients: ClientTransactions;
  readonly #servers: ServerTransactions;
  readonly #write: StringIntoBytes;
  readonly #encode: EncodeMessage;
  readonly #parsing: { readonly decode: BytesToString; readonly limits?: Limits };

  constructor(options: TransactionLayerOptions) {
    const { clock, random, transport, user } = options;
    const timers = createTransactionTimers(options.timers);
    const write = options.write ?? stringIntoBytes;
    const encode = createEncoder(write, options.allocate ?? ((sizeBytes) => new Uint8Array(sizeBytes)));
    this.#options = options;
    this.#write = write;
    this.#encode = encode;
    const decode = options.decode ?? bytesToString;
    this.#parsing = options.messageLimits === undefined ? { decode } : { decode, limits: options.messageLimits };
    const large = new LargeRequests(clock, options.udpLimitBytes ?? UDP_LIMIT_BYTES);
    const branchOwner = options.branchOwner ?? (() => '');
    this.#clients = new ClientTransactions({ clock, random, transport, timers, large, branchOwner, encode });
    this.#servers = new ServerTransactions({
      clock,
      random,
      transport,
      timers,
      user,
      encode,
      maxCount: options.maxServerTransactions ?? 100_000,
      retryAfterSec: options.retryAfterSec ?? 5,
      rejectMerged: options.rejectMerged ?? true,
      admission: options.admission ?? null,
    });
  }

  /** Live transactions, those in their absorbing states included. */
  get counts(): { readonly client: number; readonly server: number; readonly rejected: number } {
    return { client: this.#clients.count, server: this.#servers.count, rejected: this.#servers.rejectedCount };
  }

  /** One message as it came from the transport. The bytes now belong to the message. */
  receiveBytes(bytes: Uint8Array, flow: Flow): void {
    const result = parseMessage(bytes, this.#parsing);
    if (result.ok) this.receive(result.message, flow, bytes);
    else if (result.failure.code !== 'empty') this.refuse(result.failure, flow, bytes);
  }

  /** @param bytes all of it as it came, where it came in one piece */
  receive(message: SipRequest | SipResponse, flow: Flow, bytes?: Uint8Array): void {
    this.#options.onReceived?.(message, flow, bytes);
    if (message.kind === 'request') this.#servers.receive(message as SipRequest, flow);
    else if (!this.#clients.receive(message as SipResponse)) {
      this.#options.user.onStrayResponse(message as SipResponse, flow);
    }
  }

  /** A request that could not be parsed: as much of an answer as it allows, without state (RFC 3261 §8.2.6). */
  refuse(failure: ParseFailure, flow: Flow, bytes: Uint8Array): void {
    this.#options.onMalformed?.(failure, flow, bytes);
    const rejection = formatRejection(failure, this.#write);
    if (rejection === undefined) return;
    const { transport } = this.#options;
    transport.send(rejection.bytes, responseFlowFor(rejection.topVia, flow, transport), null);
  }

  /** A stream connection is gone: unanswered requests that went by it fail. */
  flowClosed(flow: Flow, failure: TransportFailure): void {
    this.#clients.flowClosed(flow, failure);
  }

  request(request: SipRequest, target: Target, user: ClientTransactionUser): ClientTransaction {
    return this.#clients.request(request, target, user);
  }

  resend(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    return this.#clients.resend(request, flow, user);
  }

  reopen(request: SipRequest, flow: Flow): ServerTransaction {
    return this.#servers.reopen(request, flow);
  }

  /** An ACK of a 2xx gets a Via of its own each time; a response goes as it is. */
  sendDirect(message: SipRequest | SipResponse, target: Target | Flow): void {
    const { transport } = this.#options;
    const flow = 'advertised' in target ? target : transport.flowTo(target);
    if (flow === undefined) return;
    if (message.kind === 'request') this.#clients.sendDirect(message as SipRequest, flow);
    else transport.send(this.#encode(message), flow, null);
  }
}
