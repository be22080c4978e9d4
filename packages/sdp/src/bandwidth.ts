/** How much a line may take: b=CT, AS (RFC 8866 §5.8), TIAS with a=maxprate (RFC 3890 §6), RS and RR for RTCP (RFC 3556 §2). */
import { attribute } from './attributes.ts';
import { isToken, wholeNumber } from './fields.ts';
import type { MediaDescription, SdpLine, SessionDescription } from './session-description.ts';

export interface Bandwidth {
  readonly type: string;
  /** CT and AS in kbit/s; TIAS, RS and RR in bit/s. */
  readonly value: number;
}

/** <type>:<value>; null where malformed. Interop: blanks round the value are tolerated. */
export function readBandwidth(value: string): Bandwidth | null {
  const colon = value.indexOf(':');
  const type = value.slice(0, Math.max(colon, 0));
  const number = wholeNumber(value.slice(colon + 1).trim(), 999_999_999_999);
  return isToken(type) && number !== null ? { type, value: number } : null;
}

/** By type; the last one of a type counts. */
export function bandwidths(lines: readonly SdpLine[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of lines) {
    const read = line.type === 'b' ? readBandwidth(line.value) : null;
    if (read !== null) found.set(read.type, read.value);
  }
  return found;
}

/** What RTP may take, in bit/s: TIAS before AS, the m-line's before the session's; null: unsaid. */
export function mediaBandwidthBps(sdp: SessionDescription, media: MediaDescription): number | null {
  for (const lines of [media.lines, sdp.lines]) {
    const said = bandwidths(lines);
    const tias = said.get('TIAS');
    const as = said.get('AS');
    if (tias !== undefined) return tias;
    if (as !== undefined) return as * 1000;
  }
  return null;
}

export interface RtcpBandwidth {
  /** For those that send, and for those that only receive; bit/s, null: unsaid, and the bandwidth of RTP is not known either. */
  readonly sendersBps: number | null;
  readonly receiversBps: number | null;
}

/** RFC 3556 §2: RS and RR of the m-line, else of the session, else 1.25% and 3.75% of the bandwidth (RFC 3550 §6.2). Zero both: no RTCP at all. */
export function rtcpBandwidth(sdp: SessionDescription, media: MediaDescription): RtcpBandwidth {
  const [own, common] = [bandwidths(media.lines), bandwidths(sdp.lines)];
  const rtp = mediaBandwidthBps(sdp, media);
  const share = (part: number): number | null => (rtp === null ? null : Math.round(rtp * part));
  return {
    sendersBps: own.get('RS') ?? common.get('RS') ?? share(0.0125),
    receiversBps: own.get('RR') ?? common.get('RR') ?? share(0.0375),
  };
}

/** a=maxprate: the most packets a second (RFC 3890 §6.3); undefined where absent or malformed. */
export function maxPacketRate(sdp: SessionDescription, media: MediaDescription): number | undefined {
  const value = attribute(media.lines, 'maxprate') ?? attribute(sdp.lines, 'maxprate');
  return value !== undefined && /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : undefined;
}
