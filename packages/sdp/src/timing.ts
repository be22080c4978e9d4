/** Packet times (RFC 8866 §6.4, §6.5) and bandwidths (§5.8, RFC 3890) of an m-line. */
import { attribute } from './attributes.ts';
import type { MediaDescription, SdpLine } from './session-description.ts';

/** a=ptime: how much sound the writer wants in each packet, in milliseconds. */
export function packetTimeMs(media: MediaDescription): number | undefined {
  return milliseconds(attribute(media.lines, 'ptime'));
}

/** a=maxptime: the most it takes. */
export function maxPacketTimeMs(media: MediaDescription): number | undefined {
  return milliseconds(attribute(media.lines, 'maxptime'));
}

/** Interop: a fraction is allowed, some write 7.5. Beyond a second it is no packet time. */
function milliseconds(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,4}(\.\d{1,3})?$/.test(value.trim())) return undefined;
  const ms = Number(value);
  return ms > 0 && ms <= 1000 ? ms : undefined;
}

/** b=<type>:<value>: CT and AS in kbit/s, TIAS, RS and RR in bit/s. */
export function bandwidths(lines: readonly SdpLine[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of lines) {
    const match = line.type === 'b' ? /^([\w-]+):(\d{1,12})$/.exec(line.value) : null;
    if (match?.[1] !== undefined) found.set(match[1], Number(match[2]));
  }
  return found;
}
