/**
 * T.38 fax m-lines (RFC 3362, RFC 6466; ITU-T T.38 annex D): m=image … udptl t38, with the values that hold where an attribute is absent (T.38 table D.1). Read, written and
 * answered; the packets themselves are not made here.
 */
import { attribute, attributes } from './attributes.ts';
import { wholeNumber } from './fields.ts';
import type { MediaDescription } from './session-description.ts';

export interface FaxParameters {
  /** 0 where absent: the version of 1998, which had no attributes. */
  readonly version: number;
  /** Bit/s; 14400 where absent. */
  readonly maxBitRate: number;
  /** `transferredTCF` where absent: what udptl uses; `localTCF` is for TCP. */
  readonly rateManagement: string;
  /** Octets; 1800 where absent. */
  readonly maxBufferBytes: number;
  /** Octets; 150 where absent. */
  readonly maxDatagramBytes: number;
  /** t38UDPRedundancy (where absent), t38UDPFEC, t38UDPNoEC. */
  readonly errorCorrection: string;
  readonly fillBitRemoval: boolean;
  readonly transcodingMmr: boolean;
  readonly transcodingJbig: boolean;
}

export const faxDefaults: FaxParameters = {
  version: 0,
  maxBitRate: 14_400,
  rateManagement: 'transferredTCF',
  maxBufferBytes: 1800,
  maxDatagramBytes: 150,
  errorCorrection: 't38UDPRedundancy',
  fillBitRemoval: false,
  transcodingMmr: false,
  transcodingJbig: false,
};

/** m=image with the format t38, over udptl or TCP. Interop: compared without case. */
export function isFaxLine(media: MediaDescription): boolean {
  if (media.kind !== 'image' || !/udptl|^tcp$/i.test(media.protocol)) return false;
  return media.formats.some((format) => format.toLowerCase() === 't38');
}

/**
 * Null for another m-line. Interop: `:0` and `:1` behind a flag are understood, and the names that gateways write otherwise than the table does (T38MaxBitrate,
 * T38FaxUdpEc, T38FaxTranscodingJBig …).
 */
export function faxParameters(media: MediaDescription): FaxParameters | null {
  if (!isFaxLine(media)) return null;
  const number = (name: string, max: number): number | null => wholeNumber(text(media, name), max);
  return {
    version: number('T38FaxVersion', 99) ?? faxDefaults.version,
    maxBitRate: number('T38MaxBitRate', 999_999) ?? faxDefaults.maxBitRate,
    rateManagement: text(media, 'T38FaxRateManagement') || faxDefaults.rateManagement,
    maxBufferBytes: number('T38FaxMaxBuffer', 999_999_999) ?? faxDefaults.maxBufferBytes,
    maxDatagramBytes: number('T38FaxMaxDatagram', 999_999_999) ?? faxDefaults.maxDatagramBytes,
    errorCorrection: text(media, 'T38FaxUdpEC') || faxDefaults.errorCorrection,
    fillBitRemoval: flag(media, 'T38FaxFillBitRemoval'),
    transcodingMmr: flag(media, 'T38FaxTranscodingMMR'),
    transcodingJbig: flag(media, 'T38FaxTranscodingJBIG'),
  };
}

function text(media: MediaDescription, name: string): string | undefined {
  const exact = attribute(media.lines, name);
  if (exact !== undefined) return exact.trim();
  const wanted = name.toLowerCase();
  for (const { type, value } of media.lines) {
    if (type !== 'a' || value.length < wanted.length || value.slice(0, wanted.length).toLowerCase() !== wanted)
      continue;
    if (value.length === wanted.length) return '';
    if (value[wanted.length] === ':') return value.slice(wanted.length + 1).trim();
  }
  return undefined;
}

function flag(media: MediaDescription, name: string): boolean {
  const value = text(media, name);
  return value !== undefined && value !== '0';
}

/** a= values of a fax line of ours, in the order of the table; flags only where they are set. */
export function faxAttributes(fax: FaxParameters): string[] {
  return [
    `T38FaxVersion:${fax.version}`,
    `T38MaxBitRate:${fax.maxBitRate}`,
    ...(fax.fillBitRemoval ? ['T38FaxFillBitRemoval'] : []),
    ...(fax.transcodingMmr ? ['T38FaxTranscodingMMR'] : []),
    ...(fax.transcodingJbig ? ['T38FaxTranscodingJBIG'] : []),
    `T38FaxRateManagement:${fax.rateManagement}`,
    `T38FaxMaxBuffer:${fax.maxBufferBytes}`,
    `T38FaxMaxDatagram:${fax.maxDatagramBytes}`,
    `T38FaxUdpEC:${fax.errorCorrection}`,
  ];
}

/**
 * What we answer to an offered fax line (T.38 §D.2.3): the lower version and bit rate, flags that both have, the offer's rate management; buffer and datagram are each
 * side's own word. An error correction that `ours` does not have becomes ours.
 */
export function answerFax(offered: FaxParameters, ours: FaxParameters): FaxParameters {
  return {
    ...ours,
    version: Math.min(offered.version, ours.version),
    maxBitRate: Math.min(offered.maxBitRate, ours.maxBitRate),
    rateManagement: offered.rateManagement,
    errorCorrection: offered.errorCorrection === 't38UDPFEC' ? ours.errorCorrection : offered.errorCorrection,
    fillBitRemoval: offered.fillBitRemoval && ours.fillBitRemoval,
    transcodingMmr: offered.transcodingMmr && ours.transcodingMmr,
    transcodingJbig: offered.transcodingJbig && ours.transcodingJbig,
  };
}

/** a=T38VendorInfo, raw. */
export function faxVendors(media: MediaDescription): string[] {
  return attributes(media.lines, 'T38VendorInfo');
}
