/**
 * An IP packet with a UDP datagram around the octets of a message, made from the addresses of its flow: what a capture at the interface would
 * have seen, had all transports been UDP.
 *
 *   IPv4 (RFC 791):  |ver ihl|tos| length |  id  |flags off|ttl|proto|checksum| source (4) | destination (4) |
 *   IPv6 (RFC 8200): |ver class flow label      | length | next | hops | source (16) | destination (16)     |
 *   UDP  (RFC 768):  |source port|destination port| length |checksum|
 */
import { isIPv6 } from 'node:net';
import type { TraceAddress } from './trace-entry.ts';

const udpProtocol = 17;
const udpHeaderBytes = 8;
const maxPacketBytes = 65_535;

export function encodeUdpPacket(from: TraceAddress, to: TraceAddress, payload: Uint8Array): Uint8Array {
  const isSix = isIPv6(withoutZone(from.address)) || isIPv6(withoutZone(to.address));
  const headerBytes = isSix ? 40 : 20;
  const kept = payload.subarray(0, maxPacketBytes - headerBytes - udpHeaderBytes);
  const packet = Buffer.alloc(headerBytes + udpHeaderBytes + kept.length);
  const [source, destination] = [addressBytes(from.address, isSix), addressBytes(to.address, isSix)];
  if (isSix) writeSix(packet, source, destination);
  else writeFour(packet, source, destination);
  const udp = packet.subarray(headerBytes);
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(udp.length, 4);
  udp.set(kept, udpHeaderBytes);
  udp.writeUInt16BE(udpChecksum(source, destination, udp), 6);
  return packet;
}

function writeFour(packet: Buffer, source: Uint8Array, destination: Uint8Array): void {
  packet.writeUInt8(0x45, 0);
  packet.writeUInt16BE(packet.length, 2);
  // Do not fragment.
  packet.writeUInt16BE(0x4000, 6);
  packet.writeUInt8(64, 8);
  packet.writeUInt8(udpProtocol, 9);
  packet.set(source, 12);
  packet.set(destination, 16);
  packet.writeUInt16BE(~foldSum(sumWords(packet.subarray(0, 20))) & 0xffff, 10);
}

function writeSix(packet: Buffer, source: Uint8Array, destination: Uint8Array): void {
  packet.writeUInt8(0x60, 0);
  packet.writeUInt16BE(packet.length - 40, 4);
  packet.writeUInt8(udpProtocol, 6);
  packet.writeUInt8(64, 7);
  packet.set(source, 8);
  packet.set(destination, 24);
}

/** RFC 768 over the pseudo header (RFC 8200 §8.1); a sum of 0 is sent as all ones. */
function udpChecksum(source: Uint8Array, destination: Uint8Array, udp: Uint8Array): number {
  const sum = sumWords(source) + sumWords(destination) + udpProtocol + udp.length + sumWords(udp);
  return ~foldSum(sum) & 0xffff || 0xffff;
}

function sumWords(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  return sum;
}

function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}

/** 4 or 16 octets; an IPv4 address among IPv6 ones is mapped (RFC 4291 §2.5.5.2), what is no address becomes the unspecified one. */
export function addressBytes(text: string, isSix: boolean): Uint8Array {
  const address = withoutZone(text);
  if (!isSix) return fourBytes(address) ?? new Uint8Array(4);
  const four = fourBytes(address);
  if (four !== undefined) return Uint8Array.of(...mappedPrefix, ...four);
  return isIPv6(address) ? sixBytes(address) : new Uint8Array(16);
}

export function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;

function fourBytes(address: string): Uint8Array | undefined {
  const parts = address.split('.').map(Number);
  const isFour = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isFour ? Uint8Array.from(parts) : undefined;
}

function sixBytes(address: string): Uint8Array {
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = Array.from({ length: Math.max(0, 16 - before.length - after.length) }, () => 0);
  return Uint8Array.from([...before, ...zeros, ...after]);
}

/** `2001:db8`, and `ffff:192.0.2.1` with its dotted end. */
function groupsOf(text: string): number[] {
  return text.split(':').flatMap((group) => {
    if (group === '') return [];
    if (group.includes('.')) return [...(fourBytes(group) ?? [0, 0, 0, 0])];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
