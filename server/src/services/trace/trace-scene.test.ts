/** What the tests of trace share: messages of a call as bytes, and entries made of them. */
import type { CallId, LegId } from '#base/ids';
import type { TracedCall, TraceEntry, TraceFlow } from './index.ts';
import { mergeLegs } from './trace-entry.ts';

export const startUtcMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const callId = 'call_01kdz2j7ry0000000000000000' as CallId;
export const legA = 'leg_01kdz2j7ry0000000000000001' as LegId;
export const legB = 'leg_01kdz2j7ry0000000000000002' as LegId;

export const sdp = (types = '0 8 101', lines = '') =>
  `v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP ${types}\r\n` +
  `a=rtpmap:101 telephone-event/8000\r\n${lines}`;

export function flowTo(remote: string, port = 5060, kind: TraceFlow['kind'] = 'udp'): TraceFlow {
  const local = remote.includes(':') ? '2001:db8::1' : '192.0.2.1';
  return { kind, local: { address: local, port: 5060 }, remote: { address: remote, port } };
}

export interface Sketch {
  /** Request: `INVITE 102`. Response: `200 OK INVITE`. */
  readonly start: string;
  readonly sipCallId: string;
  readonly from?: string;
  readonly to?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

export function messageOf({ start, sipCallId, from = '101', to = '102', headers = [], body = '' }: Sketch): Uint8Array {
  const response = /^(\d{3}) (.*) (\S+)$/.exec(start);
  const [method = '', user = to] = start.split(' ');
  const lines = [
    response === null ? `${method} sip:${user}@a.test SIP/2.0` : `SIP/2.0 ${response[1]} ${response[2]}`,
    `Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1`,
    `From: "A" <sip:${from}@a.test>;tag=1`,
    `To: <sip:${to}@a.test>`,
    `Call-ID: ${sipCallId}`,
    `CSeq: 1 ${response?.[3] ?? method}`,
    ...headers,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** `> ` out, `< ` in, seen from us; the rest of the row is when, with whom, and what. */
export type Row = readonly [arrow: '<' | '>', atMs: number, flow: TraceFlow, message: Sketch];

export function entriesOf(rows: readonly Row[]): TraceEntry[] {
  return rows.map(([arrow, atMs, flow, message], index) => ({
    n: index + 1,
    direction: arrow === '<' ? 'in' : 'out',
    utcMs: startUtcMs + atMs,
    monotonicMs: 5000 + atMs,
    flow,
    sipCallId: message.sipCallId,
    bytes: messageOf(message),
    failure: null,
  }));
}

export function callOf(entries: readonly TraceEntry[]): TracedCall {
  const ids = [...new Set(entries.map(({ sipCallId }) => sipCallId))];
  const legs = [legA, legB];
  return mergeLegs(
    ids.map((sipCallId, index) => ({
      leg: { sipCallId, callId, legId: legs[index] ?? null },
      entries: entries.filter((entry) => entry.sipCallId === sipCallId),
      dropped: 0,
    })),
  );
}
