/** T.38 fax m-lines (RFC 3362; ITU-T T.38 annex D): m=image … udptl t38. Read only: fax is passed on or refused, not made here. */
import { attribute } from './attributes.ts';
import type { MediaDescription } from './session-description.ts';

export interface FaxParameters {
  readonly version: number;
  readonly maxBitRate: number | null;
  /** localTCF or transferredTCF. */
  readonly rateManagement: string | null;
  readonly maxBuffer: number | null;
  readonly maxDatagram: number | null;
  /** t38UDPRedundancy, t38UDPFEC, t38UDPNoEC. */
  readonly errorCorrection: string | null;
  readonly fillBitRemoval: boolean;
  readonly transcodingMmr: boolean;
  readonly transcodingJbig: boolean;
}

/** Interop: names of the protocol and of the format are compared without case; `:0` and `:1` behind a flag are understood. Null for another m-line. */
export function faxParameters(media: MediaDescription): FaxParameters | null {
  const isFax = media.kind === 'image' && /udptl|^tcp$/i.test(media.protocol);
  if (!isFax || !media.formats.some((format) => format.toLowerCase() === 't38')) return null;
  return {
    version: number(media, 'T38FaxVersion') ?? 0,
    maxBitRate: number(media, 'T38MaxBitRate'),
    rateManagement: attribute(media.lines, 'T38FaxRateManagement') ?? null,
    maxBuffer: number(media, 'T38FaxMaxBuffer'),
    maxDatagram: number(media, 'T38FaxMaxDatagram'),
    errorCorrection: attribute(media.lines, 'T38FaxUdpEC') ?? null,
    fillBitRemoval: flag(media, 'T38FaxFillBitRemoval'),
    transcodingMmr: flag(media, 'T38FaxTranscodingMMR'),
    transcodingJbig: flag(media, 'T38FaxTranscodingJBIG'),
  };
}

function number(media: MediaDescription, name: string): number | null {
  const value = attribute(media.lines, name);
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : null;
}

function flag(media: MediaDescription, name: string): boolean {
  const value = attribute(media.lines, name);
  return value !== undefined && value !== '0';
}
