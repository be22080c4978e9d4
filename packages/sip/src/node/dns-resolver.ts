/**
 * {@link DnsResolver} over a resolver of the shape of `node:dns`'s Resolver, which is given (its servers, tries and time-out are the
 * caller's choice). Node tells TTLs of addresses only; for NAPTR and SRV the cache's default holds.
 */
import type { DnsAnswer, DnsRecords, DnsResolver, DnsType } from '../transport/dns.ts';

interface NodeNaptr {
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
  readonly order: number;
  readonly preference: number;
}
type Done<R> = (error: NodeJS.ErrnoException | null, records: R[]) => void;
type Addressed = { readonly address: string; readonly ttl: number };

/** The four methods that are used of `node:dns`'s Resolver. */
export interface NodeDnsLike {
  resolveNaptr(name: string, done: Done<NodeNaptr>): void;
  resolveSrv(name: string, done: Done<{ priority: number; weight: number; port: number; name: string }>): void;
  resolve4(name: string, options: { readonly ttl: true }, done: Done<Addressed>): void;
  resolve6(name: string, options: { readonly ttl: true }, done: Done<Addressed>): void;
}

/** @param post runs the answers as inputs of a turn: SipDriver.post. */
export function createNodeDnsResolver(dns: NodeDnsLike, post: (task: () => void) => void): DnsResolver {
  return {
    query<T extends DnsType>(type: T, name: string, done: (answer: DnsAnswer<T>) => void): void {
      const tell = (answer: unknown) => post(() => done(answer as DnsAnswer<T>));
      const told =
        <R>(convert: (records: R[]) => { records: DnsRecords[DnsType][]; ttlSec?: number }): Done<R> =>
        (error, records) => {
          if (error !== null) tell(failureOf(error, type, name));
          else tell(records.length === 0 ? { outcome: 'none' } : { outcome: 'found', ...convert(records) });
        };
      try {
        if (type === 'NAPTR')
          dns.resolveNaptr(
            name,
            told((records) => ({ records })),
          );
        else if (type === 'SRV')
          dns.resolveSrv(
            name,
            told((records) => ({ records })),
          );
        else if (type === 'A') dns.resolve4(name, { ttl: true }, told(addresses));
        else dns.resolve6(name, { ttl: true }, told(addresses));
      } catch (error) {
        // A name that cannot be asked for at all: too long, empty labels.
        tell({ outcome: 'failed', detail: `DNS ${type} ${name}: ${String(error)}` });
      }
    },
  };
}

function addresses(records: readonly Addressed[]): { records: string[]; ttlSec: number } {
  return { records: records.map(({ address }) => address), ttlSec: Math.min(...records.map(({ ttl }) => ttl)) };
}

function failureOf(error: NodeJS.ErrnoException, type: DnsType, name: string): DnsAnswer {
  // NXDOMAIN and "no such record".
  if (error.code === 'ENOTFOUND' || error.code === 'ENODATA' || error.code === 'EBADNAME') return { outcome: 'none' };
  return { outcome: 'failed', detail: `DNS ${type} ${name}: ${error.code ?? error.message}` };
}
