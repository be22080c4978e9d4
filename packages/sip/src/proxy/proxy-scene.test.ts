/** Proxies on the virtual network: a host with a transaction layer and a stateful proxy; who decides is the test's. */
import { createNodeHasher } from '@ringdown/sip/node';
import {
  familyOf,
  SeededRandom,
  VirtualClock,
  VirtualDns,
  type VirtualHost,
  VirtualNetwork,
  type VirtualNetworkOptions,
} from '@ringdown/testkit';
import { TransactionLayer } from '../transaction/transaction-layer.ts';
import { DnsCache } from '../transport/dns-cache.ts';
import type { Target, TransportKind } from '../transport/flow.ts';
import { ServerLocator } from '../transport/locate-server.ts';
import { createProxy, type StatefulProxy } from './proxy.ts';
import type { Proxied, ProxyOptions } from './proxy-port.ts';

export interface ProxyHostOptions
  extends Partial<Omit<ProxyOptions, 'clock' | 'random' | 'transactions' | 'handlers'>> {
  readonly kinds?: readonly TransportKind[];
  readonly addresses?: readonly string[];
  readonly dns?: VirtualDns;
  readonly authorize?: ProxyOptions['handlers']['authorize'];
  readonly admitsAck?: ProxyOptions['handlers']['admitsAck'];
}

export class ProxyHost {
  readonly host: VirtualHost;
  readonly layer: TransactionLayer;
  readonly proxy: StatefulProxy;
  readonly dns: VirtualDns;
  readonly address: string;
  /** What was asked of the decider. */
  readonly asked: Proxied[] = [];
  /** Default: to where the Request-URI says. */
  decide: (proxied: Proxied) => void = (proxied) => proxied.forward();

  constructor(network: VirtualNetwork, name: string, address: string, options: ProxyHostOptions = {}) {
    const { kinds = ['udp', 'tcp'], addresses = [address], dns, authorize, admitsAck, ...more } = options;
    const { clock } = network;
    const random = new SeededRandom(Number(address.replace(/\D/g, '').slice(-6)) + name.charCodeAt(1));
    this.address = address;
    this.dns = dns ?? new VirtualDns(clock);
    this.host = network.host(name, { addresses });
    for (const kind of kinds) for (const one of addresses) this.host.listen(kind, kind === 'tls' ? 5061 : 5060, one);
    this.layer = new TransactionLayer({
      clock,
      random,
      transport: this.host,
      rejectMerged: false,
      timers: { tryingMs: 0 },
      user: {
        onRequest: (transaction) => this.proxy.onRequest(transaction),
        onAck: (ack, flow) => this.proxy.onAck(ack, flow),
        onStrayResponse: (response, flow) => this.proxy.onStrayResponse(response, flow),
      },
    });
    this.proxy = createProxy({
      clock,
      random,
      transactions: this.layer,
      hasher: createNodeHasher(),
      locator: new ServerLocator({ cache: new DnsCache(this.dns, clock), clock, random }),
      flowTo: (target) => this.host.flowTo(target),
      isOwn: (host, port = 5060) => addresses.includes(host) && (port === 5060 || port === 5061),
      ...more,
      handlers: {
        onRequest: (proxied) => {
          this.asked.push(proxied);
          this.decide(proxied);
        },
        ...(authorize === undefined ? {} : { authorize }),
        ...(admitsAck === undefined ? {} : { admitsAck }),
      },
    });
    this.host.onMessage = (bytes, flow) => this.layer.receiveBytes(bytes, flow);
    this.host.onFlowClosed = (flow, failure) => this.layer.flowClosed(flow, failure);
  }

  target(kind: TransportKind = 'udp', address = this.address): Target {
    return { kind, remote: { family: familyOf(address), address, port: kind === 'tls' ? 5061 : 5060 } };
  }
}

export function newNetwork(options: Partial<VirtualNetworkOptions> = {}): {
  clock: VirtualClock;
  network: VirtualNetwork;
} {
  const clock = new VirtualClock();
  return { clock, network: new VirtualNetwork({ clock, seed: 7, ...options }) };
}

/** In a dialog by its route; anything new to the places given. */
export function towards(...places: readonly (string | { readonly uri: string; readonly q: number })[]) {
  return (proxied: Proxied): void => {
    if (proxied.request.to.tag !== undefined) proxied.forward();
    else proxied.forward(places.map((place) => (typeof place === 'string' ? { uri: place } : place)));
  };
}
