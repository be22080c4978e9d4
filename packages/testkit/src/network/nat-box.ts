/**
 * A NAT between inner hosts and the rest: one outer address, a mapping per inner socket (or, symmetric, per inner socket and
 * destination) that times out when nothing goes out through it.
 *
 * Leaves out: hairpinning settings (always on), port preservation, and SIP rewriting (an ALG).
 */
import type { SocketAddress } from '@ringdown/sip';

/** RFC 4787 §5 filtering and §4.1 mapping, under the names people use. */
export type NatKind = 'full-cone' | 'address-restricted' | 'port-restricted' | 'symmetric';

export interface NatSettings {
  readonly kind: NatKind;
  /** Default 30 s. */
  readonly mappingTimeoutMs?: number;
  readonly firstPort?: number;
}

interface Mapping {
  readonly inner: SocketAddress;
  readonly outerPort: number;
  lastOutMs: number;
  /** Who was sent to: "address" and "address:port". */
  readonly permitted: Set<string>;
}

export function addressKey(address: SocketAddress): string {
  return `${address.address}|${address.port}`;
}

export class NatBox {
  readonly outerAddress: string;
  readonly #settings: NatSettings;
  readonly #byInner = new Map<string, Mapping>();
  readonly #byPort = new Map<number, Mapping>();
  #nextPort: number;

  constructor(outerAddress: string, settings: NatSettings) {
    this.outerAddress = outerAddress;
    this.#settings = settings;
    this.#nextPort = settings.firstPort ?? 40_000;
  }

  /** Drops all mappings, as a reboot of the box does. */
  reset(): void {
    this.#byInner.clear();
    this.#byPort.clear();
  }

  /** A datagram leaves: the source address the rest of the world sees. */
  translateOut(inner: SocketAddress, to: SocketAddress, nowMs: number): SocketAddress {
    const key = this.#settings.kind === 'symmetric' ? `${addressKey(inner)}>${addressKey(to)}` : addressKey(inner);
    let mapping = this.#byInner.get(key);
    if (mapping === undefined || this.#expired(mapping, nowMs)) {
      if (mapping !== undefined) this.#byPort.delete(mapping.outerPort);
      mapping = { inner, outerPort: this.#nextPort++, lastOutMs: nowMs, permitted: new Set() };
      this.#byInner.set(key, mapping);
      this.#byPort.set(mapping.outerPort, mapping);
    }
    mapping.lastOutMs = nowMs;
    mapping.permitted.add(to.address).add(addressKey(to));
    return { family: inner.family, address: this.outerAddress, port: mapping.outerPort };
  }

  /** A datagram comes to an outer port: the inner socket, or undefined when it is dropped. */
  translateIn(outerPort: number, from: SocketAddress, nowMs: number): SocketAddress | undefined {
    const mapping = this.#byPort.get(outerPort);
    if (mapping === undefined || this.#expired(mapping, nowMs)) return undefined;
    switch (this.#settings.kind) {
      case 'full-cone':
        return mapping.inner;
      case 'address-restricted':
        return mapping.permitted.has(from.address) ? mapping.inner : undefined;
      case 'port-restricted':
      case 'symmetric':
        return mapping.permitted.has(addressKey(from)) ? mapping.inner : undefined;
    }
  }

  #expired(mapping: Mapping, nowMs: number): boolean {
    return nowMs - mapping.lastOutMs > (this.#settings.mappingTimeoutMs ?? 30_000);
  }
}
