/**
 * The RTP fixed header, RFC 3550 §5.1, read and written in place: functions over (bytes, offset), nothing is allocated.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                           timestamp                           |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                             SSRC                              |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    |                         CSRC 0..15                            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |  X: profile-defined, length in words, that many words (§5.3.1)|
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Timestamps and SSRCs are signed 32-bit integers (`| 0`): they fit V8's small integers more often than unsigned ones and compare the same.
 * Leaves out: what header extensions mean (RFC 8285).
 */

export const rtpHeaderBytes = 12;

/** Low bits that are looked at. */
const versionMask = 0xc0;
const version2 = 0x80;
const paddingBit = 0x20;
const extensionBit = 0x10;
const csrcCountMask = 0x0f;
const markerBit = 0x80;
const payloadTypeMask = 0x7f;

/**
 * RFC 5761 §4: on one port, a second octet of 192-223 (as RTP: payload types 64-95 with the marker bit) is RTCP.
 * Both kinds begin with version 2; the caller has at least 2 octets.
 */
export function isRtcp(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + 1] as number;
  return type >= 192 && type <= 223;
}

/** Whether `length` octets from `offset` are one well-formed RTP packet (RFC 3550 §A.1's header checks). */
export function isRtp(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < rtpHeaderBytes) return false;
  const first = bytes[offset] as number;
  if ((first & versionMask) !== version2) return false;
  const headerLength = rtpHeaderLength(bytes, offset, length);
  if (headerLength < 0) return false;
  if ((first & paddingBit) === 0) return true;
  const padding = bytes[offset + length - 1] as number;
  return padding > 0 && headerLength + padding <= length;
}

/** Octets before the payload: fixed header, CSRCs, extension; -1 where they do not fit into `length`. */
export function rtpHeaderLength(bytes: Uint8Array, offset: number, length: number): number {
  const first = bytes[offset] as number;
  const afterCsrcs = rtpHeaderBytes + 4 * (first & csrcCountMask);
  if (afterCsrcs > length) return -1;
  if ((first & extensionBit) === 0) return afterCsrcs;
  if (afterCsrcs + 4 > length) return -1;
  const end = afterCsrcs + 4 + 4 * readUint16(bytes, offset + afterCsrcs + 2);
  return end > length ? -1 : end;
}

/** Octets of payload, padding taken off. Only for what {@link isRtp} passed. */
export function rtpPayloadLength(bytes: Uint8Array, offset: number, length: number): number {
  const padding = ((bytes[offset] as number) & paddingBit) === 0 ? 0 : (bytes[offset + length - 1] as number);
  return length - padding - rtpHeaderLength(bytes, offset, length);
}

export function rtpMarker(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset + 1] as number) & markerBit) !== 0;
}

export function rtpPayloadType(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 1] as number) & payloadTypeMask;
}

export function rtpSequence(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + 2);
}

export function rtpTimestamp(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset + 4);
}

export function rtpSsrc(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset + 8);
}

export function setRtpMarker(bytes: Uint8Array, offset: number, marker: boolean): void {
  const at = offset + 1;
  bytes[at] = marker ? (bytes[at] as number) | markerBit : (bytes[at] as number) & payloadTypeMask;
}

/** Keeps the marker bit. */
export function setRtpPayloadType(bytes: Uint8Array, offset: number, payloadType: number): void {
  const at = offset + 1;
  bytes[at] = ((bytes[at] as number) & markerBit) | payloadType;
}

export function setRtpSequence(bytes: Uint8Array, offset: number, sequence: number): void {
  writeUint16(bytes, offset + 2, sequence);
}

export function setRtpTimestamp(bytes: Uint8Array, offset: number, timestamp: number): void {
  writeInt32(bytes, offset + 4, timestamp);
}

export function setRtpSsrc(bytes: Uint8Array, offset: number, ssrc: number): void {
  writeInt32(bytes, offset + 8, ssrc);
}

/** The plain header's fields: version 2, no padding, extension or CSRC. Writers on a packet path keep one and change it. */
export interface RtpHeader {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
}

/** Writes 12 octets. */
export function encodeRtpHeader(bytes: Uint8Array, offset: number, header: RtpHeader): void {
  bytes[offset] = version2;
  bytes[offset + 1] = (header.marker ? markerBit : 0) | header.payloadType;
  setRtpSequence(bytes, offset, header.sequence);
  setRtpTimestamp(bytes, offset, header.timestamp);
  setRtpSsrc(bytes, offset, header.ssrc);
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Signed. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/** Takes signed and unsigned values. */
export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
