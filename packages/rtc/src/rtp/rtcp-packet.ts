/**
 * RTCP compound packets, RFC 3550 §6: walking, reading and writing in place, nothing is allocated.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|   RC    |      PT       |    length in words, minus 1   |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                        SSRC of sender                         |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    | SR only (§6.4.1): NTP seconds, NTP fraction, RTP timestamp,   |
 *    |                   sender's packet count, sender's octet count |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    | report blocks of 6 words, RC of them                          |
 *    |   SSRC; fraction lost, cumulative lost; highest sequence;     |
 *    |   jitter; last SR; delay since last SR                        |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Leaves out: XR (RFC 3611), profile extensions after the report blocks.
 */
import { readInt32, readUint16, writeInt32, writeUint16 } from './rtp-packet.ts';

export const rtcpType = { SR: 200, RR: 201, SDES: 202, BYE: 203, APP: 204, RTPFB: 205, PSFB: 206, XR: 207 } as const;

export const reportBlockBytes = 24;
const headerBytes = 4;
const senderInfoBytes = 20;

/** Octets of the packet at `at`, its header included. */
export function rtcpPacketBytes(bytes: Uint8Array, at: number): number {
  return headerBytes + 4 * readUint16(bytes, at + 2);
}

export function rtcpPacketType(bytes: Uint8Array, at: number): number {
  return bytes[at + 1] as number;
}

/** Report count, source count or feedback message type: the low five bits. */
export function rtcpCount(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) & 0x1f;
}

/** Of SR, RR, APP, feedback; the first of a BYE. */
export function rtcpSenderSsrc(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at + 4);
}

/**
 * Whether these octets are a compound packet: versions, lengths, and each packet long enough for its type. RFC 3550 §A.2 also asks that SR
 * or RR come first; reduced size (RFC 5506) drops that, and so do we.
 */
export function isRtcpCompound(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 8) return false;
  let at = offset;
  const end = offset + length;
  while (at < end) {
    if (at + headerBytes > end || ((bytes[at] as number) & 0xc0) !== 0x80) return false;
    const size = rtcpPacketBytes(bytes, at);
    if (at + size > end || size < leastBytes(bytes, at)) return false;
    at += size;
  }
  const type = rtcpPacketType(bytes, offset);
  return type >= 192 && type <= 223;
}

function leastBytes(bytes: Uint8Array, at: number): number {
  const count = rtcpCount(bytes, at);
  switch (rtcpPacketType(bytes, at)) {
    case rtcpType.SR:
      return 8 + senderInfoBytes + count * reportBlockBytes;
    case rtcpType.RR:
      return 8 + count * reportBlockBytes;
    case rtcpType.BYE:
      return headerBytes + 4 * count;
    case rtcpType.RTPFB:
    case rtcpType.PSFB:
      return 12;
    case rtcpType.SDES:
      return headerBytes;
    default:
      return 8;
  }
}

/** The middle 32 bits of the sender's NTP time, which goes back as "last SR". */
export function senderReportNtpMiddle(bytes: Uint8Array, at: number): number {
  return (readUint16(bytes, at + 10) << 16) | readUint16(bytes, at + 12);
}

export function senderReportRtpTimestamp(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at + 16);
}

export function senderReportPackets(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at + 20) >>> 0;
}

/** Where the report block that speaks of `ssrc` begins in the SR or RR at `at`; -1 where there is none. */
export function findReportBlock(bytes: Uint8Array, at: number, ssrc: number): number {
  let block = at + 8 + (rtcpPacketType(bytes, at) === rtcpType.SR ? senderInfoBytes : 0);
  for (let left = rtcpCount(bytes, at); left > 0; left--) {
    if (readInt32(bytes, block) === ssrc) return block;
    block += reportBlockBytes;
  }
  return -1;
}

/** 0-255, of 256. */
export function blockFractionLost(bytes: Uint8Array, block: number): number {
  return bytes[block + 4] as number;
}

/** Signed, 24 bits. */
export function blockCumulativeLost(bytes: Uint8Array, block: number): number {
  return (readInt32(bytes, block + 4) << 8) >> 8;
}

export function blockJitter(bytes: Uint8Array, block: number): number {
  return readInt32(bytes, block + 12) >>> 0;
}

export function blockLastSr(bytes: Uint8Array, block: number): number {
  return readInt32(bytes, block + 16);
}

export function blockDelaySinceLastSr(bytes: Uint8Array, block: number): number {
  return readInt32(bytes, block + 20);
}

export interface SenderInfo {
  ntpSeconds: number;
  ntpFraction: number;
  rtpTimestamp: number;
  packets: number;
  octets: number;
}

export interface ReportBlock {
  ssrc: number;
  fractionLost: number;
  cumulativeLost: number;
  highestSequence: number;
  jitter: number;
  lastSr: number;
  delaySinceLastSr: number;
}

/** What to report; a sender of reports keeps one and changes it. */
export interface Report {
  ssrc: number;
  /** Null: a receiver report. */
  sender: SenderInfo | null;
  block: ReportBlock | null;
}

/** Writes an SR or RR with at most one report block. @returns the octets written. */
export function encodeReport(bytes: Uint8Array, at: number, report: Report): number {
  let end = at + 8;
  if (report.sender !== null) {
    writeInt32(bytes, end, report.sender.ntpSeconds);
    writeInt32(bytes, end + 4, report.sender.ntpFraction);
    writeInt32(bytes, end + 8, report.sender.rtpTimestamp);
    writeInt32(bytes, end + 12, report.sender.packets);
    writeInt32(bytes, end + 16, report.sender.octets);
    end += senderInfoBytes;
  }
  if (report.block !== null) {
    writeReportBlock(bytes, end, report.block);
    end += reportBlockBytes;
  }
  writeHeader(bytes, at, {
    type: report.sender === null ? rtcpType.RR : rtcpType.SR,
    count: report.block === null ? 0 : 1,
    bytes: end - at,
  });
  writeInt32(bytes, at + 4, report.ssrc);
  return end - at;
}

function writeReportBlock(bytes: Uint8Array, at: number, block: ReportBlock): void {
  writeInt32(bytes, at, block.ssrc);
  // RFC 3550 §6.4.1: 24 bits, clamped.
  const lost = Math.min(Math.max(block.cumulativeLost, -0x800000), 0x7fffff);
  writeInt32(bytes, at + 4, (block.fractionLost << 24) | (lost & 0xffffff));
  writeInt32(bytes, at + 8, block.highestSequence);
  writeInt32(bytes, at + 12, block.jitter);
  writeInt32(bytes, at + 16, block.lastSr);
  writeInt32(bytes, at + 20, block.delaySinceLastSr);
}

/** SDES with one chunk and one item, the CNAME (RFC 3550 §6.5.1). @param cname octets of UTF-8, at most 255. @returns the octets written. */
export function encodeCname(bytes: Uint8Array, at: number, ssrc: number, cname: Uint8Array): number {
  const itemEnd = at + 10 + cname.length;
  // At least one zero octet ends the list of items, then up to the next word.
  const size = (10 + cname.length + 4) & ~3;
  bytes.fill(0, itemEnd, at + size);
  writeHeader(bytes, at, { type: rtcpType.SDES, count: 1, bytes: size });
  writeInt32(bytes, at + 4, ssrc);
  bytes[at + 8] = 1;
  bytes[at + 9] = cname.length;
  bytes.set(cname, at + 10);
  return size;
}

/** RFC 3550 §6.6, one source, no reason. @returns the octets written. */
export function encodeBye(bytes: Uint8Array, at: number, ssrc: number): number {
  writeHeader(bytes, at, { type: rtcpType.BYE, count: 1, bytes: 8 });
  writeInt32(bytes, at + 4, ssrc);
  return 8;
}

function writeHeader(bytes: Uint8Array, at: number, header: { type: number; count: number; bytes: number }): void {
  bytes[at] = 0x80 | header.count;
  bytes[at + 1] = header.type;
  writeUint16(bytes, at + 2, header.bytes / 4 - 1);
}

/** The octets of the first CNAME of the SDES packet at `at`, or null (RFC 3550 §6.5). */
export function decodeCname(bytes: Uint8Array, at: number): Uint8Array | null {
  const end = at + rtcpPacketBytes(bytes, at);
  if (rtcpCount(bytes, at) === 0) return null;
  let item = at + 8;
  while (item + 2 <= end && bytes[item] !== 0) {
    const length = bytes[item + 1] as number;
    if (item + 2 + length > end) return null;
    if (bytes[item] === 1) return bytes.subarray(item + 2, item + 2 + length);
    item += 2 + length;
  }
  return null;
}
