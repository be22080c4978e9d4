/**
 * A user agent's lower half on the virtual network: one host with a transaction layer, which records everything that it is told.
 * Tests answer by hand, or by `answer`.
 */
import {
  buildRequest,
  buildResponse,
  type ClientTransaction,
  type ClientTransactionUser,
  type Flow,
  type ServerTransaction,
  type ServerTransactionUser,
  type SipRequest,
  type SipResponse,
  type Target,
  TransactionLayer,
  type TransactionLayerOptions,
  type TransactionUser,
  type TransportFailure,
  type TransportKind,
} from '@ringdown/sip';
import { SeededRandom } from '../clock/seeded-random.ts';
import { familyOf, type VirtualHost, type VirtualHostOptions } from './virtual-host.ts';
import type { VirtualNetwork } from './virtual-network.ts';

/** What became of one request. */
export class RecordedRequest implements ClientTransactionUser {
  readonly responses: SipResponse[] = [];
  readonly failures: TransportFailure[] = [];
  timeouts = 0;
  /** When each of the above came. */
  readonly timesMs: number[] = [];
  transaction!: ClientTransaction;
  readonly #nowMs: () => number;
  onEvent: () => void = () => {};

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get statuses(): number[] {
    return this.responses.map((response) => response.status);
  }

  onResponse(response: SipResponse): void {
    this.responses.push(response);
    this.#note();
  }

  onTimeout(): void {
    this.timeouts++;
    this.#note();
  }

  onTransportFailure(failure: TransportFailure): void {
    this.failures.push(failure);
    this.#note();
  }

  #note(): void {
    this.timesMs.push(this.#nowMs());
    this.onEvent();
  }
}

export interface VirtualAgentOptions extends Partial<Omit<TransactionLayerOptions, 'clock' | 'transport' | 'user'>> {
  /** Default: udp and tcp, port 5060. */
  readonly kinds?: readonly TransportKind[];
  readonly seed?: number;
}

export class VirtualAgent implements TransactionUser, ServerTransactionUser {
  readonly name: string;
  readonly host: VirtualHost;
  readonly layer: TransactionLayer;
  readonly requests: ServerTransaction[] = [];
  /** ACKs that belong to no INVITE server transaction: those of a 2xx. */
  readonly acks: SipRequest[] = [];
  /** ACKs of a non-2xx final. */
  readonly confirmed: SipRequest[] = [];
  readonly cancels: SipRequest[] = [];
  readonly strays: SipResponse[] = [];
  readonly terminated: { readonly method: string; readonly why: string; readonly atMs: number }[] = [];
  readonly failures: TransportFailure[] = [];
  /** Answers each new request; default: leaves it to the test. */
  answer: (transaction: ServerTransaction) => void = () => {};
  /** Answers a CANCEL's INVITE; default 487. */
  answerCancel: (transaction: ServerTransaction) => void = (transaction) => this.respond(transaction, 487);
  readonly #network: VirtualNetwork;
  readonly #random: SeededRandom;

  constructor(
    network: VirtualNetwork,
    name: string,
    where: string | VirtualHostOptions,
    options: VirtualAgentOptions = {},
  ) {
    const { kinds = ['udp', 'tcp'], seed, ...layerOptions } = options;
    this.#network = network;
    this.name = name;
    this.#random = new SeededRandom(seed ?? name.length * 7919 + (name.charCodeAt(0) || 0));
    this.host = network.host(name, where);
    for (const kind of kinds) this.host.listen(kind);
    this.layer = new TransactionLayer({
      random: this.#random,
      ...layerOptions,
      clock: network.clock,
      transport: this.host,
      user: this,
    });
    this.host.onFlowClosed = (flow, failure) => this.layer.flowClosed(flow, failure);
    this.host.onMessage = (bytes, flow) => this.layer.receiveBytes(bytes, flow);
  }

  get address(): string {
    return this.host.addresses[0] ?? '';
  }

  /** Where another agent is reached. */
  target(kind: TransportKind = 'udp', port = 5060): Target {
    const address = this.address;
    return { kind, remote: { family: familyOf(address), address, port } };
  }

  /** A request outside a dialog to another agent, without Via. */
  compose(method: string, to: string, extra: readonly (readonly [string, string])[] = [], body?: string): SipRequest {
    return buildRequest({
      method,
      uri: `sip:${to}@example.com`,
      headers: [
        ['Max-Forwards', 70],
        ['From', `<sip:${this.name}@example.com>;tag=${this.#random.token(8)}`],
        ['To', `<sip:${to}@example.com>`],
        ['Call-ID', this.#random.token(12)],
        ['CSeq', `1 ${method}`],
        ...extra,
      ],
      body,
    });
  }

  /** Sends and records what becomes of it. */
  send(request: SipRequest, target: Target): RecordedRequest {
    const record = new RecordedRequest(() => this.#network.clock.nowMs());
    record.transaction = this.layer.request(request, target, record);
    return record;
  }

  respond(transaction: ServerTransaction, status: number): void {
    transaction.respond(buildResponse(transaction.request, status, { toTag: `${this.name}-tag` }));
  }

  onRequest(transaction: ServerTransaction): void {
    transaction.user = this;
    this.requests.push(transaction);
    this.answer(transaction);
  }

  onAck(ack: SipRequest, second: Flow | ServerTransaction): void {
    if ('respond' in second) this.confirmed.push(ack);
    else this.acks.push(ack);
  }

  onStrayResponse(response: SipResponse): void {
    this.strays.push(response);
  }

  onCancel(cancel: SipRequest, transaction: ServerTransaction): void {
    this.cancels.push(cancel);
    this.answerCancel(transaction);
  }

  onTerminated(transaction: ServerTransaction, why: string): void {
    this.terminated.push({ method: transaction.method, why, atMs: this.#network.clock.nowMs() });
  }

  onTransportFailure(failure: TransportFailure): void {
    this.failures.push(failure);
  }
}
