/**
 * A stream between two hosts: ordered, reliable, until it breaks (both ends learn of it) or goes half-dead (nobody does, and what is
 * sent vanishes: the state a NAT that forgot, or a phone that lost its network, leaves behind).
 */
import type { Flow, SendOwner, TransportFailure } from '@ringdown/sip';
import type { NetworkOfStreams, StreamHost } from './network-ports.ts';

interface End {
  readonly host: StreamHost;
  readonly flow: Flow;
  /** When the last bytes sent from this end arrive: later ones do not overtake them. */
  arrivalMs: number;
}

interface Queued {
  readonly bytes: Uint8Array;
  readonly owner: SendOwner | null;
}

export class VirtualConnection {
  readonly #network: NetworkOfStreams;
  readonly #near: End;
  #far: End | undefined;
  #queue: Queued[] = [];
  /** The near host knows that the connection stands. */
  #established = false;
  #closed = false;
  #halfDead = false;

  constructor(network: NetworkOfStreams, host: StreamHost, flow: Flow) {
    this.#network = network;
    this.#near = { host, flow, arrivalMs: 0 };
    host.adopt(flow, this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** This connection as one of its hosts sees it. */
  flowOf(host: StreamHost): Flow {
    return this.#far !== undefined && this.#far.host === host ? this.#far.flow : this.#near.flow;
  }

  joins(one: StreamHost, other: StreamHost): boolean {
    const far = this.#far?.host;
    return (this.#near.host === one && far === other) || (this.#near.host === other && far === one);
  }

  /** The far host has accepted. */
  accepted(host: StreamHost, flow: Flow): void {
    this.#far = { host, flow, arrivalMs: 0 };
    host.adopt(flow, this);
    host.onFlowOpened(flow);
  }

  /** The near host has learnt of it: what waited is sent. */
  established(): void {
    if (this.#closed) return;
    this.#established = true;
    this.#near.host.onFlowOpened(this.#near.flow);
    const queue = this.#queue;
    this.#queue = [];
    for (const { bytes } of queue) this.#transmit(this.#near, bytes);
  }

  /** The connection was never made. */
  failed(failure: TransportFailure): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#near.host.forget(this.#near.flow);
    for (const { owner } of this.#queue) owner?.onTransportFailure(failure, this.#near.flow);
    this.#queue = [];
    this.#near.host.onFlowClosed(this.#near.flow, failure);
  }

  send(from: StreamHost, bytes: Uint8Array, owner: SendOwner | null): void {
    if (this.#far !== undefined && this.#far.host === from) this.#transmit(this.#far, bytes);
    else if (this.#established) this.#transmit(this.#near, bytes);
    else this.#queue.push({ bytes, owner });
  }

  /** Both ends learn that it is gone. */
  reset(detail: string): void {
    if (this.#closed) return;
    if (this.#far === undefined) {
      this.failed({ code: 'closed', detail });
      return;
    }
    this.#closed = true;
    const failure: TransportFailure = { code: 'closed', detail };
    for (const { owner } of this.#queue) owner?.onTransportFailure(failure, this.#near.flow);
    this.#queue = [];
    for (const end of [this.#near, this.#far]) {
      end.host.forget(end.flow);
      end.host.onFlowClosed(end.flow, failure);
    }
  }

  /** Neither end learns anything; whatever is sent from now on vanishes. */
  goHalfDead(): void {
    this.#halfDead = true;
  }

  #transmit(from: End, bytes: Uint8Array): void {
    const to = from === this.#near ? (this.#far as End) : this.#near;
    const delayMs = this.#halfDead ? undefined : this.#network.streamDelayBetween(from.host, to.host);
    const nowMs = this.#network.clock.nowMs();
    if (delayMs !== undefined) from.arrivalMs = Math.max(from.arrivalMs, nowMs + delayMs);
    this.#network.trace.entries.push({
      sentMs: nowMs,
      from: from.host.name,
      to: to.host.name,
      kind: from.flow.kind,
      fromAddress: to.flow.remote,
      toAddress: to.flow.local,
      bytes,
      outcome: delayMs === undefined ? 'dead-connection' : 'delivered',
      deliveredMs: delayMs === undefined ? undefined : from.arrivalMs,
    });
    if (delayMs === undefined) return;
    this.#network.later(from.arrivalMs - nowMs, () => {
      if (!this.#closed && !this.#halfDead) to.host.onMessage(bytes, to.flow);
    });
  }
}
