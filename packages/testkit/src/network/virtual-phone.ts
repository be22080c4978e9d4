/**
 * A phone on the virtual network: one host with a transaction layer and a user agent, which does the usual thing with each call (answers it, acknowledges
 * it, takes every change) and writes down what it is told. Tests replace what it does by its `on…` fields.
 */
import {
  createUserAgent,
  type Flow,
  type InviteOptions,
  parseUri,
  type ServerTransaction,
  type Session,
  type SessionBody,
  type SessionEnd,
  type SessionUser,
  type SipRequest,
  type SipResponse,
  type Target,
  TransactionLayer,
  type TransactionLayerOptions,
  type UserAgent,
  type UserAgentOptions,
  withoutBrackets,
} from '@ringdown/sip';
import { MortalClock } from '../clock/mortal-clock.ts';
import { SeededRandom } from '../clock/seeded-random.ts';
import { familyOf, type VirtualHost, type VirtualHostOptions } from './virtual-host.ts';
import type { VirtualNetwork } from './virtual-network.ts';

export interface VirtualPhoneOptions
  extends Partial<Omit<UserAgentOptions, 'clock' | 'random' | 'transactions' | 'handlers' | 'flowTo' | 'isOpen'>> {
  readonly seed?: number;
  readonly host?: VirtualHostOptions;
  readonly layer?: Partial<TransactionLayerOptions>;
}

export class VirtualPhone implements SessionUser {
  readonly name: string;
  readonly address: string;
  readonly host: VirtualHost;
  agent: UserAgent;
  layer: TransactionLayer;
  /** What it was told, in order: "180", "accepted", "reoffer INVITE hold", "acknowledged". */
  readonly seen: string[] = [];
  readonly invites: SipRequest[] = [];
  readonly responses: SipResponse[] = [];
  /** Its last call. */
  session: Session | null = null;
  flow: Flow | null = null;
  end: SessionEnd | null = null;
  /** How often a call has ended. */
  ends = 0;
  /** What it says in an offer, an answer, an answer to a change, an answer in an ACK. */
  readonly says = { offer: 'offer', answer: 'answer', change: 'changed', late: 'late answer' };
  onCall: (session: Session) => void = (session) => void session.accept(textBody(this.says.answer));
  onAnswer: (session: Session, response: SipResponse) => void = (session, response) =>
    void session.ack(this.#isOffer(response) ? textBody(this.says.late) : null);
  /** Of a reliable provisional that wants an answer in its PRACK, or may have an offer there. */
  onRinging: (session: Session, fork: string, isOffer: boolean) => void = (session, fork, isOffer) => {
    if (isOffer) session.prack(fork, textBody(this.says.late));
  };
  onChange: (session: Session, request: SipRequest) => void = (session) =>
    void session.acceptReoffer(textBody(this.says.change));
  onOther: (transaction: ServerTransaction) => void = () => {};
  onRefreshed: (session: Session) => void = () => {};
  readonly #network: VirtualNetwork;
  readonly #options: VirtualPhoneOptions;
  #process: MortalClock | null = null;
  #seed = 0;
  #hasOffered = true;

  constructor(
    network: VirtualNetwork,
    name: string,
    where: string | VirtualHostOptions,
    options: VirtualPhoneOptions = {},
  ) {
    this.#network = network;
    this.#options = options;
    this.name = name;
    this.host = network.host(name, where).listen('udp').listen('tcp');
    this.address = this.host.addresses[0] ?? '';
    [this.agent, this.layer] = this.#boot();
  }

  /** The process dies and another begins: all that it knew of its calls is gone, timers too. */
  restart(): void {
    this.#process?.kill();
    this.#seed += 1;
    [this.agent, this.layer] = this.#boot();
  }

  #boot(): [UserAgent, TransactionLayer] {
    const { seed = 1, layer: layerOptions, ...agentOptions } = this.#options;
    const { name, host } = this;
    const random = new SeededRandom(seed * 31 + this.#seed * 7 + name.length + name.charCodeAt(0));
    const clock = new MortalClock(this.#network.clock);
    this.#process = clock;
    const agent = createUserAgent({
      clock,
      random,
      transactions: {
        request: (...args) => layer.request(...args),
        sendDirect: (...args) => layer.sendDirect(...args),
      },
      handlers: {
        onInvite: (session, transaction) => this.#ring(session, transaction),
        onRequest: (transaction) => this.onOther(transaction),
      },
      flowTo: (target) => host.flowTo(target),
      isOpen: (flow) => host.isOpen(flow),
      contact: (flow) => `sip:${name}@${flow.advertised.host}:${flow.advertised.port}`,
      nextHop: (uri) => targetOfUri(uri),
      nowUtcMs: () => this.#network.clock.utcMs(),
      ...agentOptions,
    });
    const layer = new TransactionLayer({ random, ...layerOptions, clock, transport: host, user: agent });
    host.onMessage = (bytes, flow) => layer.receiveBytes(bytes, flow);
    host.onFlowClosed = (flow, failure) => layer.flowClosed(flow, failure);
    return [agent, layer];
  }

  get target(): Target {
    return udpTarget(this.address);
  }

  /** Calls another host; `to` is its address, or a phone. */
  call(to: string | VirtualPhone, more: Partial<InviteOptions> = {}): Session {
    const callee = typeof to === 'string' ? { name: 'callee', address: to } : to;
    const options: InviteOptions = {
      uri: `sip:${callee.name}@${callee.address}`,
      from: `<sip:${this.name}@${this.address}>`,
      to: `<sip:${callee.name}@${callee.address}>`,
      target: udpTarget(callee.address),
      body: textBody(this.says.offer),
      ...more,
    };
    this.#hasOffered = options.body !== null;
    this.session = this.agent.invite(options, this);
    return this.session;
  }

  /** The session stays, but what comes for it is 481. */
  forget(session: Session | null = this.session): void {
    const dialog = session?.snapshot()?.dialog;
    if (dialog !== undefined) this.agent.forget(dialog);
  }

  #ring(session: Session, transaction: ServerTransaction): SessionUser {
    this.session = session;
    this.flow = transaction.flow;
    this.invites.push(transaction.request);
    this.#network.later(1, () => this.onCall(session));
    return this;
  }

  /** A 2xx to an INVITE of ours that had none of our bodies. */
  #isOffer(response: SipResponse): boolean {
    return !this.#hasOffered && response.bodySizeBytes > 0;
  }

  onProvisional(session: Session, response: SipResponse, fork: string, isOffer: boolean): void {
    this.responses.push(response);
    this.seen.push(String(response.status));
    if (response.hasToken('Require', '100rel')) this.onRinging(session, fork, isOffer);
  }

  onPracked(_session: Session, prack: SipRequest): void {
    this.#note('pracked', prack.body);
  }

  onReofferCancelled(): void {
    this.seen.push('reoffer-cancelled');
  }

  onAccepted(session: Session, response: SipResponse): void {
    this.responses.push(response);
    this.seen.push('accepted');
    this.onAnswer(session, response);
  }

  onAcknowledged(_session: Session, ack: SipRequest): void {
    this.#note('acknowledged', ack.body);
  }

  onReoffer(session: Session, request: SipRequest): void {
    this.#note(`reoffer ${request.method}`, request.body);
    this.onChange(session, request);
  }

  onReofferAcknowledged(_session: Session, ack: SipRequest): void {
    this.#note('reoffer-ack', ack.body);
  }

  onReofferAccepted(session: Session, response: SipResponse): void {
    this.#note('reoffer-accepted', response.body);
    session.ack(textBody(this.says.late));
  }

  onReofferRefused(_session: Session, status: number): void {
    this.seen.push(`reoffer-refused ${status}`);
  }

  onRequest(_session: Session, transaction: ServerTransaction): void {
    this.seen.push(transaction.method);
    this.onOther(transaction);
  }

  onEnded(_session: Session, end: SessionEnd): void {
    this.end = end;
    this.ends += 1;
  }

  #note(what: string, body: Uint8Array): void {
    this.seen.push(body.length === 0 ? what : `${what} ${String.fromCharCode(...body)}`);
  }
}

/** A body that only the test reads. */
export function textBody(text: string, type = 'application/sdp'): SessionBody {
  return { type, bytes: Uint8Array.from(text, (character) => character.charCodeAt(0)) };
}

export function udpTarget(address: string, port = 5060): Target {
  return { kind: 'udp', remote: { family: familyOf(address), address, port } };
}

/** Where a URI with an IP address is; undefined: it has a name. */
export function targetOfUri(text: string): Target | undefined {
  const uri = parseUri(text);
  if (uri.kind !== 'sip' || !/^[\d.]+$|:/.test(uri.host)) return undefined;
  const target = udpTarget(withoutBrackets(uri.host), uri.port ?? 5060);
  return uri.params.get('transport')?.toLowerCase() === 'tcp' ? { ...target, kind: 'tcp' } : target;
}
