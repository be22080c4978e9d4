/**
 * One host on the virtual network: its listeners, its flows, and the {@link TransportPort} that a transaction layer is given.
 * The host hands up whole messages; framing is not modelled.
 */
import type {
  Flow,
  SendOwner,
  SocketAddress,
  Target,
  TransportFailure,
  TransportKind,
  TransportPort,
} from '@ringdown/sip';
import type { NatBox } from './nat-box.ts';
import { addressKey } from './nat-box.ts';
import type { NetworkOfHosts } from './network-ports.ts';
import type { VirtualConnection } from './virtual-connection.ts';

export interface VirtualListener {
  readonly kind: TransportKind;
  readonly address: SocketAddress;
}

export interface VirtualHostOptions {
  /** IP addresses of this host; behind a NAT the inner ones. */
  readonly addresses: readonly string[];
  readonly behind?: NatBox;
}

/** Thrown when a test asks for what the host does not have. */
export class VirtualHostError extends Error {
  readonly code = 'virtual_host';
  constructor(detail: string) {
    super(detail);
    this.name = 'VirtualHostError';
  }
}

export class VirtualHost implements TransportPort {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly nat: NatBox | undefined;
  readonly listeners: VirtualListener[] = [];
  /** What arrives. */
  onMessage: (bytes: Uint8Array, flow: Flow) => void = () => {};
  onFlowOpened: (flow: Flow) => void = () => {};
  onFlowClosed: (flow: Flow, failure: TransportFailure) => void = () => {};
  /** What our Via and Contact say towards a remote; default: the local address. */
  advertise: (remote: SocketAddress, local: SocketAddress) => { host: string; port: number } = (_remote, local) => ({
    host: local.family === 6 ? `[${local.address}]` : local.address,
    port: local.port,
  });

  readonly #network: NetworkOfHosts;
  readonly #datagramFlows = new Map<string, Flow>();
  readonly #connections = new Map<number, VirtualConnection>();
  #nextPort = 50_000;

  constructor(network: NetworkOfHosts, name: string, options: VirtualHostOptions) {
    this.#network = network;
    this.name = name;
    this.addresses = options.addresses;
    this.nat = options.behind;
  }

  /** Opens a port. On streams: accepts connections, and lets this host make some of that kind. */
  listen(kind: TransportKind, port = 5060, address = this.addresses[0]): this {
    if (address === undefined || !this.addresses.includes(address)) {
      throw new VirtualHostError(`${this.name} does not have the address ${address}`);
    }
    this.listeners.push({ kind, address: { family: familyOf(address), address, port } });
    return this;
  }

  /** Stops listening: TCP is refused from now on; existing connections stay. */
  unlisten(kind: TransportKind, port = 5060): void {
    const at = this.listeners.findIndex((listener) => listener.kind === kind && listener.address.port === port);
    if (at >= 0) this.listeners.splice(at, 1);
  }

  flowTo(target: Target): Flow | undefined {
    if (target.flowId !== undefined) return this.#flowById(target.flowId);
    const listener = this.#listenerFor(target);
    if (listener === undefined) return undefined;
    if (target.kind === 'udp') return this.datagramFlow(listener, target.remote);
    for (const connection of this.#connections.values()) {
      const flow = connection.flowOf(this);
      if (flow.kind === target.kind && !connection.closed && addressKey(flow.remote) === addressKey(target.remote)) {
        return flow;
      }
    }
    return this.#connect(target, listener);
  }

  isOpen(flow: Flow): boolean {
    if (flow.kind === 'udp') return true;
    const connection = this.#connections.get(flow.id);
    return connection !== undefined && !connection.closed;
  }

  send(bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void {
    const copy = bytes.slice();
    if (flow.kind === 'udp') this.#network.sendDatagram(this, copy, flow, owner);
    else {
      const connection = this.#connections.get(flow.id);
      if (connection !== undefined && !connection.closed) connection.send(this, copy, owner);
      else
        this.#network.failLater(owner, flow, {
          code: 'flow-gone',
          detail: `${this.name}: connection ${flow.id} is gone`,
        });
    }
  }

  /** Closes a connection from this side. */
  close(flow: Flow): void {
    this.#connections.get(flow.id)?.reset(`closed by ${this.name}`);
  }

  /** All connections that are open or being made. */
  connections(): VirtualConnection[] {
    return [...this.#connections.values()];
  }

  /** The UDP flow of a listener and a remote address; one object for good. */
  datagramFlow(listener: VirtualListener, remote: SocketAddress): Flow {
    const key = `${addressKey(listener.address)}>${addressKey(remote)}`;
    let flow = this.#datagramFlows.get(key);
    if (flow === undefined) {
      flow = this.createFlow('udp', listener.address, remote, listener.address);
      this.#datagramFlows.set(key, flow);
    }
    return flow;
  }

  createFlow(kind: TransportKind, local: SocketAddress, remote: SocketAddress, listening: SocketAddress): Flow {
    return {
      id: this.#network.nextFlowId(),
      kind,
      reliable: kind !== 'udp',
      secure: kind === 'tls' || kind === 'wss',
      local,
      remote,
      advertised: this.advertise(remote, listening),
    };
  }

  adopt(flow: Flow, connection: VirtualConnection): void {
    this.#connections.set(flow.id, connection);
  }

  forget(flow: Flow): void {
    this.#connections.delete(flow.id);
  }

  #flowById(id: number): Flow | undefined {
    const connection = this.#connections.get(id);
    if (connection !== undefined) return connection.closed ? undefined : connection.flowOf(this);
    for (const flow of this.#datagramFlows.values()) if (flow.id === id) return flow;
    return undefined;
  }

  #listenerFor(target: Target): VirtualListener | undefined {
    return this.listeners.find(
      (listener) =>
        listener.kind === target.kind &&
        listener.address.family === target.remote.family &&
        (target.local === undefined || addressKey(target.local) === addressKey(listener.address)),
    );
  }

  #connect(target: Target, listener: VirtualListener): Flow {
    const local: SocketAddress = { ...listener.address, port: this.#nextPort++ };
    const flow = this.createFlow(target.kind, local, target.remote, listener.address);
    this.#network.connect(this, flow);
    return flow;
  }
}

export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
