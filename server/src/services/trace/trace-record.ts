/**
 * One line of a trace file: JSON, either an entry {n, d, u, m, f, c, t | b, x, o} or a binding {bind, call, leg}. Text where the message is UTF-8,
 * else base 64. `o` names the opening of a dialog (method and users), so that a search need not read messages. Lines of later versions that
 * cannot be read are passed over.
 */
import { isUtf8 } from 'node:buffer';
import type { CallId, LegId } from '#base/ids';
import { type Opening, openingOf } from './message-ring.ts';
import type { TracedLeg, TraceEntry, TraceFlow } from './trace-entry.ts';

export type TraceRecord =
  | { readonly kind: 'entry'; readonly entry: TraceEntry; readonly opening: Opening | undefined }
  | { readonly kind: 'binding'; readonly leg: TracedLeg & { readonly callId: CallId; readonly legId: LegId } };

interface EntryLine {
  readonly n: number;
  readonly d: 'in' | 'out';
  readonly u: number;
  readonly m: number;
  readonly f: readonly [TraceFlow['kind'], string, number, string, number];
  readonly c: string;
  readonly t?: string;
  readonly b?: string;
  readonly x?: { readonly code: string; readonly detail: string };
  readonly o?: readonly string[];
}

export function formatEntry(entry: TraceEntry): string {
  const { n, direction, utcMs, monotonicMs, flow, sipCallId, failure } = entry;
  const bytes = Buffer.from(entry.bytes.buffer, entry.bytes.byteOffset, entry.bytes.byteLength);
  const opening = openingOf([entry]);
  const line: EntryLine = {
    n,
    d: direction,
    u: utcMs,
    m: Math.round(monotonicMs * 1000) / 1000,
    f: [flow.kind, flow.local.address, flow.local.port, flow.remote.address, flow.remote.port],
    c: sipCallId,
    ...(isUtf8(bytes) ? { t: bytes.toString('utf8') } : { b: bytes.toString('base64') }),
    ...(failure === null ? {} : { x: failure }),
    ...(opening === undefined ? {} : { o: [opening.method, ...opening.users] }),
  };
  return `${JSON.stringify(line)}\n`;
}

export function formatBinding(sipCallId: string, callId: CallId, legId: LegId): string {
  return `${JSON.stringify({ bind: sipCallId, call: callId, leg: legId })}\n`;
}

/** Undefined for a line that was torn, or is none of ours. */
export function parseRecord(line: string): TraceRecord | undefined {
  try {
    const read = JSON.parse(line) as EntryLine & { readonly bind?: string; readonly call: CallId; readonly leg: LegId };
    if (read.bind !== undefined)
      return { kind: 'binding', leg: { sipCallId: read.bind, callId: read.call, legId: read.leg } };
    return { kind: 'entry', entry: toEntry(read), opening: toOpening(read.o) };
  } catch {
    return undefined;
  }
}

function toEntry({ n, d, u, m, f, c, t, b, x }: EntryLine): TraceEntry {
  const [kind, localAddress, localPort, remoteAddress, remotePort] = f;
  return {
    n,
    direction: d,
    utcMs: u,
    monotonicMs: m,
    flow: {
      kind,
      local: { address: localAddress, port: localPort },
      remote: { address: remoteAddress, port: remotePort },
    },
    sipCallId: c,
    bytes: new Uint8Array(b === undefined ? Buffer.from(t ?? '', 'utf8') : Buffer.from(b, 'base64')),
    failure: x ?? null,
  };
}

function toOpening(o: readonly string[] | undefined): Opening | undefined {
  const [method, ...users] = o ?? [];
  return method === undefined ? undefined : { method, users };
}
