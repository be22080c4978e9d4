/**
 * {@link TransportPort} over the system's sockets: owns the listeners and every flow, reuses connections (RFC 3261 §18, RFC 5923), counts them per
 * source, keeps flows alive on request.
 */
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import { DEFAULT_LIMITS, type Limits } from '../message/limits.ts';
import type { SipRequest } from '../message/request.ts';
import type { Flow, SocketAddress, Target, TransportFailure, TransportKind } from '../transport/flow.ts';
import { StunPinger } from '../transport/stun-pinger.ts';
import type { SendOwner, TransportPort } from '../transport/transport-port.ts';
import { ConnectionAliases } from './connection-aliases.ts';
import { createAdvertise, isLoopback, isUnspecified } from './local-address.ts';
import { type SourceMeter, SourceMeters } from './source-meters.ts';
import { StreamConnection } from './stream-connection.ts';
import { type Accept, connectTcp, listenTcp, type StreamListener } from './tcp.ts';
import { connectTls, listenTls, peerOf, type TlsListener, type TlsPolicy, TlsPolicyError } from './tls.ts';
import type { TlsServerSettings } from './tls-server-contexts.ts';
import {
  type Advertise,
  type Connection,
  type ConnectionOwner,
  DEFAULT_TRANSPORT_LIMITS,
  failureOf,
  formatSocketAddress,
  type OwnedFlow,
  PING,
  socketAddress,
  type TransportEvents,
  type TransportLimits,
} from './transport-events.ts';
import { type DatagramFlow, UdpListener } from './udp.ts';
import { useDirectDatagrams } from './use-direct-datagrams.ts';
import type { WireTap } from './wire-tap.ts';
import { acceptWebSockets, WebSocketConnection, type WebSocketServerLike } from './ws.ts';

export interface NodeTransportOptions {
  /** Must tell the true time whenever it is asked: SipDriver.liveClock. */
  readonly clock: Clock;
  readonly events: TransportEvents;
  readonly transportLimits?: Partial<TransportLimits>;
  readonly messageLimits?: Limits;
  /** What Via, Contact and Record-Route say; default: the listener's address, or that of the interface towards the remote. */
  readonly advertise?: Advertise;
  /** How an outgoing TLS connection verifies its peer; default: chain and name by the system's authorities. */
  readonly tlsPolicy?: (target: Target) => TlsPolicy;
  /** Told of TLS connections to us that came to nothing. */
  readonly tap?: WireTap;
}

export interface KeepAliveOptions {
  readonly everyMs: number;
  /** The peer is known to answer pings (RFC 5626 §4.4), so silence closes the flow. Over UDP they are STUN then. */
  readonly expectPong?: boolean;
}

interface KeptAlive extends TimerOwner {
  timer: TimerId;
}

/** Flows have this beginning, and no socket of ours listens for it: WebSockets are taken by a web server, a client only calls out. */
interface UnheardListener {
  readonly kind: 'tcp' | 'tls' | 'ws' | 'wss';
  readonly local: SocketAddress;
}

type Listener = UdpListener | StreamListener | UnheardListener;

export class NodeTransport implements TransportPort, ConnectionOwner {
  readonly limits: TransportLimits;
  readonly events: TransportEvents;
  readonly #clock: Clock;
  readonly #messageLimits: Limits;
  readonly #advertise: Advertise;
  readonly #tlsPolicy: (target: Target) => TlsPolicy;
  readonly #tap: WireTap | undefined;
  readonly #listeners: Listener[] = [];
  readonly #connections = new Map<number, Connection>();
  /** Connections made from here, for reuse. */
  readonly #byTarget = new Map<string, Connection>();
  readonly #meters: SourceMeters;
  readonly #aliases = new ConnectionAliases();
  #isCounting = false;
  /** Read no further in this second: their sources have sent all that they may. */
  readonly #slowed = new Set<Connection>();
  readonly #malformed = new WeakMap<Connection, { sinceMs: number; count: number }>();
  readonly #kept = new Map<number, KeptAlive>();
  readonly #pingers = new Map<number, StunPinger>();
  #lastFlowId = 0;
  #isReadingPaused = false;

  constructor(options: NodeTransportOptions) {
    this.limits = { ...DEFAULT_TRANSPORT_LIMITS, ...options.transportLimits };
    this.#meters = new SourceMeters(this.limits.messagesPerSecond);
    this.events = options.events;
    this.#clock = options.clock;
    this.#messageLimits = options.messageLimits ?? DEFAULT_LIMITS;
    this.#advertise = options.advertise ?? createAdvertise(() => options.clock.nowMs());
    this.#tap = options.tap;
    this.#tlsPolicy = options.tlsPolicy ?? (() => ({ verify: 'chain' }));
  }

  /** Listeners as bound: a port of 0 has become the real one. */
  get listeners(): readonly { readonly kind: TransportKind; readonly local: SocketAddress }[] {
    return this.#listeners;
  }

  get largestMessageBytes(): number {
    return this.#messageLimits.headBytes + this.#messageLimits.bodyBytes;
  }

  /** Messages above what one address may send: datagrams that were dropped, and when a stream was not read further. */
  get exceededCount(): number {
    return this.#meters.exceeded;
  }

  /** Stream connections at present. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  async listenUdp(local: SocketAddress): Promise<UdpListener> {
    const { events, limits } = this;
    const nextFlowId = () => ++this.#lastFlowId;
    const listener = await UdpListener.open({
      local,
      events,
      limits,
      advertise: this.#advertise,
      nextFlowId,
      meterOf: (address) => this.#meters.of(address),
      takes: this.#takes,
      onPong: (answer, flow) => this.#pingers.get(flow.id)?.answered(answer),
    });
    this.#listeners.push(listener);
    return listener;
  }

  seesQueue(): boolean {
    return this.#listeners.every((listener) => !(listener instanceof UdpListener) || listener.isDirect);
  }

  drain(): void {
    for (const listener of this.#listeners) if (listener instanceof UdpListener) listener.drain();
  }

  /** Of all that is asked of connections, reading alone waits: RFC 6357 §5.4, the peer's window closes. */
  pauseReading(isPaused: boolean): void {
    this.#isReadingPaused = isPaused;
    for (const connection of this.#connections.values()) connection.pauseReading(isPaused, 'overload');
  }

  /**
   * From now on datagrams of the present listeners over IPv4 go by system calls straight from JavaScript, where this machine and version of Node allow it
   * (tried in a child process): several times less of the processor than by Node's sockets, which stay for all the rest.
   * @param dscp 0 to 63: their mark (RFC 2474), which Node's sockets have no call for
   * @returns why not; null: they do
   */
  useDirectDatagrams({ dscp }: { readonly dscp: number }): Promise<string | null> {
    return useDirectDatagrams(
      this.#listeners.filter((listener) => listener instanceof UdpListener),
      dscp,
    );
  }

  async listenTcp(local: SocketAddress): Promise<StreamListener> {
    const listener = await listenTcp({ local, accept: this.#accept, maxConnections: this.limits.connections });
    this.#listeners.push(listener);
    return listener;
  }

  async listenTls(local: SocketAddress, settings: TlsServerSettings): Promise<TlsListener> {
    const { connections, connectTimeoutMs } = this.limits;
    const options = {
      local,
      accept: this.#accept,
      maxConnections: connections,
      settings,
      handshakeMs: connectTimeoutMs,
      admitsHandshake: (address: string) => this.admitHandshake(address),
      onHandshakeFailed: (error: Error, socket: Socket) => this.#handshakeFailed(local, error, socket),
    };
    const listener = await listenTls(options);
    this.#listeners.push(listener);
    return listener;
  }

  /** One more beginning of a connection of that address, TLS or HTTP. @returns to be called when it is over; undefined: too many */
  admitHandshake(address: string): (() => void) | undefined {
    const meter = this.#meters.of(address);
    if (meter.handshakes >= this.limits.handshakesPerSource) return undefined;
    meter.handshakes++;
    return () => void meter.handshakes--;
  }

  #handshakeFailed(listening: SocketAddress, error: Error, socket: Socket): void {
    const { remoteAddress, remotePort = 0, localAddress, localPort } = socket;
    if (remoteAddress === undefined) return;
    const remote = socketAddress(remoteAddress, remotePort);
    const local = localAddress === undefined ? listening : socketAddress(localAddress, localPort ?? listening.port);
    const { detail } = failureOf(error, formatSocketAddress(remote));
    this.#tap?.handshakeFailed?.(remote, local, { code: 'tls', detail });
  }

  /** Connections of that kind are made from here and none is taken: a client. `local.port` is what Via and Contact say. */
  callOutBy(kind: 'tcp' | 'tls', local: SocketAddress): void {
    this.#listeners.push({ kind, local });
  }

  /** SIP over the WebSockets that `server` accepts (RFC 7118); `kind` wss when TLS ends there or before it. */
  listenWs(server: WebSocketServerLike, kind: 'ws' | 'wss', local: SocketAddress): void {
    const listener: UnheardListener = { kind, local };
    this.#listeners.push(listener);
    acceptWebSockets(server, (accepted) => {
      if (!this.#hasRoomFor(accepted.remote.address)) {
        accepted.socket.close(1013, 'too many connections');
        return;
      }
      const flow = this.#newFlow(kind, accepted.local, accepted.remote, listener);
      const maxMessageBytes = this.largestMessageBytes;
      this.#adopt(new WebSocketConnection({ ...accepted, flow, owner: this, clock: this.#clock, maxMessageBytes }));
      // A browser that is gone without a word is found by its silence: RFC 6455 §5.5.2.
      if (this.limits.webSocketPingMs > 0)
        this.keepAlive(flow, { everyMs: this.limits.webSocketPingMs, expectPong: true });
      this.events.onFlowOpened(flow);
    });
  }

  flowTo(target: Target): Flow | undefined {
    if (target.flowId !== undefined) return this.#flowById(target.flowId);
    const listener = this.#listenerFor(target);
    switch (target.kind) {
      case 'udp':
        return listener instanceof UdpListener ? listener.flowTo(target.remote) : undefined;
      case 'tcp':
      case 'tls': {
        const known = this.#byTarget.get(targetKey(target));
        if (known?.isOpen) return known.flow;
        const alias = target.kind === 'tls' ? this.#aliasFor(target) : undefined;
        if (alias !== undefined) return alias;
        return listener === undefined ? undefined : this.#connect(target, listener);
      }
      default:
        // A browser is reached by the connection that it made, never by one from here (RFC 7118 §5.2).
        return undefined;
    }
  }

  isOpen(flow: Flow): boolean {
    return flow.kind === 'udp' || this.#connections.get(flow.id)?.isOpen === true;
  }

  send(bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void {
    if (flow.kind === 'udp') {
      // Every UDP flow was made by a listener of ours.
      const { listener } = flow as DatagramFlow;
      if (listener.isOpen) {
        listener.send(bytes, flow, owner);
        return;
      }
    } else {
      const connection = this.#connections.get(flow.id);
      if (connection?.isOpen) {
        connection.send(bytes, owner);
        return;
      }
    }
    if (owner === null) return;
    const detail = `${formatSocketAddress(flow.remote)}: the ${flow.kind} flow is gone`;
    queueMicrotask(() => this.events.onSendFailed(owner, { code: 'flow-gone', detail }, flow));
  }

  /**
   * Sends a CRLF ping over the flow now and again: holds a NAT's mapping open, and where it is answered finds a dead peer. Replaces what was set.
   */
  keepAlive(flow: Flow, options: KeepAliveOptions): void {
    this.stopKeepAlive(flow);
    const { everyMs, expectPong = false } = options;
    if (flow.kind === 'udp' && expectPong) {
      this.#pingByStun(flow, everyMs);
      return;
    }
    const kept: KeptAlive = {
      timer: 0,
      onTimer: () => {
        if (!this.isOpen(flow)) return;
        this.ping(flow, expectPong);
        kept.timer = this.#clock.arm(everyMs, kept, 0);
      },
    };
    kept.timer = this.#clock.arm(everyMs, kept, 0);
    this.#kept.set(flow.id, kept);
  }

  /** One CRLF CRLF (RFC 5626 §4.4.1). @param expectPong the peer is known to answer, so silence closes the flow of a stream. */
  ping(flow: Flow, expectPong = false): void {
    if (flow.kind === 'udp') this.send(PING, flow, null);
    else this.#connections.get(flow.id)?.ping(expectPong);
  }

  #pingByStun(flow: Flow, everyMs: number): void {
    const pinger = new StunPinger({
      clock: this.#clock,
      everyMs: () => everyMs,
      newId: () => randomBytes(6).toString('hex'),
      send: (bytes) => this.send(bytes, flow, null),
      onFailed: (detail) => {
        this.#pingers.delete(flow.id);
        this.events.onFlowClosed(flow, { code: 'timeout', detail: `${formatSocketAddress(flow.remote)}: ${detail}` });
      },
    });
    this.#pingers.set(flow.id, pinger);
    pinger.start();
  }

  stopKeepAlive(flow: Flow): void {
    this.#pingers.get(flow.id)?.stop();
    this.#pingers.delete(flow.id);
    const kept = this.#kept.get(flow.id);
    if (kept === undefined) return;
    this.#clock.disarm(kept.timer);
    this.#kept.delete(flow.id);
  }

  /** Closes a stream's connection from here. */
  closeFlow(flow: Flow, detail = 'closed from here'): void {
    this.#connections.get(flow.id)?.close({ code: 'closed', detail });
  }

  /** Closes a connection that was made from here in vain: nothing was sent by it. */
  abandonFlow(flow: Flow): void {
    const connection = this.#connections.get(flow.id);
    if (connection?.isUsed === false) connection.close({ code: 'closed', detail: 'another connection stood first' });
  }

  /** A request that came by a stream: see {@link ConnectionAliases}. */
  heard(request: SipRequest, flow: Flow): void {
    const connection = flow.peer === undefined ? undefined : this.#connections.get(flow.id);
    if (connection?.acceptedFrom !== undefined) this.#aliases.note(request, connection);
  }

  #aliasFor(target: Target): Flow | undefined {
    try {
      const found = this.#aliases.find(target, this.#tlsPolicy(target), Date.now());
      // Judged once.
      if (found !== undefined) this.#byTarget.set(targetKey(target), found);
      return found?.flow;
    } catch {
      // A certificate or a policy that cannot be read: a connection of its own will say so.
      return undefined;
    }
  }

  counted(connection: Connection): void {
    // Of those that we made ourselves we asked for it.
    if (connection.acceptedFrom === undefined || this.#takes(this.#meters.of(connection.acceptedFrom))) return;
    this.#slowed.add(connection);
    connection.pauseReading(true, 'rate');
  }

  holds({ acceptedFrom }: Connection, moreBytes: number): boolean {
    if (acceptedFrom === undefined) return true;
    const meter = this.#meters.of(acceptedFrom);
    meter.heldBytes += moreBytes;
    return moreBytes <= 0 || meter.heldBytes <= this.limits.heldBytesPerSource;
  }

  /** What came by this flow could not be read; too much of that ends a connection. */
  malformed(flow: Flow): void {
    const connection = this.#connections.get(flow.id);
    if (connection === undefined) return;
    const nowMs = this.#clock.nowMs();
    const known = this.#malformed.get(connection);
    const count = known !== undefined && nowMs - known.sinceMs < 60_000 ? known : { sinceMs: nowMs, count: 0 };
    this.#malformed.set(connection, count);
    if (++count.count <= this.limits.malformedPerMinute) return;
    const detail = `${formatSocketAddress(flow.remote)}: sends what nobody can read`;
    connection.close({ code: 'closed', detail });
  }

  /** A request by this flow had no response for so long: a connection by which nothing else came either is not used again. */
  unanswered(flow: Flow, forMs: number): void {
    const connection = this.#connections.get(flow.id);
    if (connection === undefined || this.#clock.nowMs() - connection.lastHeardMs < forMs) return;
    const detail = `${formatSocketAddress(flow.remote)}: nothing was heard for ${forMs} ms`;
    connection.close({ code: 'timeout', detail });
  }

  readonly #takes = (meter: SourceMeter): boolean => {
    if (!this.#isCounting) this.#count();
    return this.#meters.takes(meter);
  };

  /** A second at a time, for as long as something comes. */
  #count(): void {
    this.#isCounting = true;
    this.#clock.arm(1_000, { onTimer: () => this.#nextSecond() }, 0);
  }

  #nextSecond(): void {
    if (this.#meters.isActive) this.#count();
    else this.#isCounting = false;
    this.#meters.nextSecond();
    for (const connection of this.#slowed) connection.pauseReading(false, 'rate');
    this.#slowed.clear();
  }

  /** Closes listeners and connections. */
  close(): void {
    for (const listener of this.#listeners) if ('close' in listener) listener.close();
    this.#listeners.length = 0;
    for (const connection of [...this.#connections.values()]) {
      connection.close({ code: 'closed', detail: 'the transport is shutting down' });
    }
    for (const kept of this.#kept.values()) this.#clock.disarm(kept.timer);
    this.#kept.clear();
    for (const pinger of this.#pingers.values()) pinger.stop();
    this.#pingers.clear();
  }

  connectionClosed(connection: Connection, failure: TransportFailure): void {
    const { flow, acceptedFrom } = connection;
    this.#connections.delete(flow.id);
    this.stopKeepAlive(flow);
    this.#slowed.delete(connection);
    this.#aliases.closed(connection);
    if (acceptedFrom !== undefined) this.#meters.of(acceptedFrom).connections--;
    for (const [key, known] of this.#byTarget) if (known === connection) this.#byTarget.delete(key);
    this.events.onFlowClosed(flow, failure);
  }

  readonly #accept: Accept = (socket, remote, local, listener) => {
    if (!this.#hasRoomFor(remote.address)) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    const flow = this.#newFlow(listener.kind, local, remote, listener);
    const peer = socket instanceof TLSSocket ? peerOf(socket) : undefined;
    if (peer !== undefined) flow.peer = peer;
    this.#adopt(this.#connection(socket, flow, remote.address, 'open'));
    this.events.onFlowOpened(flow);
  };

  #connect(target: Target, listener: Listener): Flow {
    const { address } = listener.local;
    const localAddress = isUnspecified(address) ? undefined : address;
    const flow = this.#newFlow(target.kind, listener.local, target.remote, listener);
    const isTls = target.kind === 'tls';
    const socket = isTls ? this.#connectTls(target, localAddress, flow) : connectTcp(target, localAddress);
    const connection = this.#connection(socket, flow, undefined, 'connecting');
    socket.once(isTls ? 'secureConnect' : 'connect', () => connection.opened());
    this.#adopt(connection);
    this.#byTarget.set(targetKey(target), connection);
    return flow;
  }

  /** A policy that cannot be followed (a broken certificate, an exception) is a failed connection, not the caller's exception. */
  #connectTls(target: Target, localAddress: string | undefined, flow: OwnedFlow): Socket {
    try {
      const policy = this.#tlsPolicy(target);
      if (policy.identity !== undefined) flow.offersAlias = true;
      return connectTls(target, policy, localAddress);
    } catch (error) {
      const socket = new Socket();
      const reason = new TlsPolicyError(`the TLS policy for this target cannot be followed: ${String(error)}`);
      queueMicrotask(() => socket.destroy(reason));
      return socket;
    }
  }

  #connection(
    socket: Socket,
    flow: OwnedFlow,
    acceptedFrom: string | undefined,
    state: 'connecting' | 'open',
  ): StreamConnection {
    const messageLimits = this.#messageLimits;
    return new StreamConnection({ flow, socket, owner: this, clock: this.#clock, acceptedFrom, messageLimits }, state);
  }

  #adopt(connection: Connection): void {
    this.#connections.set(connection.flow.id, connection);
    if (this.#isReadingPaused) connection.pauseReading(true, 'overload');
    const source = connection.acceptedFrom;
    if (source !== undefined) this.#meters.of(source).connections++;
  }

  #hasRoomFor(source: string): boolean {
    if (this.#connections.size >= this.limits.connections) return false;
    return this.#meters.of(source).connections < this.limits.connectionsPerSource;
  }

  #newFlow(kind: TransportKind, local: SocketAddress, remote: SocketAddress, listener: Listener): OwnedFlow {
    return {
      id: ++this.#lastFlowId,
      kind,
      reliable: true,
      secure: kind === 'tls' || kind === 'wss',
      local,
      remote,
      advertised: this.#advertise(remote, { kind, local: listener.local }),
    };
  }

  #flowById(id: number): Flow | undefined {
    const connection = this.#connections.get(id);
    if (connection !== undefined) return connection.isOpen ? connection.flow : undefined;
    for (const listener of this.#listeners) {
      if (listener instanceof UdpListener) {
        const flow = listener.flowById(id);
        if (flow !== undefined) return flow;
      }
    }
    return undefined;
  }

  /** Of the listeners of that kind and family, the one on the remote's side of loopback, else the first. */
  #listenerFor(target: Target): Listener | undefined {
    const { kind, remote, local } = target;
    let first: Listener | undefined;
    for (const listener of this.#listeners) {
      if (listener.kind !== kind || listener.local.family !== remote.family) continue;
      if (local !== undefined) {
        if (listener.local.port === local.port && listener.local.address === local.address) return listener;
        continue;
      }
      const { address } = listener.local;
      if (isUnspecified(address) || isLoopback(address) === isLoopback(remote.address)) return listener;
      first ??= listener;
    }
    return first;
  }
}

/** Connections are shared by what was asked for: another name, or another rule, is another verification. */
function targetKey(target: Target): string {
  const { address, port } = target.remote;
  return `${target.kind}|${address}|${port}|${target.kind === 'tls' ? `${target.serverName ?? ''}|${target.tlsPolicy ?? ''}` : ''}`;
}
