/** DNS as an argument: what RFC 3263 asks, what a resolver answers. */

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  /** The name to go on with, without a final dot. */
  readonly replacement: string;
}

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Without a final dot; '' is the "." that says: no such service here (RFC 2782). */
  readonly name: string;
}

/** By type of query. A and AAAA give addresses. */
export interface DnsRecords {
  NAPTR: NaptrRecord;
  SRV: SrvRecord;
  A: string;
  AAAA: string;
}

export type DnsType = keyof DnsRecords;

export type DnsAnswer<T extends DnsType = DnsType> =
  | { readonly outcome: 'found'; readonly records: readonly DnsRecords[T][]; readonly ttlSec?: number }
  /** NXDOMAIN, or the name has no such record. */
  | { readonly outcome: 'none'; readonly ttlSec?: number }
  /** No answer in time, SERVFAIL, refused: nothing is known. */
  | { readonly outcome: 'failed'; readonly detail: string };

/** A resolver. `done` is called once, later or at once; a resolver that never calls it is survived. */
export interface DnsResolver {
  query<T extends DnsType>(type: T, name: string, done: (answer: DnsAnswer<T>) => void): void;
}
