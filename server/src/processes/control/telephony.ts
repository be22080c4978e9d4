/**
 * Signalling, calls and the link to media, joined: what a turn does, in which order. Inputs (messages, timers, media events) run on the driver; at
 * the end of the turn the changed calls go into the append log, then their messages and media commands leave.
 */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { MediaCommand } from '@ringdown/media/protocol';
import { OverloadControl, type SocketAddress } from '@ringdown/sip';
import {
  createNodeHasher,
  createNodeRandom,
  createSipStack,
  nativeBytesToString,
  type SipStack,
  type TlsListener,
  type TransportLimits,
} from '@ringdown/sip/node';
import type { ServerCertificates } from '#base/certificates';
import type { TimeSource } from '#base/clock';
import type { BootstrapConfig } from '#base/config';
import type { CallId, LegId, TenantId } from '#base/ids';
import type { Log } from '#base/log';
import type { Metrics } from '#base/metrics';
import { version } from '#base/version';
import {
  CallEngine,
  type CallState,
  type EndCause,
  endCause,
  type IncomingCall,
  type Referral,
  restCall,
} from '#engine/calls';
import { MediaLink } from '#engine/media';
import {
  type DialledLeg,
  listenWebSockets,
  SipEdge,
  type SipEdgeOptions,
  traceWire,
  type WebSocketListener,
} from '#faces/sip-edge';
import { type Calling, createCalling, createTransferring, receiveCall } from '#services/calling';
import { type Cdr, type Cdrs, cdrFromCall, createCdr } from '#services/cdr';
import { createPresence, type Presence } from '#services/presence';
import type { Trace } from '#services/trace';
import { createTrunkKeeper, type TrunkKeeper, type TrunkRecord, type TrunkReport } from '#services/trunks';
import type { Places } from '../places.ts';
import { type Addressing, createAddressing } from './advertise.ts';
import { nextEpoch } from './epoch.ts';
import { Journal } from './journal.ts';
import { createLocator } from './locator.ts';
import { PushWebhook } from './push-webhook.ts';
import { QuietCalls } from './quiet-calls.ts';
import { type Recovery, recoverCalls, surveyMedia } from './recover.ts';
import { RingTimers } from './ring-timers.ts';
import { SignallingMetrics } from './signalling-metrics.ts';
import { tlsPolicyOf, tlsSettings } from './tls-settings.ts';
import type { Truth } from './truth.ts';

const codecs = ['OPUS', 'G722', 'PCMU', 'PCMA', 'G729'] as const;
const serviceCodecs = ['PCMU', 'PCMA'] as const;

export interface TelephonyOptions {
  readonly config: BootstrapConfig;
  readonly places: Places;
  readonly time: TimeSource;
  readonly log: Log;
  readonly truth: Truth;
  /** Null: messages are not kept. */
  readonly trace: Trace | null;
  readonly metrics: Metrics;
}

export interface DatagramsInUse {
  readonly by: 'system-calls' | 'dgram';
  readonly why: string | null;
}

export interface Telephony {
  readonly callCount: number;
  /** No new call is taken any more. */
  readonly isDraining: boolean;
  readonly engine: CallEngine;
  readonly media: MediaLink;
  /** How SIP datagrams are sent and received, and why not better. */
  readonly datagrams: DatagramsInUse;
  readonly stack: SipStack;
  /** Null: switched off. */
  readonly overload: OverloadControl | null;
  readonly cdrs: Cdrs;
  /** Once a second. */
  tick(): void;
  /** Ends a call as an input of the next turn; false where there is none of that id. */
  hangUp(callId: string, cause: EndCause): boolean;
  /** The record of a call that is over; of one that ended this moment, too. */
  recordOf(tenant: TenantId, callId: CallId): Promise<Cdr | undefined>;
  trunkReport(trunk: TrunkRecord): TrunkReport;
  /** Of every trunk that is switched on. */
  trunkStates(): { readonly name: string; readonly isUp: boolean }[];
  /** Takes no new call; resolves when the last has ended, or ends the rest after the bound. */
  drain(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The start has other things to do. */
const directAfterMs = 1000;

export async function startTelephony(options: TelephonyOptions): Promise<Telephony> {
  const telephony = new NodeTelephony(options);
  await telephony.open();
  return telephony;
}

class NodeTelephony implements Telephony {
  readonly engine: CallEngine;
  readonly media: MediaLink;
  readonly stack: SipStack;
  readonly overload: OverloadControl | null;
  readonly #options: TelephonyOptions;
  readonly #edge: SipEdge;
  readonly #journal: Journal;
  readonly #quiet: QuietCalls;
  readonly #calling: Calling;
  readonly #keeper: TrunkKeeper;
  readonly cdrs: Cdrs;
  readonly #ringTimers: RingTimers;
  readonly #addressing: Addressing;
  /** Commands of this turn; they leave after the append log was written. */
  #mediaOutbox: { readonly sessionId: string; readonly command: MediaCommand }[] = [];
  readonly #counts: SignallingMetrics;
  readonly #tlsListeners: TlsListener[] = [];
  readonly #webSocketListeners: WebSocketListener[] = [];
  isDraining = false;
  datagrams: DatagramsInUse = { by: 'dgram', why: null };

  constructor(options: TelephonyOptions) {
    this.#options = options;
    const { config, places, time, log, truth, trace } = options;
    this.#counts = new SignallingMetrics(options.metrics);
    this.#addressing = createAddressing(config);
    this.overload = config.limits.overload ? new OverloadControl(config.limits) : null;
    this.cdrs = createCdr({ store: truth.storage.cdrs, events: truth.events });
    this.#calling = this.#createCalling();
    this.stack = createSipStack({
      user: {
        onRequest: (transaction) => this.#edge.agent.onRequest(transaction),
        onAck: (ack, flow) => this.#edge.agent.onAck(ack, flow),
        onStrayResponse: (response, flow) => this.#edge.agent.onStrayResponse(response, flow),
      },
      beforeSend: ({ outgoing }) => {
        this.#endTurn();
        for (const { bytes } of outgoing) this.#counts.sent(bytes);
      },
      gatherMs: config.sip.gatherMs,
      ...protection(config.limits, this.overload),
      onReceived: (message) => this.#counts.received(message),
      onMalformed: () => this.#counts.malformed(),
      onError: (error) => log.error({ err: error }, 'a defect in signalling'),
      onFlowClosed: (flow, { detail }) => this.#edge.flowClosed(flow, detail),
      advertise: this.#addressing.advertise,
      tlsPolicy: ({ tlsPolicy }) => tlsPolicyOf(truth, tlsPolicy),
      ...(trace === null ? {} : { tap: traceWire(trace, time) }),
    });
    this.#ringTimers = new RingTimers(this.stack.driver.clock, (callId) => this.engine.ringTimeOver(callId));
    this.engine = new CallEngine({
      time,
      ids: truth.ids,
      settings: {
        mediaTimeoutMs: config.media.timeoutSec * 1000,
        codecs: serviceCodecs,
        dscp: { audio: config.media.dscpAudio, video: config.media.dscpVideo },
        utcOffsetMin: -new Date().getTimezoneOffset(),
      },
      edge: (name) => (name === 'sip' ? this.#edge : undefined),
      media: (call, command) => {
        this.#counts.mediaAsked(command);
        this.#mediaOutbox.push({ sessionId: call.media.sessionId, command });
      },
      tell: (call, type, leg) => this.#tell(call, type, leg?.legId),
      ringTimer: (callId, afterMs) => this.#ringTimers.set(callId, afterMs),
    });
    this.#edge = this.#createEdge();
    this.#keeper = this.#createKeeper();
    this.#journal = new Journal({
      folder: places.journal,
      onFault: (fault) => log.error({ ...fault }, 'the append log has a fault'),
      snapshot: (legId) => this.#edge.snapshot(legId),
      live: () => this.engine.calls(),
      after: (ms, task) => void setTimeout(task, ms),
    });
    const { driver } = this.stack;
    this.#quiet = new QuietCalls({
      after: (ms, task) => void setTimeout(() => driver.post(task), ms).unref(),
      rest: (call) => this.#rest(call),
    });
    this.media = new MediaLink({
      socketPaths: Array.from({ length: config.media.processes }, (_, index) => places.mediaSocket(index)),
      epoch: nextEpoch(places.epochFile),
      post: (task) => driver.post(task),
      after: (ms, task) => void setTimeout(task, ms),
      onOpened: (sessionId, streams) => this.engine.onStreamsOpened(sessionId, streams),
      onFailure: (sessionId, error) => this.engine.onMediaFailure(sessionId, error),
      onEvent: (event) => this.engine.onMediaEvent(event),
      report: (level, fields, text) => log[level]({ ...this.#idsOfStream(fields), ...fields }, text),
    });
  }

  /** Which call and leg a line about the media engine is of. */
  #idsOfStream({ sessionId, streamId }: Readonly<Record<string, unknown>>): { call?: CallId; leg?: LegId } {
    const call = typeof sessionId === 'string' ? this.engine.callOfSession(sessionId) : undefined;
    if (call === undefined) return {};
    const isOf = (leg: CallState['legs'][number]) => leg.media.streams.some((stream) => stream?.streamId === streamId);
    const leg = streamId === undefined ? undefined : call.legs.find(isOf);
    return { call: call.callId, ...(leg === undefined ? {} : { leg: leg.legId }) };
  }

  #createCalling(): Calling {
    const { truth } = this.#options;
    return createCalling({
      ports: {
        directory: truth.directory.views,
        registrar: truth.registrar,
        choose: (bindings, wishes) => this.#edge.choose(bindings, wishes),
        outbound: (tenant, dialled) => truth.trunks.resolveOutbound(tenant, dialled),
        channelsInUse: (trunk) => this.engine.channelsOf(trunk),
        downSince: (trunk) => this.#downSince(trunk),
        trunk: (tenant, id, number) => {
          const trunk = truth.trunks.views.get(tenant, id);
          return trunk === undefined ? undefined : { trunk, number };
        },
      },
      ringMs: 30_000,
      trunkRingMs: 120_000,
      codecs,
    });
  }

  #createPresence(): Presence {
    const { config, truth } = this.#options;
    const ports = { ...truth, directory: truth.directory.views, calls: () => this.engine.calls() };
    return createPresence(ports, config.presence);
  }

  #createTransferring(): (referral: Referral) => void {
    const { truth, time } = this.#options;
    return createTransferring({
      engine: () => this.engine,
      decide: (wanted) => this.#calling.decide(wanted),
      directory: truth.directory.views,
      trunk: (tenant, id) => truth.trunks.views.get(tenant, id),
      ids: truth.ids,
      nowUtcMs: () => time.nowUtcMs(),
    });
  }

  #createKeeper(): TrunkKeeper {
    const { time, truth } = this.#options;
    return createTrunkKeeper({
      views: truth.trunks.views,
      signalling: this.#edge.trunkSignalling((trunk, news) => this.#keeper.registrationNews(trunk, news)),
      time,
      bus: truth.bus,
      events: truth.events,
    });
  }

  #createEdge(): SipEdge {
    const { config, time, truth, log } = this.#options;
    const { driver, transactions } = this.stack;
    const own = ownAddresses(config);
    return new SipEdge({
      clock: driver.clock,
      random: createNodeRandom(),
      transactions,
      flowTo: (target) => driver.flowTo(target),
      isOpen: (flow) => driver.isOpen(flow),
      decode: nativeBytesToString,
      hasher: createNodeHasher(),
      locator: createLocator(driver, config.sip),
      racer: this.stack.racer,
      mediaAddress: this.#addressing.mediaAddress,
      bindAddress: this.#addressing.bindAddress,
      ping: (flow) => this.stack.transport.ping(flow),
      nonceKey: randomBytes(32).toString('hex'),
      secrets: truth.secrets,
      serviceRoute: config.sip.serviceRoute,
      ...this.#pushes(),
      ids: truth.ids,
      directory: truth.directory.views,
      registrar: truth.registrar,
      trunks: truth.trunks,
      presence: this.#createPresence(),
      subscriptionLog: truth.storage.subscriptionLog,
      challenge: config.sip.challenge,
      textMessagesPerMinute: config.limits.textMessagesPerMinute,
      fallbackRealm: truth.firstStart?.domain ?? config.sip.domains[0] ?? 'ringdown.internal',
      userAgent: `Ringdown/${version}`,
      isOwnHost: (host) => own.has(host.replace(/^\[|\]$/g, '').toLowerCase()),
      isDraining: () => this.isDraining,
      nowUtcMs: () => time.nowUtcMs(),
      post: (task) => driver.post(task),
      onIncoming: (incoming, sipCallId) => this.#incoming(incoming, sipCallId),
      onDialled: (leg) => this.#dialled(leg),
      onLegEvent: (event) => this.engine.onLegEvent(event),
      onReferral: this.#createTransferring(),
      decide: (wanted) => this.#calling.decide(wanted),
      report: (fields, text) => log.warn(fields, text),
    });
  }

  #pushes(): Pick<SipEdgeOptions, 'push'> {
    const { config, log } = this.#options;
    const { url, providers, waitSec } = config.push;
    if (url === undefined) return {};
    const post = (task: () => void): void => this.stack.driver.post(task);
    const sender = new PushWebhook({ url, providers, post, report: (fields, text) => log.warn(fields, text) });
    return { push: { sender, waitMs: waitSec * 1000 } };
  }

  async open(): Promise<void> {
    const { driver } = this.stack;
    driver.hold();
    const { live, over } = this.#journal.read();
    const lastKnownUtcMs = this.#journal.lastWriteUtcMs ?? this.#options.time.nowUtcMs();
    await this.#listen();
    const sessions = await surveyMedia(this.media, live);
    driver.first(() => this.#recover({ calls: live, sessions, lastKnownUtcMs }, over));
    driver.release();
    if (this.#options.config.sip.io === 'auto')
      setTimeout(() => void this.#useDirectDatagrams(), directAfterMs).unref();
  }

  async #useDirectDatagrams(): Promise<void> {
    const { config, log } = this.#options;
    const why = await this.stack.transport.useDirectDatagrams({ dscp: config.sip.dscp });
    this.datagrams = why === null ? { by: 'system-calls', why } : { by: 'dgram', why };
    if (why === null) log.info('SIP datagrams by system calls');
    else log.warn({ why }, 'SIP datagrams by node:dgram');
  }

  async #listen(): Promise<void> {
    const { config, truth, log } = this.#options;
    const { sip } = config;
    const { transport } = this.stack;
    const at = (address: string, port: number): SocketAddress => ({
      family: address.includes(':') ? 6 : 4,
      address,
      port,
    });
    for (const address of sip.listen) {
      if (sip.udpPort > 0) await transport.listenUdp(at(address, sip.udpPort));
      if (sip.tcpPort > 0) await transport.listenTcp(at(address, sip.tcpPort));
      if (sip.tlsPort > 0) {
        const settings = tlsSettings(truth.certificates.current, sip.tlsAskClients);
        this.#tlsListeners.push(await transport.listenTls(at(address, sip.tlsPort), settings));
      }
      if (sip.wsPort > 0) await this.#listenWebSockets('ws', at(address, sip.wsPort));
      if (sip.wssPort > 0) await this.#listenWebSockets('wss', at(address, sip.wssPort));
    }
    truth.certificates.onChanged = (certificates) => this.#renewCertificates(certificates);
    truth.certificates.onUnusable = (error) => log.error({ err: error }, 'changed certificates are not used');
  }

  async #listenWebSockets(kind: 'ws' | 'wss', local: SocketAddress): Promise<void> {
    const { config, truth } = this.#options;
    const { transport } = this.stack;
    const listener = await listenWebSockets({
      ...local,
      ...(kind === 'wss' ? { tls: tlsSettings(truth.certificates.current, false) } : {}),
      origins: config.sip.wsOrigins,
      maxMessageBytes: transport.largestMessageBytes,
      maxConnections: transport.limits.connections,
      handshakeMs: transport.limits.connectTimeoutMs,
      admitsHandshake: (address) => transport.admitHandshake(address),
    });
    transport.listenWs(listener.server, kind, { ...local, port: listener.port });
    this.#webSocketListeners.push(listener);
  }

  /** Connections that stand keep theirs. */
  #renewCertificates(certificates: ServerCertificates): void {
    const settings = tlsSettings(certificates, this.#options.config.sip.tlsAskClients);
    for (const listener of [...this.#tlsListeners, ...this.#webSocketListeners]) listener.renew(settings);
    this.#options.log.info({ until: new Date(certificates.validToUtcMs).toISOString() }, 'certificates are renewed');
  }

  /** What an earlier process left: see recover.ts. Its records stay in the log until ours hold what of them still matters. */
  #recover(recovery: Recovery, over: readonly CallState[]): void {
    const { log, trace } = this.#options;
    for (const call of over) this.#journal.keepOver(call);
    this.#edge.remakeFlows();
    recoverCalls(recovery, {
      engine: this.engine,
      edge: this.#edge,
      media: this.media,
      log,
      bind: (sipCallId, callId, legId) => trace?.bind(sipCallId, callId, legId),
    });
    this.#edge.subscriptions.restore();
    this.#journal.begin();
    for (const call of over) this.#settle(call);
  }

  /** The CDR is written behind the call's back; until it is, the append log keeps the call. */
  #settle(call: CallState): void {
    this.cdrs.settle(call).then(
      () => this.stack.driver.post(() => this.#journal.settled(call.callId)),
      (error: unknown) => {
        this.#options.log.warn({ call: call.callId, err: error }, 'a CDR could not be stored; it will be tried again');
        setTimeout(() => this.#settle(call), 5000).unref();
      },
    );
  }

  #incoming(incoming: IncomingCall, sipCallId: string): void {
    const { log, trace, truth } = this.#options;
    const onKnown = ({ callId }: CallState): void => {
      trace?.bind(sipCallId, callId, incoming.legId);
      const ids = { call: callId, leg: incoming.legId, sipCallId };
      log.info({ ...ids, from: incoming.from.user, to: incoming.to.user, replaces: incoming.replaces?.legId }, 'call');
    };
    const { engine } = this;
    receiveCall({ engine, calling: this.#calling, directory: truth.directory.views, onKnown }, incoming);
  }

  #dialled({ callId, legId, sipCallId }: DialledLeg): void {
    const { log, trace } = this.#options;
    trace?.bind(sipCallId, callId, legId);
    if (log.isOn('debug')) log.debug({ call: callId, leg: legId, sipCallId }, 'leg dialled');
  }

  #endTurn(): void {
    this.#options.truth.registrar.record();
    this.#edge.subscriptions.record();
    const { atOnce, mayWait } = this.engine.takeChanged();
    if (atOnce.length > 0 || mayWait.length > 0) {
      this.#writeLog(atOnce, mayWait);
      this.#showCalls(atOnce, mayWait);
    }
    const commands = this.#mediaOutbox;
    this.#mediaOutbox = [];
    for (const { sessionId, command } of commands) this.media.send(sessionId, command);
  }

  /** To those who watch; where nobody does, nothing. */
  #showCalls(...changed: readonly (readonly CallState[])[]): void {
    const { lamps } = this.#edge;
    if (lamps.isWatched) this.stack.driver.post(() => lamps.callsChanged(changed.flat()));
  }

  #writeLog(atOnce: readonly CallState[], mayWait: readonly CallState[]): void {
    const startMs = performance.now();
    this.#journal.write(atOnce, mayWait);
    this.#counts.logWritten(performance.now() - startMs);
    for (const call of atOnce) this.#quiet.changed(call);
    for (const calls of [atOnce, mayWait]) {
      for (const call of calls) {
        if (call.phase !== 'ended') continue;
        this.#quiet.ended(call);
        this.#settle(call);
      }
    }
  }

  /** What of a call is only read when something happens to it becomes small, once its state stands in the append log. */
  #rest(call: CallState): void {
    if (this.engine.find(call.callId) !== call) return;
    if (restCall(call, ({ legId }) => this.#edge.rest(legId))) this.#journal.rest(call);
  }

  #tell(call: CallState, type: string, legId: string | undefined): void {
    const { log } = this.#options;
    if (type === 'leg.arrived') this.#traceArrival(call, legId);
    if (type !== 'call.ended') {
      if (log.isOn('debug')) log.debug({ call: call.callId, leg: legId, event: type }, type);
      return;
    }
    this.#ringTimers.set(call.callId, null);
    const { cause } = call;
    if (cause !== null) this.#counts.callEnded(cause);
    log.info(
      { call: call.callId, cause: cause?.code, status: cause?.status, fault: cause?.fault, detail: cause?.detail },
      'call ended',
    );
  }

  /** From now on its messages are those of this call, too. */
  #traceArrival(call: CallState, legId: string | undefined): void {
    const sipCallId = legId === undefined ? undefined : this.#edge.referrals.sipCallIdOf(legId as LegId);
    if (sipCallId !== undefined) this.#options.trace?.bind(sipCallId, call.callId, legId as LegId);
    this.#options.log.info(
      { call: call.callId, leg: legId, from: call.handover?.fromCallId },
      'a party was transferred',
    );
  }

  trunkStates(): { readonly name: string; readonly isUp: boolean }[] {
    const { views } = this.#options.truth.trunks;
    return views.every().map((trunk) => ({ name: trunk.body.name, isUp: this.#keeper.statusOf(trunk) !== 'down' }));
  }

  #downSince(trunk: TrunkRecord): number | undefined {
    const { status, sinceUtcMs } = this.#keeper.report(trunk);
    return status === 'down' ? sinceUtcMs : undefined;
  }

  trunkReport(trunk: TrunkRecord): TrunkReport {
    return this.#keeper.report(trunk);
  }

  get callCount(): number {
    return this.engine.size;
  }

  hangUp(callId: string, cause: EndCause): boolean {
    const call = this.engine.find(callId);
    if (call !== undefined) this.stack.driver.post(() => this.engine.hangUp(call.callId, cause));
    return call !== undefined;
  }

  recordOf(tenant: TenantId, callId: CallId): Promise<Cdr | undefined> {
    const over = this.#journal.over(callId);
    return over?.tenantId === tenant ? Promise.resolve(cdrFromCall(over)) : this.cdrs.find(tenant, callId);
  }

  tick(): void {
    this.stack.driver.post(() => this.#keeper.tick());
    this.#options.truth.certificates.tick(this.#options.time.nowMs());
  }

  async drain(withinMs: number): Promise<void> {
    this.isDraining = true;
    const endMs = this.#options.time.nowMs() + withinMs;
    while (this.engine.size > 0 && this.#options.time.nowMs() < endMs) await pause(50);
    this.stack.driver.post(() => {
      for (const call of [...this.engine.calls()]) this.engine.hangUp(call.callId, endCause('shutting-down'));
    });
    const lastMs = this.#options.time.nowMs() + 2000;
    do await pause(50);
    while (this.engine.size > 0 && this.#options.time.nowMs() < lastMs);
  }

  async close(): Promise<void> {
    this.media.close();
    for (const listener of this.#webSocketListeners) listener.close();
    this.stack.close();
    this.#journal.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** What single addresses may cost, and what is done when all together ask too much. */
function protection(limits: BootstrapConfig['limits'], overload: OverloadControl | null) {
  const transportLimits: Partial<TransportLimits> = {
    connections: limits.connections,
    connectionsPerSource: limits.connectionsPerAddress,
    handshakesPerSource: limits.handshakesPerAddress,
    messagesPerSecond: limits.messagesPerSecond,
    idleTimeoutMs: limits.idleSec * 1_000,
  };
  // Between turns what has come is fetched; the kernel holds some hundred messages, and then drops without looking.
  const shared = { transportLimits, inputsPerTurn: 64 };
  return overload === null ? shared : { ...shared, overload };
}

/** Every address a URI may name us by. */
function ownAddresses(config: BootstrapConfig): ReadonlySet<string> {
  const own = new Set(['localhost', '127.0.0.1', '::1', ...config.sip.listen]);
  if (config.sip.advertisedAddress !== undefined) own.add(config.sip.advertisedAddress);
  for (const rows of Object.values(networkInterfaces()))
    for (const row of rows ?? []) own.add(row.address.toLowerCase());
  return own;
}
