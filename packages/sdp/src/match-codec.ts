/**
 * When two codecs of two descriptions are the same, whatever their payload types: name, clock rate, channels, and those fmtp parameters that change what is in
 * the packets (not those that only say what the writer would like).
 */
import { type Codec, formatParameters, readCodecs } from './codecs.ts';
import type { MediaDescription } from './session-description.ts';

/** The same encoding by its rtpmap. Interop: Opus is always /2 there (RFC 7587 §7), some leave it out. */
function sameEncoding(a: Codec, b: Codec): boolean {
  return a.name === b.name && a.clockRate === b.clockRate && (a.channels === b.channels || a.name === 'OPUS');
}

/** Parameters that two ends must agree on, with what holds where they are absent. */
const formatDefining: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // RFC 4867 §8.1
  AMR: { 'octet-align': '0', crc: '0', 'robust-sorting': '0', interleaving: '' },
  'AMR-WB': { 'octet-align': '0', crc: '0', 'robust-sorting': '0', interleaving: '' },
  // RFC 6184 §8.2.2: the profile is compared apart
  H264: { 'packetization-mode': '0' },
  // RFC 5577 §6.1: G.722.1 at 24 or 32 kbit/s
  G7221: { bitrate: '' },
  // RFC 3389 and others have none
};

/** The same in every packet: one leg's can be passed to the other undecoded. */
export function sameCodec(a: Codec, b: Codec): boolean {
  if (!sameEncoding(a, b)) return false;
  const defining = formatDefining[a.name];
  if (defining === undefined) return true;
  const ofA = formatParameters(a);
  const ofB = formatParameters(b);
  const isSame = Object.entries(defining).every(
    ([name, value]) => (ofA.get(name) ?? value) === (ofB.get(name) ?? value),
  );
  return isSame && (a.name !== 'H264' || h264Profile(ofA) === h264Profile(ofB));
}

/** RFC 6184 §8.1: profile_idc, the first byte of profile-level-id; absent means baseline. */
function h264Profile(parameters: ReadonlyMap<string, string>): string {
  return (parameters.get('profile-level-id') ?? '420010').slice(0, 2).toLowerCase();
}

/**
 * The one of `candidates` that `codec` is. Interop: some answer without the fmtp that they were offered; the same payload type with the same encoding
 * is then taken for the same codec.
 */
export function matchCodec(codec: Codec, candidates: readonly Codec[]): Codec | undefined {
  return (
    candidates.find((other) => other.payloadType === codec.payloadType && sameCodec(other, codec)) ??
    candidates.find((other) => sameCodec(other, codec)) ??
    candidates.find((other) => other.payloadType === codec.payloadType && sameEncoding(other, codec))
  );
}

/**
 * What two sides of a line both speak, as `theirs` names it: the numbers to send with, in the peer's order of preference (RFC 3264 §5.1, §6.1). What is to be
 * received comes by the numbers of `ours`, which may be others.
 */
export function sharedCodecs(ours: MediaDescription, theirs: MediaDescription): Codec[] {
  const named = readCodecs(ours);
  return readCodecs(theirs).filter((codec) => matchCodec(codec, named) !== undefined);
}
