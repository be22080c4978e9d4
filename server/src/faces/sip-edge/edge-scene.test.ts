/** The SIP edge on the virtual network: phones and a carrier on one side, a sink in place of the engine on the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp, type SessionDescription } from '@ringdown/sdp';
import {
  buildRequest,
  createUserAgent,
  DigestClient,
  DnsCache,
  type Flow,
  formatMessage,
  type InviteOptions,
  type Reliability,
  ServerLocator,
  type ServerTransaction,
  type Session,
  type SessionBody,
  type SessionEnd,
  type SessionUser,
  type SipRequest,
  type SipResponse,
  type Target,
  TransactionLayer,
  type UserAgent,
  withCredentials,
} from '@ringdown/sip';
import { createNodeHasher, type WireTap } from '@ringdown/sip/node';
import {
  type LinkSettings,
  RecordedRequest,
  SeededRandom,
  VirtualClock,
  VirtualDns,
  type VirtualHost,
  VirtualNetwork,
} from '@ringdown/testkit';
import { createEventBus, createEventSource } from '#base/events';
import { createIdSource, createSeededRandom, type TrunkId } from '#base/ids';
import { createSecretBox } from '#base/secrets';
import type { CallState, IncomingCall, LegCommand, LegEvent, Referral } from '#engine/calls';
import { createCalling } from '#services/calling';
import { createConfiguration } from '#services/configuration';
import { createDirectory, directoryKinds } from '#services/directory';
import { createPresence } from '#services/presence';
import { createRegistrar } from '#services/registrar';
import { createTrunks, trunkKinds } from '#services/trunks';
import { createMemoryStorage } from '#storage/memory';
import { type DialledLeg, SipEdge, type SipEdgeOptions } from './index.ts';

const startUtcMs = Date.UTC(2026, 0, 1);
export const edgeAddress = '192.0.2.1';
export const hasher = createNodeHasher();

export function sdpOf(port: number, address = '192.0.2.10'): string {
  const lines = [`o=x 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/AVP 0`];
  return `v=0\r\n${lines.join('\r\n')}\r\n`;
}

export function descriptionOf(text: string): SessionDescription {
  const parsed = parseSdp(text);
  assert.ok(parsed.ok);
  return parsed.sdp;
}

export const bodyOf = (text: string, type = 'application/sdp'): SessionBody => ({
  type,
  bytes: new TextEncoder().encode(text),
});
export const textOf = (message: { readonly body: Uint8Array }): string => new TextDecoder().decode(message.body);

export interface Asked {
  readonly method?: string;
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: SessionBody;
  readonly target?: Target;
}

/** A phone, or any other peer: a user agent with a password. */
export class Peer implements SessionUser {
  readonly host: VirtualHost;
  readonly agent: UserAgent;
  readonly layer: TransactionLayer;
  readonly random: SeededRandom;
  readonly seen: string[] = [];
  readonly network: VirtualNetwork;
  digest: DigestClient;
  session: Session | null = null;
  invited: SipRequest | null = null;
  last: SipResponse | null = null;
  end: SessionEnd | null = null;
  flow: Flow | undefined;
  onCall: (session: Session) => void = (session) => void session.progress(180);
  /** Of its calls, both ways. */
  reliability: Reliability = 'supported';
  user: string;
  /** In dialogs. */
  contact: string | null = null;
  #cseq = 0;

  constructor(network: VirtualNetwork, address: string, user: string, password: string) {
    this.network = network;
    this.user = user;
    this.random = new SeededRandom(Number(address.split('.')[3]));
    this.host = network.host(address, address).listen('udp').listen('tcp');
    this.digest = new DigestClient({ hasher, random: this.random, account: () => ({ username: user, password }) });
    this.agent = createUserAgent({
      clock: network.clock,
      random: this.random,
      transactions: {
        request: (...args) => this.layer.request(...args),
        sendDirect: (...args) => this.layer.sendDirect(...args),
      },
      handlers: {
        onInvite: (session, transaction) => {
          this.session = session;
          session.reliability = this.reliability;
          this.invited = transaction.request;
          this.flow = transaction.flow;
          this.onInvited(transaction.request);
          network.later(1, () => this.onCall(session));
          return this;
        },
        onRequest: (transaction) => this.onOther(transaction),
      },
      flowTo: (target) => this.host.flowTo(target),
      isOpen: (flow) => this.host.isOpen(flow),
      contact: (flow) => this.contact ?? `sip:${user}@${address}:${flow.local.port}`,
    });
    const { clock } = network;
    this.layer = new TransactionLayer({ clock, random: this.random, transport: this.host, user: this.agent });
    this.host.onMessage = (bytes, flow) => this.layer.receiveBytes(bytes, flow);
  }

  /** One request outside of dialogs and its final response; with `sign` a challenge is answered. */
  ask(asked: Asked, sign = true): SipResponse {
    const { method = 'OPTIONS', uri = 'sip:a.test', headers = [], body } = asked;
    this.#cseq += 1;
    const request = buildRequest({
      method,
      uri,
      headers: [
        ...(headers.some(([name]) => name === 'Max-Forwards') ? [] : ([['Max-Forwards', '70']] as const)),
        ['From', `${asked.from ?? `<sip:${this.user}@a.test>`};tag=${this.random.token(6)}`],
        ['To', asked.to ?? `<${uri}>`],
        ['Call-ID', this.random.token(12)],
        ['CSeq', `${this.#cseq} ${method}`],
        ...headers,
        ...(body === undefined ? [] : ([['Content-Type', body.type]] as const)),
      ],
      ...(body === undefined ? {} : { body: body.bytes }),
    });
    const response = this.send(request, asked.target);
    if (!sign || (response.status !== 401 && response.status !== 407)) return response;
    const answer = this.digest.answer(request, response);
    assert.ok(answer.ok);
    return this.send(withCredentials(request, answer.headers), asked.target);
  }

  send(request: SipRequest, target: Target = udpTo(edgeAddress)): SipResponse {
    const record = new RecordedRequest(() => this.network.clock.nowMs());
    this.layer.request(request, target, record);
    this.network.clock.advance(100);
    const final = record.responses.find((response) => response.isFinal);
    assert.ok(final, `no final response to ${request.method}`);
    return final;
  }

  register(headers: Asked['headers'] = [], more: Asked = {}): SipResponse {
    const aor = `<sip:${this.user}@a.test>`;
    const contact = `<sip:${this.user}@${this.host.name}>`;
    return this.ask({
      method: 'REGISTER',
      from: aor,
      to: aor,
      headers: headers.some(([name]) => name === 'Contact') ? headers : [['Contact', contact], ...headers],
      ...more,
    });
  }

  call(user: string, more: Partial<InviteOptions> = {}): Session {
    this.end = null;
    this.session = this.agent.invite(
      {
        uri: `sip:${user}@a.test`,
        from: `"Ada" <sip:${this.user}@a.test>`,
        to: `<sip:${user}@a.test>`,
        target: udpTo(edgeAddress),
        body: bodyOf(sdpOf(4000)),
        reliability: this.reliability,
        authenticate: (response, request) => {
          const answer = this.digest.answer(request, response);
          return answer.ok ? answer.headers : undefined;
        },
        ...more,
      },
      this,
    );
    return this.session;
  }

  onInvited(_request: SipRequest): void {}
  onOther: (transaction: ServerTransaction) => void = () => undefined;
  onProvisional(_session: Session, response: SipResponse, _fork: string, _isOffer: boolean): void {
    this.seen.push(String(response.status));
    this.last = response;
  }
  onAccepted(session: Session, response: SipResponse): void {
    this.seen.push('accepted');
    this.last = response;
    session.ack(null);
  }
  onAcknowledged(_session: Session, _ack: SipRequest): void {
    this.seen.push('acknowledged');
  }
  onReoffer(session: Session, request: SipRequest): void {
    this.seen.push(`reoffer ${request.method}`);
    this.invited = request;
    session.acceptReoffer(bodyOf(sdpOf(4002)));
  }
  onReofferCancelled(): void {}
  onPracked(_session: Session, _prack: SipRequest): void {}
  onReofferAcknowledged(_session: Session, _ack: SipRequest): void {}
  onReofferAccepted(_session: Session, response: SipResponse): void {
    this.seen.push('reanswered');
    this.last = response;
  }
  onReofferRefused(_session: Session, status: number): void {
    this.seen.push(`refused ${status}`);
  }
  onRequest(_session: Session, _transaction: ServerTransaction): void {}
  onEnded(_session: Session, end: SessionEnd): void {
    this.end = end;
  }
}

export function udpTo(address: string): Target {
  return { kind: 'udp', remote: { family: 4, address, port: 5060 } };
}

async function truth(clock: VirtualClock, { push }: SceneOptions) {
  /** Somebody sets the clock of the machine: only the wall clock jumps. */
  const wall = { stepMs: 0 };
  const time = { nowMs: () => clock.nowMs(), nowUtcMs: () => startUtcMs + clock.nowMs() + wall.stepMs };
  const random = createSeededRandom(6);
  const ids = createIdSource(time, random);
  const storage = createMemoryStorage({ kinds: [...directoryKinds, ...trunkKinds] });
  const bus = createEventBus((error) => assert.fail(String(error)));
  const events = createEventSource(time, ids);
  const configuration = createConfiguration({ store: storage.configuration, time, ids, bus, events });
  const secrets = createSecretBox([{ id: 'k1', bytes: new Uint8Array(32) }], random);
  const directory = createDirectory({ configuration, ids, random, secrets, events });
  const trunks = createTrunks({ configuration, ids, secrets, directory: directory.views });
  await configuration.load();
  const registrar = createRegistrar({
    policy: {
      ...{ minExpiresSec: 60, maxExpiresSec: 3600, defaultExpiresSec: 600, natUdpExpiresSec: 120, maxContacts: 10 },
      keepsSleepers: push !== undefined,
    },
    store: storage.bindings,
    log: storage.bindingLog,
    time,
    bus,
    events,
    onSaveFailed: (error) => assert.fail(String(error)),
  });
  const { subscriptionLog } = storage;
  return { time, wall, ids, directory, trunks, registrar, bus, subscriptionLog, secrets };
}

export interface SceneOptions {
  readonly seed?: number;
  readonly link?: Partial<LinkSettings>;
  /** What the engine knows of. */
  readonly calls?: () => Iterable<CallState>;
  readonly serviceRoute?: readonly string[];
  readonly push?: SipEdgeOptions['push'] & object;
  /** In place of the sinks. */
  readonly onIncoming?: (call: IncomingCall, sipCallId: string) => void;
  readonly onDialled?: (leg: DialledLeg) => void;
  readonly onLegEvent?: (event: LegEvent) => void;
  readonly onReferral?: (referral: Referral) => void;
  /** Sees what comes to the edge and what leaves it. */
  readonly tap?: WireTap;
}

export async function scene(options: SceneOptions = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: options.seed ?? 7, ...(options.link && { link: options.link }) });
  const { time, wall, ids, directory, trunks, registrar, bus, subscriptionLog, secrets } = await truth(clock, options);
  const { tenant } = await directory.createTenant('tester', { name: 'ours', domain: 'a.test', ownAddresses: true });
  const other = await directory.createTenant('tester', { name: 'theirs', domain: 'b.test' });
  const actor = { tenant, author: 'tester' };
  const one = await directory.createUser(actor, { extension: '100', displayName: 'Ada' });
  const two = await directory.createUser(actor, { extension: '101' });
  const modern = await directory.createUser(actor, { extension: '102', challenge: 'sha256' });
  await directory.createUser({ tenant: other.tenant, author: 'tester' }, { extension: '100' });
  const trunkId: TrunkId = await trunks.addTrunk(actor, {
    name: 'carrier',
    host: '192.0.2.50',
    username: 'us',
    password: 'their secret',
  });
  await directory.addNumber(actor, { digits: '+4930123', destination: { to: 'user', user: one.user } });

  const calling = createCalling({
    ports: {
      choose: (bindings, wishes) => edge.choose(bindings, wishes),
      directory: directory.views,
      registrar,
      outbound: (of, dialled) => trunks.resolveOutbound(of, dialled),
      channelsInUse: () => 0,
      downSince: () => undefined,
      trunk: (of, id, number) => {
        const trunk = trunks.views.get(of, id);
        return trunk === undefined ? undefined : { trunk, number };
      },
    },
    ringMs: 30_000,
    trunkRingMs: 120_000,
    codecs: ['PCMU'],
  });
  const presence = createPresence(
    { directory: directory.views, registrar, bus, calls: options.calls ?? (() => []) },
    { perUser: 10, perTenant: 12 },
  );
  const incoming: IncomingCall[] = [];
  const events: LegEvent[] = [];
  const referrals: Referral[] = [];
  const reports: Readonly<Record<string, unknown>>[] = [];
  const state = { isDraining: false };
  const dns = new VirtualDns(clock);
  const host = network.host('edge', edgeAddress).listen('udp').listen('tcp');
  const random = new SeededRandom(99);
  const onLegEvent = options.onLegEvent ?? ((event: LegEvent) => void events.push(event));
  let life = { isAlive: false };
  /** A process with nothing but what is stored; the one before is dead and says nothing more. */
  const start = () => {
    life.isAlive = false;
    const own = { isAlive: true };
    life = own;
    const layer = new TransactionLayer({
      clock,
      random,
      transport: {
        flowTo: (target) => host.flowTo(target),
        isOpen: (flow) => host.isOpen(flow),
        send: (bytes, flow, owner) => {
          if (!own.isAlive) return;
          options.tap?.sent(bytes, flow);
          host.send(bytes, flow, owner);
        },
      },
      onReceived: (message, flow, bytes) => options.tap?.received(bytes ?? formatMessage(message), flow, null),
      onMalformed: (failure, flow, bytes) => options.tap?.received(bytes, flow, failure),
      user: {
        onRequest: (transaction) => edge.agent.onRequest(transaction),
        onAck: (ack, flow) => edge.agent.onAck(ack, flow),
        onStrayResponse: (response, flow) => edge.agent.onStrayResponse(response, flow),
      },
    });
    host.onMessage = (bytes, flow) => layer.receiveBytes(bytes, flow);
    host.onFlowClosed = (flow, failure) => {
      layer.flowClosed(flow, failure);
      edge.flowClosed(flow);
    };
    const edge: SipEdge = new SipEdge({
      clock,
      random,
      transactions: layer,
      flowTo: (target) => host.flowTo(target),
      isOpen: (flow) => host.isOpen(flow),
      hasher,
      locator: new ServerLocator({ cache: new DnsCache(dns, clock), clock, random }),
      nonceKey: 'a key that only the edge knows',
      secrets,
      ...(options.serviceRoute === undefined ? {} : { serviceRoute: options.serviceRoute }),
      ...(options.push === undefined ? {} : { push: options.push }),
      ids,
      directory: directory.views,
      registrar,
      trunks,
      presence,
      subscriptionLog,
      challenge: 'md5',
      fallbackRealm: 'a.test',
      userAgent: 'Ringdown/test',
      isOwnHost: (name) => name === edgeAddress,
      isDraining: () => state.isDraining,
      nowUtcMs: time.nowUtcMs,
      post: (task) => network.later(0, task),
      onIncoming: options.onIncoming ?? ((call) => void incoming.push(call)),
      ...(options.onDialled === undefined ? {} : { onDialled: options.onDialled }),
      onLegEvent: (event) => {
        if (own.isAlive) onLegEvent(event);
      },
      onReferral: options.onReferral ?? ((referral) => void referrals.push(referral)),
      decide: (wanted) => calling.decide(wanted),
      report: (fields) => void reports.push(fields),
    });
    return { layer, edge };
  };
  const { layer, edge } = start();
  const peer = (address: string, user: string, password = '') => new Peer(network, address, user, password);
  const ada = peer('192.0.2.10', one.username, one.password);
  const bob = peer('192.0.2.11', two.username, two.password);
  const types = () => events.map((event) => event.type);
  return {
    ...{ clock, network, edge, incoming, events, reports, state, types, peer, ada, bob, registrar, trunks, directory },
    ...{
      tenant,
      actor,
      trunkId,
      one,
      two,
      modern,
      ids,
      time,
      wall,
      presence,
      referrals,
      layer,
      layerHost: host,
      dns,
      restart: start,
      calling,
    },
  };
}
export type Scene = Awaited<ReturnType<typeof scene>>;

export type Dial = Extract<LegCommand, { type: 'dial' }>;

/** The engine has the edge call somebody. */
export function dial(made: Scene, destination: Dial['destination'], more: Partial<Dial> = {}) {
  const legId = made.ids.next('leg');
  made.edge.perform({
    type: 'dial',
    legId,
    callId: made.ids.next('call'),
    tenantId: made.tenant,
    destination,
    from: { displayName: 'Ada "A" L', user: '100', host: 'a.test' },
    to: { displayName: '', user: '101', host: 'a.test' },
    crossing: { maxForwards: 60, sessionId: '0123456789abcdef'.repeat(2), headers: [['Alert-Info', '<urn:x>']] },
    offer: descriptionOf(sdpOf(20_000, edgeAddress)),
    ringMs: 30_000,
    ...more,
  });
  made.clock.advance(100);
  return legId;
}

/** Ada's INVITE has come in as a call. */
export async function called(more: Partial<InviteOptions> = {}) {
  const made = await scene();
  made.ada.call('101', more);
  made.clock.advance(100);
  const [call] = made.incoming;
  assert.ok(call, `refused: ${made.ada.end?.status}`);
  return { ...made, call };
}

test('RFC 3261 §10: a phone registers with its password and is found by its flow', async () => {
  const { ada, registrar, tenant } = await scene();
  const response = ada.register();
  assert.equal(response.status, 200);
  assert.deepEqual(
    response.contacts().map(({ uriText, params }) => [uriText, params.get('expires')]),
    [['sip:100@192.0.2.10', '600']],
  );
  assert.match(response.header('Date') ?? '', /^Thu, 01 Jan 2026 /);
  const [binding] = registrar.lookup(tenant, '100@a.test');
  assert.deepEqual([binding?.nat, binding?.flow?.remoteAddress, binding?.flow?.kind], [false, '192.0.2.10', 'udp']);
});
