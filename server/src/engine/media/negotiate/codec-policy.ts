/**
 * Which codecs of one leg's offer another leg is shown, and in which order. The policy of a device or trunk is a list of names, best
 * first; what it does not name is not offered. Nothing is decoded: only what both legs speak is kept.
 */
import type { Codec } from '@ringdown/sdp';

/** Codec names, upper case, best first. */
export type CodecPolicy = readonly string[];

/** Carried beside a voice codec, never instead of one. */
const companions: ReadonlySet<string> = new Set(['TELEPHONE-EVENT', 'CN']);

export function isCompanion(codec: Codec): boolean {
  return companions.has(codec.name);
}

/** The voice codecs that the policy allows, ordered by it; behind them telephone-event and comfort noise of a clock rate that is still in use. */
export function chooseCodecs(codecs: readonly Codec[], policy: CodecPolicy): Codec[] {
  const voices = policy.flatMap((name) =>
    codecs.filter((codec) => codec.name === name.toUpperCase() && !isCompanion(codec)),
  );
  if (voices.length === 0) return [];
  return [...voices, ...companionsOf(codecs, voices)];
}

/** One voice codec and its companions: an answer with several would leave open which one is coming. */
export function narrow(codecs: readonly Codec[]): Codec[] {
  const voice = codecs.find((codec) => !isCompanion(codec));
  return voice === undefined ? [] : [voice, ...companionsOf(codecs, [voice])];
}

function companionsOf(codecs: readonly Codec[], voices: readonly Codec[]): Codec[] {
  return codecs.filter((codec) => isCompanion(codec) && voices.some((voice) => rtpClock(voice) === codec.clockRate));
}

/** G.722 samples at 16 kHz, but its RTP clock is 8 kHz (RFC 3551 §4.5.2), which is what rtpmap says already. */
function rtpClock(codec: Codec): number {
  return codec.clockRate;
}

/** The same encoding on two legs, whatever its payload type there. */
export function sameCodec(a: Codec, b: Codec): boolean {
  return a.name === b.name && a.clockRate === b.clockRate && a.channels === b.channels;
}
