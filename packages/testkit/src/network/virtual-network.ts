/**
 * A network in virtual time: hosts, links with loss, delay, jitter, duplication and reordering (seeded), NAT boxes, streams that
 * break. Nothing here waits: advance the {@link VirtualClock} that it was given.
 *
 * Leaves out: bandwidth, MTU and fragments.
 */
import type { Flow, SendOwner, SocketAddress, TransportFailure } from '@ringdown/sip';
import { SeededRandom } from '../clock/seeded-random.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import { NatBox, type NatSettings } from './nat-box.ts';
import { NetworkTrace, type TraceOutcome } from './network-trace.ts';
import { VirtualConnection } from './virtual-connection.ts';
import { VirtualHost, type VirtualHostOptions } from './virtual-host.ts';
import { datagramDelays, type LinkSettings, PERFECT_LINK, streamDelay } from './virtual-link.ts';

export interface VirtualNetworkOptions {
  readonly clock: VirtualClock;
  readonly seed?: number;
  /** Of links that have no setting of their own. Default: 1 ms, nothing lost. */
  readonly link?: Partial<LinkSettings>;
  /** How long a connection attempt to nowhere takes. */
  readonly connectTimeoutMs?: number;
}

export class VirtualNetwork {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly trace = new NetworkTrace();
  readonly #defaultLink: LinkSettings;
  readonly #connectTimeoutMs: number;
  readonly #hosts: VirtualHost[] = [];
  readonly #nats: NatBox[] = [];
  readonly #links = new Map<string, LinkSettings>();
  /** Decides the fate of single datagrams in a test: returning false loses this one. */
  filter: (from: string, to: string, bytes: Uint8Array) => boolean = () => true;
  #flowId = 0;

  constructor(options: VirtualNetworkOptions) {
    this.clock = options.clock;
    this.random = new SeededRandom(options.seed ?? 1);
    this.#defaultLink = { ...PERFECT_LINK, ...options.link };
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 3_000;
  }

  /** Adds a host with one address, or as the options say. */
  host(name: string, where: string | VirtualHostOptions): VirtualHost {
    const host = new VirtualHost(this, name, typeof where === 'string' ? { addresses: [where] } : where);
    this.#hosts.push(host);
    return host;
  }

  nat(outerAddress: string, settings: NatSettings): NatBox {
    const nat = new NatBox(outerAddress, settings);
    this.#nats.push(nat);
    return nat;
  }

  /** Sets the link between two hosts, both ways. */
  link(one: VirtualHost, other: VirtualHost, settings: Partial<LinkSettings>): void {
    this.oneWay(one, other, settings);
    this.oneWay(other, one, settings);
  }

  /** Sets one direction of a link. */
  oneWay(from: VirtualHost, to: VirtualHost, settings: Partial<LinkSettings>): void {
    const key = `${from.name}>${to.name}`;
    this.#links.set(key, { ...(this.#links.get(key) ?? this.#defaultLink), ...settings });
  }

  /** Breaks ('reset': both ends learn of it) or silences ('half-dead') all connections between two hosts. */
  breakConnections(one: VirtualHost, other: VirtualHost, how: 'reset' | 'half-dead'): number {
    const found = one.connections().filter((connection) => connection.joins(one, other));
    for (const connection of found) {
      if (how === 'reset') connection.reset(`${one.name} and ${other.name}: connection reset`);
      else connection.goHalfDead();
    }
    return found.length;
  }

  nextFlowId(): number {
    return ++this.#flowId;
  }

  later(afterMs: number, run: () => void): void {
    this.clock.arm(afterMs, { onTimer: run }, 0);
  }

  failLater(owner: SendOwner | null, flow: Flow, failure: TransportFailure, afterMs = 0): void {
    if (owner !== null) this.later(afterMs, () => owner.onTransportFailure(failure, flow));
  }

  streamDelayBetween(from: VirtualHost, to: VirtualHost): number | undefined {
    return streamDelay(this.#linkOf(from, to), this.random);
  }

  sendDatagram(from: VirtualHost, bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void {
    const nowMs = this.clock.nowMs();
    const { seenFrom, destination, to } = this.#route(from, flow.local, flow.remote);
    const record = (outcome: TraceOutcome, deliveredMs?: number) =>
      this.trace.entries.push({
        sentMs: nowMs,
        from: from.name,
        to: to?.name ?? flow.remote.address,
        kind: 'udp',
        fromAddress: seenFrom,
        toAddress: destination ?? flow.remote,
        bytes,
        outcome,
        deliveredMs,
      });
    if (to === undefined || destination === undefined) {
      record(to === undefined ? 'no-host' : 'blocked-by-nat');
      return;
    }
    const delays = this.filter(from.name, to.name, bytes) ? datagramDelays(this.#linkOf(from, to), this.random) : [];
    const first = delays[0];
    if (first === undefined) {
      record('lost');
      return;
    }
    const listener = to.listeners.find(
      ({ kind, address }) =>
        kind === 'udp' && address.address === destination.address && address.port === destination.port,
    );
    if (listener === undefined) {
      // ICMP port unreachable comes back.
      record('no-listener');
      const detail = `${to.name}: nobody listens on ${destination.address}:${destination.port}`;
      this.failLater(owner, flow, { code: 'refused', detail }, 2 * first);
      return;
    }
    record('delivered', nowMs + Math.min(...delays));
    for (const delayMs of delays) {
      this.later(delayMs, () => to.onMessage(bytes.slice(), to.datagramFlow(listener, seenFrom)));
    }
  }

  connect(from: VirtualHost, flow: Flow): void {
    const connection = new VirtualConnection(this, from, flow);
    const { seenFrom, destination, to } = this.#route(from, flow.local, flow.remote);
    const outMs = to === undefined ? undefined : this.streamDelayBetween(from, to);
    const remote = `${flow.remote.address}:${flow.remote.port}`;
    if (to === undefined || destination === undefined || outMs === undefined) {
      this.later(this.#connectTimeoutMs, () =>
        connection.failed({ code: 'unreachable', detail: `${remote} does not answer` }),
      );
      return;
    }
    this.later(outMs, () => {
      const backMs = this.streamDelayBetween(to, from) ?? this.#connectTimeoutMs;
      const listener = to.listeners.find(
        ({ kind, address }) =>
          kind === flow.kind && address.address === destination.address && address.port === destination.port,
      );
      if (listener === undefined) {
        this.later(backMs, () => connection.failed({ code: 'refused', detail: `${remote} refuses the connection` }));
        return;
      }
      if (connection.closed) return;
      connection.accepted(to, to.createFlow(flow.kind, listener.address, seenFrom, listener.address));
      this.later(backMs, () => connection.established());
    });
  }

  /** Through the sender's NAT and the receiver's. `destination` undefined: the receiver's NAT drops it. */
  #route(from: VirtualHost, local: SocketAddress, remote: SocketAddress) {
    const nowMs = this.clock.nowMs();
    const outwards = from.nat !== undefined && !this.#sameSide(from, remote);
    const seenFrom = outwards && from.nat !== undefined ? from.nat.translateOut(local, remote, nowMs) : local;
    const nat = this.#nats.find((candidate) => candidate.outerAddress === remote.address);
    if (nat === undefined) return { seenFrom, destination: remote, to: this.#hostAt(remote, from) };
    const destination = nat.translateIn(remote.port, seenFrom, nowMs);
    const inside = this.#hosts.find(
      (host) => host.nat === nat && destination !== undefined && host.addresses.includes(destination.address),
    );
    return { seenFrom, destination, to: inside ?? this.#hosts.find((host) => host.nat === nat) };
  }

  /** A host behind a NAT is reached by its own address only from behind the same NAT. */
  #hostAt(remote: SocketAddress, from: VirtualHost): VirtualHost | undefined {
    return this.#hosts.find(
      (host) => host.addresses.includes(remote.address) && (host.nat === undefined || host.nat === from.nat),
    );
  }

  #sameSide(from: VirtualHost, remote: SocketAddress): boolean {
    return this.#hosts.some((host) => host.nat === from.nat && host.addresses.includes(remote.address));
  }

  #linkOf(from: VirtualHost, to: VirtualHost): LinkSettings {
    return this.#links.get(`${from.name}>${to.name}`) ?? this.#defaultLink;
  }
}
