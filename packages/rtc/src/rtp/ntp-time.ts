/**
 * NTP timestamps as RTCP carries them (RFC 3550 §4): seconds since 1900 and a 32-bit fraction; the middle 32 bits for round trips (§6.4.1).
 */

/** Seconds from 1900 to 1970. */
const epochOffsetSec = 2_208_988_800;

/** Wraps in 2036; signed 32 bits. */
export function ntpSeconds(utcMs: number): number {
  return (Math.floor(utcMs / 1000) + epochOffsetSec) | 0;
}

/** Signed 32 bits. */
export function ntpFraction(utcMs: number): number {
  return (((utcMs % 1000) / 1000) * 2 ** 32) | 0;
}

/** Units of 1/65536 s, signed 32 bits. */
export function ntpMiddle(utcMs: number): number {
  return (ntpSeconds(utcMs) << 16) | (ntpFraction(utcMs) >>> 16);
}

/** Milliseconds in 1/65536 s. */
export function ntpShortOfMs(durationMs: number): number {
  return Math.round(durationMs * 65.536) | 0;
}

export function msOfNtpShort(units: number): number {
  return (units >>> 0) / 65.536;
}
