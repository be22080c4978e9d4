/** What is traced: messages as they were on the wire, and sends that failed; and a call's worth of them. */
import type { CallId, LegId } from '#base/ids';

export interface TraceAddress {
  /** Without brackets. */
  readonly address: string;
  readonly port: number;
}

/** What a message came over or left by; a flow of the SIP stack fits. */
export interface TraceFlow {
  readonly kind: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  readonly local: TraceAddress;
  readonly remote: TraceAddress;
}

export interface TraceInput {
  readonly direction: 'in' | 'out';
  readonly utcMs: number;
  readonly monotonicMs: number;
  readonly flow: TraceFlow;
  /** The message's Call-ID header. */
  readonly callId: string;
  /** Copied: the caller may reuse them. */
  readonly bytes: Uint8Array;
  /** Why a message that came could not be read. */
  readonly failure?: TraceFailure | null;
}

export interface TraceFailure {
  /** The transport's or the parser's code: `tls`, `refused`, `malformed-header` … */
  readonly code: string;
  /** For people: the socket's or TLS's own words, the header at fault. Never a secret. */
  readonly detail: string;
}

/** A message that could not be sent, or a connection that could not be made for it. */
export interface TraceFailureInput extends Omit<TraceInput, 'direction' | 'bytes' | 'failure'>, TraceFailure {}

export interface TraceEntry {
  /** Order of arrival: rises by one with each entry, and a new process begins above those of the one before. */
  readonly n: number;
  readonly direction: 'in' | 'out';
  readonly utcMs: number;
  readonly monotonicMs: number;
  readonly flow: TraceFlow;
  readonly sipCallId: string;
  /** Empty for a send that failed. */
  readonly bytes: Uint8Array;
  readonly failure: TraceFailure | null;
}

/** One SIP dialog of a call, or one that never became a call. */
export interface TracedLeg {
  readonly sipCallId: string;
  readonly callId: CallId | null;
  readonly legId: LegId | null;
}

/** All legs of a call, their entries merged in the order they happened. */
export interface TracedCall {
  /** Null where no call was made of it: a refused INVITE, a REGISTER. */
  readonly callId: CallId | null;
  readonly legs: readonly TracedLeg[];
  readonly entries: readonly TraceEntry[];
  /** Entries that had to give way to the limits. */
  readonly dropped: number;
}

/** The parts as one call: entries sorted, what was dropped added up. */
export function mergeLegs(
  parts: readonly { readonly leg: TracedLeg; readonly entries: readonly TraceEntry[]; readonly dropped: number }[],
): TracedCall {
  const entries = parts.flatMap((part) => part.entries);
  return {
    callId: parts.find(({ leg }) => leg.callId !== null)?.leg.callId ?? null,
    legs: parts.map(({ leg }) => leg),
    entries: entries.sort((a, b) => a.n - b.n),
    dropped: parts.reduce((sum, part) => sum + part.dropped, 0),
  };
}

/** The same entry with other octets. */
export function withBytes(entry: TraceEntry, bytes: Uint8Array): TraceEntry {
  const { n, direction, utcMs, monotonicMs, flow, sipCallId, failure } = entry;
  return { n, direction, utcMs, monotonicMs, flow, sipCallId, bytes, failure };
}
