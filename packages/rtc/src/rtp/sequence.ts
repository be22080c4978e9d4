/**
 * Arithmetic on numbers that wrap: 16-bit sequence numbers, 32-bit timestamps (RFC 3550 §5.1, in the manner of RFC 1982).
 */

/** How far `b` is ahead of `a`: -32768 ... 32767. */
export function sequenceDistance(a: number, b: number): number {
  return ((b - a) << 16) >> 16;
}

export function addToSequence(sequence: number, steps: number): number {
  return (sequence + steps) & 0xffff;
}

/** How far `b` is ahead of `a`, signed 32 bits. */
export function timestampDistance(a: number, b: number): number {
  return (b - a) | 0;
}

/** Signed 32 bits, as rtp-packet.ts reads them. */
export function addToTimestamp(timestamp: number, samples: number): number {
  return (timestamp + samples) | 0;
}
