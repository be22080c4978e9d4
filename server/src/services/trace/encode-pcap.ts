/**
 * A call as a pcap file that Wireshark, tshark and sngrep open. Link type RAW (101): each packet begins with its IP header. Interop: messages of TCP,
 * TLS and WebSocket flows stand as UDP datagrams between the same addresses, since there were no segments to show.
 *
 *    0        4    6    8       12      16       20     24
 *    +--------+----+----+-------+-------+--------+------+   file header, little endian:
 *    | magic  |2   |4   | 0     | 0     | snaplen| link |   magic a1b2c3d4: times in microseconds
 *    +--------+----+----+-------+-------+--------+------+
 *    | seconds| microsec| kept  | length| packet ...         before each packet
 *    +--------+---------+-------+-------+
 */
import { encodeUdpPacket } from './ip-packet.ts';
import type { TraceEntry } from './trace-entry.ts';

const linkTypeRaw = 101;

export function encodePcap(entries: readonly TraceEntry[]): Uint8Array {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(linkTypeRaw, 20);
  return new Uint8Array(Buffer.concat([head, ...entries.flatMap(packetOf)]));
}

function packetOf({ direction, flow, bytes, utcMs }: TraceEntry): Uint8Array[] {
  // A send that failed was on no wire.
  if (bytes.length === 0) return [];
  const [from, to] = direction === 'in' ? [flow.remote, flow.local] : [flow.local, flow.remote];
  const packet = encodeUdpPacket(from, to, bytes);
  const micros = Math.floor(utcMs * 1000);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(Math.floor(micros / 1e6), 0);
  head.writeUInt32LE(micros % 1e6, 4);
  head.writeUInt32LE(packet.length, 8);
  head.writeUInt32LE(packet.length, 12);
  return [head, packet];
}
