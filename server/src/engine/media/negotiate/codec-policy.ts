/**
 * Which codecs of one leg's offer another leg is shown, and in which order. The policy of a device or trunk is a list of names, best
 * first; what it does not name is not offered. Nothing is decoded: only what both legs speak is kept.
 */
import { type Codec, isTelephoneEvent } from '@ringdown/sdp';

/** Codec names as in rtpmap, in any case, best first. */
export type CodecPolicy = readonly string[];

/** Carried beside a voice codec, never instead of one. */
export function isCompanion(codec: Codec): boolean {
  return isTelephoneEvent(codec) || codec.name === 'CN';
}

/** Repair streams refer to other payload types and have an SSRC of their own: a relay that writes its own SSRC cannot carry them (RFC 2198, 4588, 5109, 8627). */
const repair: ReadonlySet<string> = new Set(['RED', 'RTX', 'ULPFEC', 'FLEXFEC', 'FLEXFEC-03']);

export function isRepair(codec: Codec): boolean {
  return repair.has(codec.name);
}

/**
 * The voice codecs that the policy allows, ordered by it; behind them telephone-event and comfort noise. A line that has no voice at all but
 * key presses (RFC 4317 §2.4) keeps them.
 */
export function chooseCodecs(codecs: readonly Codec[], policy: CodecPolicy): Codec[] {
  const offered = codecs.filter((codec) => !isCompanion(codec) && !isRepair(codec));
  if (offered.length === 0) return codecs.filter(isTelephoneEvent);
  const names = [...new Set(policy.map((name) => name.toUpperCase()))];
  const voices = names.flatMap((name) => offered.filter((codec) => codec.name === name));
  return voices.length === 0 ? [] : [...voices, ...companionsOf(codecs, voices)];
}

/** What is left when a second policy has its say: its order does not count. */
export function allowedBy(policy: CodecPolicy, codecs: readonly Codec[]): Codec[] {
  const names = new Set(policy.map((name) => name.toUpperCase()));
  return codecs.filter((codec) => isCompanion(codec) || names.has(codec.name));
}

/** One voice codec and its companions: an answer with several would leave open which one is coming. */
export function narrow(codecs: readonly Codec[]): Codec[] {
  const voice = codecs.find((codec) => !isCompanion(codec) && !isRepair(codec));
  return voice === undefined ? codecs.filter(isTelephoneEvent) : [voice, ...companionsOf(codecs, [voice])];
}

/**
 * RFC 4733 §2.1: key presses run on the clock of the voice beside them, so they are kept per clock rate. Interop: a phone that speaks Opus at 48 kHz and
 * names telephone-event/8000 only (baresip) would lose its keys, so where a voice has none of its own rate all are kept. G.722's RTP clock is 8 kHz (RFC 3551
 * §4.5.2), as its rtpmap says.
 */
function companionsOf(codecs: readonly Codec[], voices: readonly Codec[]): Codec[] {
  const rates = new Set(voices.map((voice) => voice.clockRate));
  const events = codecs.filter(isTelephoneEvent);
  const everyRateHasKeys = [...rates].every((rate) => events.some((event) => event.clockRate === rate));
  return codecs.filter(
    (codec) => isCompanion(codec) && (rates.has(codec.clockRate) || (isTelephoneEvent(codec) && !everyRateHasKeys)),
  );
}
