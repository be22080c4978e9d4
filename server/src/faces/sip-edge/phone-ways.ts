/**
 * The ways to phones: the flows they registered over, and where a phone is reached when the flow of a dialog is closed, be it that the connection broke or
 * that the process which had it is gone.
 */
import {
  type Flow,
  type ProxyTarget,
  parseNameAddr,
  type StoredFlow,
  type Target,
  targetOf,
  type UserAgentOptions,
} from '@ringdown/sip';
import type { DeviceWay, LegDestination } from '#engine/calls';
import type { Registrar } from '#services/registrar';
import { hostOf, literalTarget } from './addresses.ts';
import { FlowTable, type FlowTableOptions, type KeepFlow } from './flow-table.ts';
import { lostFlow, type StoredLeg } from './stored-leg.ts';

export type PhoneWaysOptions = FlowTableOptions & Pick<UserAgentOptions, 'flowTo' | 'isOpen'>;

/** Where a request for a phone goes, and how. */
export interface PhonePlace {
  readonly uri: string;
  readonly route: readonly string[];
  readonly target: Target;
  /** Other ways to the same device. */
  readonly instead?: readonly PhonePlace[];
}

/** One registered device. */
export type BoundTo = LegDestination & { readonly kind: 'binding' };

export class PhoneWays {
  readonly #options: PhoneWaysOptions;
  readonly #flows: FlowTable;
  /** The Contact that was registered over a flow, also when that is closed. */
  readonly #registered = new WeakMap<Flow, string>();

  constructor(options: PhoneWaysOptions) {
    this.#options = options;
    this.#flows = new FlowTable({ clock: options.clock, ping: options.ping });
  }

  /** A device, by the ways to it that can be had. */
  placeOfDevice({ instead, ...first }: BoundTo): PhonePlace | undefined {
    const place = this.placeOf(first);
    if (instead === undefined) return place;
    const others = instead.map((way) => this.placeOf(way));
    const [best, ...more] = [place, ...others].filter((one) => one !== undefined);
    return best === undefined ? undefined : { ...best, instead: more };
  }

  /** @param token as in a binding. Whether a connection stands by which its phone is reached. */
  isConnected(token: string): boolean {
    return this.#openFlow(token)?.reliable === true;
  }

  /** By the flow that is open; else (RFC 3327 §5.2, RFC 3261 §16.6 step 7) the first hop of the Path, else the Contact itself, where that is an address. */
  placeOf({ contactUri: uri, path: route, flow: token }: DeviceWay): PhonePlace | undefined {
    const flow = this.#openFlow(token);
    const target = flow === undefined ? literalTarget(parseNameAddr(route[0] ?? '')?.uriText ?? uri) : targetOf(flow);
    return target === undefined ? undefined : { uri, route, target };
  }

  /** The same for what a proxy carries: RFC 3263 finds what is no address. */
  carryTo({ instead, ...first }: BoundTo): ProxyTarget {
    const target = this.#carryBy(first);
    return instead === undefined ? target : { ...target, instead: instead.map((way) => this.#carryBy(way)) };
  }

  #carryBy(way: DeviceWay): ProxyTarget {
    const { contactUri: uri, path: route } = way;
    const flow = this.#openFlow(way.flow);
    if (flow !== undefined) return { uri, route, flow };
    const place = this.placeOf(way);
    return place === undefined ? { uri, route } : { uri, route, targets: [place.target] };
  }

  /** @param token as in a binding. */
  #openFlow(token: string): Flow | undefined {
    const flow = this.#flows.get(Number(token));
    return flow !== undefined && this.#options.isOpen(flow) ? flow : undefined;
  }

  registeredOver(flow: Flow): string | null {
    return this.#registered.get(flow) ?? null;
  }

  closed(flow: Flow): void {
    this.#flows.drop(flow);
  }

  keep(flow: Flow, kept: KeepFlow): void {
    this.#flows.keep(flow, kept);
    if (kept.contact !== undefined) this.#registered.set(flow, kept.contact);
  }

  /** The ways to phones that registered with an earlier process. A connection is gone: its phone comes back, or can be connected to. */
  remake(registrar: Registrar): void {
    const { flowTo } = this.#options;
    const at = (address: string, port: number) => ({ family: address.includes(':') ? 6 : 4, address, port }) as const;
    registrar.remakeFlows((stored, { expiresSec: forSec, keepAliveSec: pingSec, contact }) => {
      const { kind, remoteAddress, remotePort, localAddress, localPort } = stored;
      if (kind !== 'udp') return undefined;
      const flow = flowTo({ kind, remote: at(remoteAddress, remotePort), local: at(localAddress, localPort) });
      if (flow !== undefined) this.keep(flow, { forSec, pingSec, contact });
      return flow?.id;
    });
  }

  /** The way to a peer of an earlier process: over UDP the same, a connection is gone. */
  again({ kind, remote, local }: StoredFlow, { address, registered }: Pick<StoredLeg, 'address' | 'registered'>): Flow {
    const { flowTo } = this.#options;
    const again = kind === 'udp' ? (flowTo({ kind, remote, local }) ?? flowTo({ kind, remote })) : undefined;
    const flow = again ?? lostFlow({ kind, remote, local }, address);
    if (registered !== null) this.#registered.set(flow, registered);
    return flow;
  }

  /**
   * Where a request in a dialog goes whose flow is closed, or does not count: to a phone by the connection that it has come back over, else by what it is
   * registered with. Interop: a phone may put the port of its own end of a connection into the Contact of a dialog, where nobody listens.
   */
  nextHop(uri: string, flow: Flow): Target | undefined {
    const { isOpen } = this.#options;
    const registered = isOpen(flow) ? undefined : this.#registered.get(flow);
    // A GRUU says whose it is and not where (RFC 5627 §4.4).
    const isIts = registered !== undefined && (hostOf(registered) === hostOf(uri) || uri.includes(';gr'));
    if (!isIts) return literalTarget(uri);
    const again = this.#flows.ofContact(registered);
    const isBack = again !== undefined && isOpen(again) && again.remote.address === flow.remote.address;
    return isBack ? targetOf(again) : literalTarget(registered);
  }
}
