/** The client half of the transaction layer: RFC 3261 §17.1, the table of §17.1.3, and CANCEL (§9.1). */
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { edit } from '../message/edit.ts';
import { type EncodeMessage, messageSizeBytes } from '../message/format-message.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { BRANCH_COOKIE, formatVia } from '../message/via.ts';
import type { Flow, Target, TransportFailure } from '../transport/flow.ts';
import type { SendOwner, TransportPort } from '../transport/transport-port.ts';
import { AnsweredClient } from './answered-client.ts';
import { buildAck, buildCancel } from './client-requests.ts';
import { InviteClient } from './invite-client.ts';
import type { LargeRequests } from './large-requests.ts';
import type { ClientSink } from './machine-sink.ts';
import { NonInviteClient } from './non-invite-client.ts';
import { TIMER_K, type TransactionTimers } from './timers.ts';
import type { ClientTransaction, ClientTransactionUser } from './transaction-port.ts';
import { addTopVia } from './via-stamp.ts';

export interface ClientTransactionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportPort;
  readonly timers: TransactionTimers;
  readonly large: LargeRequests;
  readonly branchOwner: () => string;
  readonly encode: EncodeMessage;
}

/** What a Via adds beside its branch and host: name, protocol, rport. */
const VIA_OVERHEAD_BYTES = 40;
const BRANCH_CHARACTERS = 16;

/** A timer comes a little late, or what was heard last came a little after it was armed. */
const unansweredSlackMs = 500;

/** Nobody minds what becomes of a CANCEL: RFC 3261 §9.1. */
const NOBODY: ClientTransactionUser = { onResponse() {}, onTimeout() {}, onTransportFailure() {} };

/** Stands for the flow of a request that could not be sent at all. */
const NO_FLOW_ID = 0;

export class ClientTransactions implements ClientSink {
  readonly clock: Clock;
  readonly timers: TransactionTimers;
  readonly #options: ClientTransactionsOptions;
  readonly #byBranch = new Map<string, InviteClient | NonInviteClient | AnsweredClient>();
  /** A CANCEL has the branch of its INVITE. */
  readonly #cancels = new Map<string, NonInviteClient | AnsweredClient>();
  readonly #onAnsweredOver = (answered: AnsweredClient) => this.clientEnded(answered);

  constructor(options: ClientTransactionsOptions) {
    this.clock = options.clock;
    this.timers = options.timers;
    this.#options = options;
  }

  get count(): number {
    return this.#byBranch.size + this.#cancels.size;
  }

  request(request: SipRequest, target: Target, user: ClientTransactionUser): ClientTransaction {
    const { transport, large } = this.#options;
    const branch = this.#newBranch(request);
    const sizeBytes = messageSizeBytes(request) + branch.length + VIA_OVERHEAD_BYTES;
    const tcp = large.byTcp(target, sizeBytes);
    const tcpFlow = tcp === undefined ? undefined : transport.flowTo(tcp);
    const isByTcpAlone = tcp !== undefined && target.tcpFallback === false;
    const flow = tcpFlow ?? (isByTcpAlone ? undefined : transport.flowTo(target));
    const transaction = this.#create(request, branch, flow ?? noFlow(target), user);
    this.#byBranch.set(branch, transaction);
    if (flow === undefined) transaction.failLater(noFlowFailure(target));
    else {
      if (tcpFlow !== undefined) transaction.fallbackTarget = target;
      transaction.start();
    }
    return transaction;
  }

  /** See {@link LeftTransactions.resend}. */
  resend(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    const branch = request.topVia.branch ?? this.#newBranch(request);
    const transaction = this.#machine(request, branch, flow, user);
    this.#byBranch.set(branch, transaction);
    transaction.start();
    return transaction;
  }

  /** A request outside any transaction, with a Via of its own. */
  sendDirect(request: SipRequest, flow: Flow): void {
    const withVia = addTopVia(request, this.#via(flow, this.#newBranch(request)));
    this.transmit(withVia, flow, null);
  }

  /** RFC 3261 §17.1.3. False: no transaction of ours. */
  receive(response: SipResponse): boolean {
    const { branch } = response.topVia;
    if (branch === undefined) return false;
    const { method } = response.cseq;
    const transaction = method === 'CANCEL' ? this.#cancels.get(branch) : this.#byBranch.get(branch);
    if (transaction === undefined || transaction.method !== method) return false;
    transaction.receive(response);
    return true;
  }

  transmit(request: SipRequest, flow: Flow, owner: SendOwner | null): void {
    const { transport, encode } = this.#options;
    transport.send(encode(request), flow, owner);
  }

  acknowledge(transaction: InviteClient, response: SipResponse): SipRequest {
    const ack = buildAck(transaction.request, response);
    this.transmit(ack, transaction.flow, transaction);
    return ack;
  }

  sendCancel(transaction: InviteClient, reasonHeader: string | undefined): void {
    const request = buildCancel(transaction.request, reasonHeader);
    const { branch, flow } = transaction;
    const cancel = new NonInviteClient({ sink: this, branch, flow, request }, NOBODY);
    this.#cancels.set(branch, cancel);
    cancel.start();
  }

  fallBack(transaction: InviteClient | NonInviteClient, failure: TransportFailure): boolean {
    const target = transaction.fallbackTarget;
    transaction.fallbackTarget = null;
    if (target === null || !this.#options.large.allowsUdp(target, failure)) return false;
    const flow = this.#options.transport.flowTo(target);
    if (flow === undefined) return false;
    // Nobody has seen the first attempt: the branch stays, the Via names the other transport.
    const request = edit(transaction.request).replaceTop('Via', this.#via(flow, transaction.branch)).done();
    transaction.restart(flow, request);
    return true;
  }

  /**
   * A connection is gone: what went out by it and has had no response fails now, not by timer B or F. After a provisional the final
   * may still come by another connection (RFC 3261 §18.2.2).
   */
  flowClosed(flow: Flow, failure: TransportFailure): void {
    for (const transaction of this.#byBranch.values()) {
      if (transaction instanceof AnsweredClient || transaction.flow !== flow) continue;
      if (transaction.state === 'calling' || transaction.state === 'trying') transaction.onTransportFailure(failure);
    }
  }

  unanswered(flow: Flow): void {
    if (flow.reliable) this.#options.transport.unanswered?.(flow, this.timers.timeoutMs - unansweredSlackMs);
  }

  clientSettled(transaction: NonInviteClient): void {
    const table = transaction.method === 'CANCEL' ? this.#cancels : this.#byBranch;
    if (table.get(transaction.branch) !== transaction) return;
    const answered = new AnsweredClient(transaction, this.#onAnsweredOver);
    table.set(transaction.branch, answered);
    this.clock.arm(this.timers.t4Ms, answered, TIMER_K);
  }

  clientEnded(transaction: InviteClient | NonInviteClient | AnsweredClient): void {
    if (transaction.method === 'CANCEL') this.#cancels.delete(transaction.branch);
    else this.#byBranch.delete(transaction.branch);
  }

  #create(
    request: SipRequest,
    branch: string,
    flow: Flow,
    user: ClientTransactionUser,
  ): InviteClient | NonInviteClient {
    return this.#machine(addTopVia(request, this.#via(flow, branch)), branch, flow, user);
  }

  #machine(
    request: SipRequest,
    branch: string,
    flow: Flow,
    user: ClientTransactionUser,
  ): InviteClient | NonInviteClient {
    const options = { sink: this, branch, flow, request };
    return request.method === 'INVITE' ? new InviteClient(options, user) : new NonInviteClient(options, user);
  }

  #newBranch({ branchTail }: SipRequest): string {
    const unique = `${BRANCH_COOKIE}${this.#options.branchOwner()}${this.#options.random.token(BRANCH_CHARACTERS)}`;
    return branchTail === undefined ? unique : `${unique}.${branchTail}`;
  }

  #via(flow: Flow, branch: string): string {
    const { host, port } = flow.advertised;
    // RFC 3581 §3: asked for on every transport; servers behind the same code answer it harmlessly on streams.
    return formatVia({ transport: flow.kind, host, port, branch, rport: true, alias: flow.offersAlias === true });
  }
}

function noFlow(target: Target): Flow {
  return {
    id: NO_FLOW_ID,
    kind: target.kind,
    reliable: target.kind !== 'udp',
    secure: target.kind === 'tls' || target.kind === 'wss',
    local: { family: target.remote.family, address: target.remote.family === 6 ? '::' : '0.0.0.0', port: 0 },
    remote: target.remote,
    advertised: { host: 'invalid', port: 5060 },
  };
}

function noFlowFailure(target: Target): TransportFailure {
  const peer = `${target.kind} ${target.remote.address}:${target.remote.port}`;
  if (target.flowId !== undefined) return { code: 'flow-gone', detail: `${peer}: the flow ${target.flowId} is gone` };
  return { code: 'no-listener', detail: `${peer}: no ${target.kind} listener for IPv${target.remote.family} here` };
}
