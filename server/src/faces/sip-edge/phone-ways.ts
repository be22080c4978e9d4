/**
 * The ways to phones: the flows they registered over, and where a phone is reached when the flow of a dialog is closed, be it that the connection broke or
 * that the process which had it is gone.
 */
import { type Flow, type StoredFlow, type Target, targetOf, type UserAgentOptions } from '@ringdown/sip';
import type { Registrar } from '#services/registrar';
import { hostOf, literalTarget } from './addresses.ts';
import { FlowTable, type FlowTableOptions, type KeepFlow } from './flow-table.ts';
import { lostFlow, type StoredLeg } from './stored-leg.ts';

export type PhoneWaysOptions = FlowTableOptions & Pick<UserAgentOptions, 'flowTo' | 'isOpen'>;

export class PhoneWays {
  readonly #options: PhoneWaysOptions;
  readonly #flows: FlowTable;
  /** The Contact that was registered over a flow, also when that is closed. */
  readonly #registered = new WeakMap<Flow, string>();

  constructor(options: PhoneWaysOptions) {
    this.#options = options;
    this.#flows = new FlowTable({ clock: options.clock, ping: options.ping });
  }

  /** @param token as in a binding. */
  flow(token: string): Flow | undefined {
    return this.#flows.get(Number(token));
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
    if (registered === undefined || hostOf(registered) !== hostOf(uri)) return literalTarget(uri);
    const again = this.#flows.ofContact(registered);
    const isBack = again !== undefined && isOpen(again) && again.remote.address === flow.remote.address;
    return isBack ? targetOf(again) : literalTarget(registered);
  }
}
