/** delta-seconds (RFC 3261 §25.1). */
import { numberOf } from './octets.ts';

const MAX_SECONDS = 0xffff_ffff;

/** undefined: not digits. What exceeds 2^32-1 counts as 2^32-1 (RFC 3261 §20.19). */
export function readSeconds(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d+$/.test(value)) return undefined;
  const seconds = numberOf(value, MAX_SECONDS);
  return seconds < 0 ? MAX_SECONDS : seconds;
}
