/** Packet times of an m-line (RFC 8866 §6.4, §6.5). */
import { attribute } from './attributes.ts';
import type { MediaDescription } from './session-description.ts';

/** a=ptime: how much sound the writer wants in each packet, in milliseconds. */
export function packetTimeMs(media: MediaDescription): number | undefined {
  const value = attribute(media.lines, 'ptime');
  return value === undefined ? undefined : readPacketTimeMs(value);
}

/** a=maxptime: the most it takes. */
export function maxPacketTimeMs(media: MediaDescription): number | undefined {
  const value = attribute(media.lines, 'maxptime');
  return value === undefined ? undefined : readPacketTimeMs(value);
}

/** Interop: a fraction is allowed, some write 7.5. Beyond a second it is no packet time. */
export function readPacketTimeMs(value: string): number | undefined {
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(value.trim())) return undefined;
  const ms = Number(value);
  return ms > 0 && ms <= 1000 ? ms : undefined;
}
