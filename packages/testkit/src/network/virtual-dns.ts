/** A resolver in virtual time: a zone that tests write, a delay, and the ways in which DNS fails. Records every query. */
import type { DnsAnswer, DnsRecords, DnsResolver, DnsType, SrvRecord } from '@ringdown/sip';
import type { VirtualClock } from '../clock/virtual-clock.ts';

export class VirtualDns implements DnsResolver {
  /** "SRV _sip._udp.example.com" and so on, in order. */
  readonly queries: string[] = [];
  delayMs = 20;
  /** 'silent': never answers. 'failing': SERVFAIL. */
  mode: 'normal' | 'silent' | 'failing' = 'normal';
  readonly #clock: VirtualClock;
  readonly #zone = new Map<string, { readonly records: unknown[]; readonly ttlSec: number }>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  set<T extends DnsType>(type: T, name: string, records: DnsRecords[T][], ttlSec = 300): this {
    this.#zone.set(`${type} ${name}`, { records, ttlSec });
    return this;
  }

  remove(type: DnsType, name: string): void {
    this.#zone.delete(`${type} ${name}`);
  }

  /** An SRV set of rows [priority, weight, port, name]. */
  srv(name: string, ...rows: readonly (readonly [number, number, number, string])[]): this {
    const records: SrvRecord[] = rows.map(([priority, weight, port, target]) => ({
      priority,
      weight,
      port,
      name: target,
    }));
    return this.set('SRV', name, records);
  }

  /** A NAPTR set of rows [order, preference, service, replacement]. */
  naptr(name: string, ...rows: readonly (readonly [number, number, string, string])[]): this {
    const records = rows.map(([order, preference, service, replacement]) => {
      return { order, preference, flags: 's', service, replacement };
    });
    return this.set('NAPTR', name, records);
  }

  a(name: string, ...addresses: string[]): this {
    return this.set('A', name, addresses);
  }

  query<T extends DnsType>(type: T, name: string, done: (answer: DnsAnswer<T>) => void): void {
    this.queries.push(`${type} ${name}`);
    if (this.mode === 'silent') return;
    const entry = this.#zone.get(`${type} ${name}`);
    let answer: DnsAnswer<T>;
    if (this.mode === 'failing') answer = { outcome: 'failed', detail: 'SERVFAIL' };
    else if (entry === undefined) answer = { outcome: 'none', ttlSec: 60 };
    else answer = { outcome: 'found', records: entry.records as DnsRecords[T][], ttlSec: entry.ttlSec };
    this.#clock.arm(this.delayMs, { onTimer: () => done(answer) }, 0);
  }
}
