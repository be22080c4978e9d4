/** What the relay does with payload types from one leg to the other. */

import type { PayloadMap } from '@ringdown/media/protocol';
import { type Codec, matchCodec, readCodecs, type SessionDescription } from '@ringdown/sdp';
import { Remembered } from './remembered.ts';

/**
 * A peer sends by the numbers of our description to it and wants to receive by those of its own (RFC 3264 §5.1, §6.1): each codec of `ours` that the
 * receiver also speaks is mapped, all else is dropped by the engine.
 * @param ours our description on the leg that sends
 * @param theirs the peer's description on the leg that receives
 * @param at the m-line, or that of the leg that sends and that of the leg that receives
 */
export function relayMap(
  ours: SessionDescription,
  theirs: SessionDescription,
  at: number | readonly [from: number, to: number],
): PayloadMap {
  const [fromAt, toAt] = typeof at === 'number' ? [at, at] : at;
  const from = ours.media[fromAt];
  const to = theirs.media[toAt];
  if (from === undefined || to === undefined) return [];
  const [spoken, wanted] = [readCodecs(from), readCodecs(to)];
  const before = remembered.find(spoken, { spoken, wanted }, isMadeOf);
  if (before !== undefined) return before.map;
  const map = mapOf(spoken, wanted);
  remembered.keep(spoken, { spoken, wanted, map });
  return map;
}

interface Asked {
  readonly spoken: readonly Codec[];
  readonly wanted: readonly Codec[];
}

/** Codecs of one and the same lines are one and the same list. */
const remembered = new Remembered<Asked & { readonly map: PayloadMap }>();

function isMadeOf(made: Asked, asked: Asked): boolean {
  return made.spoken === asked.spoken && made.wanted === asked.wanted;
}

function mapOf(spoken: readonly Codec[], wanted: readonly Codec[]): PayloadMap {
  return spoken.flatMap((codec) => {
    const match = matchCodec(codec, wanted);
    return match === undefined ? [] : [[codec.payloadType, match.payloadType] as const];
  });
}
