/** What passes between the control thread and the storage worker: batches of calls one way, batches of answers the other. */
import type { RecordKind } from '#services/configuration';

/** A port and which of the two database files holds it; `both`: the files themselves, outside of any transaction. */
export const portHomes = {
  configuration: 'durable',
  outbox: 'durable',
  cdrs: 'durable',
  bindings: 'live',
  files: 'both',
} as const;
export type PortName = keyof typeof portHomes;
export type Home = Exclude<(typeof portHomes)[PortName], 'both'>;

/** Nobody waits for these (the append log keeps what they carry), so they gather for a moment and share one wait for the disk. */
export const unhurried: ReadonlySet<string> = new Set(['cdrs insert']);

/** The bindings of an AOR as JSON; empty: none. */
export type BindingRow = readonly [tenant: string, aor: string, body: string];

/** A record of a call and its events as JSON. */
export interface CdrRow {
  readonly columns: readonly [
    tenant: string,
    callId: string,
    startUtcMs: number,
    fromUser: string,
    toUser: string,
    outcome: string,
    causeCode: string,
    summary: string,
    graph: string,
  ];
  readonly events: readonly OutboxRow[];
}

export type OutboxRow = readonly [tenant: string, event: string];

export interface StorageCall {
  readonly id: number;
  readonly port: PortName;
  readonly verb: string;
  readonly args: readonly unknown[];
}

export type StorageAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: StorageFailure };

/** An error as data: errors lose their class on the way between threads. */
export interface StorageFailure {
  readonly code: string;
  readonly fault: 'caller' | 'upstream' | 'us' | 'unknown';
  readonly retry: 'never' | 'now' | 'later';
  readonly message: string;
}

export type ToWorker =
  | { readonly open: WorkerOptions }
  | { readonly calls: readonly StorageCall[] }
  | { readonly close: true };

export type FromWorker =
  | { readonly opened: true }
  | { readonly refused: StorageFailure }
  | { readonly answers: readonly StorageAnswer[] }
  | { readonly closed: true };

export interface WorkerOptions {
  readonly durableFile: string;
  readonly liveFile: string;
  readonly kinds: readonly RecordKind[];
  readonly nowUtcMs: number;
}
