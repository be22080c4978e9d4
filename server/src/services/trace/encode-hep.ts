/**
 * One message as a HEP3 packet (the Homer Encapsulation Protocol, version 3), for Homer and other collectors.
 *
 *    0        4        6                 per chunk:  0        2        4        6
 *    +--------+--------+----------+                  +--------+--------+--------+---------+
 *    | "HEP3" | length | chunks   |                  | vendor | type   | length | value   |
 *    +--------+--------+----------+                  +--------+--------+--------+---------+
 *
 * All numbers big endian, lengths with their own head. Leaves out: compressed payloads, other vendors' chunks.
 */
import { addressBytes, withoutZone } from './ip-packet.ts';
import type { TraceEntry } from './trace-entry.ts';

export interface HepOptions {
  /** Tells the collector which of its senders we are. */
  readonly agentId: number;
  /** What the collector wants to know its senders by. */
  readonly key?: string;
}

const chunkTypes = {
  family: 1,
  protocol: 2,
  sourceFour: 3,
  destinationFour: 4,
  sourceSix: 5,
  destinationSix: 6,
  sourcePort: 7,
  destinationPort: 8,
  seconds: 9,
  microseconds: 10,
  payloadKind: 11,
  agentId: 12,
  key: 14,
  payload: 15,
  correlation: 17,
} as const;

const sipPayload = 1;
const maxPayloadBytes = 64_000;

export function encodeHep(entry: TraceEntry, { agentId, key }: HepOptions): Uint8Array {
  const { flow, direction, utcMs, bytes, sipCallId } = entry;
  const [from, to] = direction === 'in' ? [flow.remote, flow.local] : [flow.local, flow.remote];
  const isSix = withoutZone(from.address).includes(':') || withoutZone(to.address).includes(':');
  const micros = Math.floor(utcMs * 1000);
  const chunks = [
    chunk(chunkTypes.family, number(isSix ? 10 : 2, 1)),
    chunk(chunkTypes.protocol, number(flow.kind === 'udp' ? 17 : 6, 1)),
    chunk(isSix ? chunkTypes.sourceSix : chunkTypes.sourceFour, addressBytes(from.address, isSix)),
    chunk(isSix ? chunkTypes.destinationSix : chunkTypes.destinationFour, addressBytes(to.address, isSix)),
    chunk(chunkTypes.sourcePort, number(from.port, 2)),
    chunk(chunkTypes.destinationPort, number(to.port, 2)),
    chunk(chunkTypes.seconds, number(Math.floor(micros / 1e6), 4)),
    chunk(chunkTypes.microseconds, number(micros % 1e6, 4)),
    chunk(chunkTypes.payloadKind, number(sipPayload, 1)),
    chunk(chunkTypes.agentId, number(agentId, 4)),
    ...(key === undefined ? [] : [chunk(chunkTypes.key, Buffer.from(key, 'utf8'))]),
    chunk(chunkTypes.correlation, Buffer.from(sipCallId.slice(0, 255), 'utf8')),
    chunk(chunkTypes.payload, bytes.subarray(0, maxPayloadBytes)),
  ];
  const head = Buffer.alloc(6);
  head.write('HEP3', 0, 'latin1');
  head.writeUInt16BE(
    chunks.reduce((sum, one) => sum + one.length, head.length),
    4,
  );
  return new Uint8Array(Buffer.concat([head, ...chunks]));
}

function chunk(type: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(head.length + value.length, 4);
  return Buffer.concat([head, value]);
}

function number(value: number, sizeBytes: 1 | 2 | 4): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.writeUIntBE(value, 0, sizeBytes);
  return bytes;
}
