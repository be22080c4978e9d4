/**
 * Which payload type a codec gets in a description of ours. RFC 3264 §8.3.2: a number keeps its codec for as long as the session lives, so what was ever named in a line
 * is to be kept; §6.1: an answer uses the number that was offered where it can.
 */
import type { Codec } from './codecs.ts';
import { sameCodec } from './match-codec.ts';

export interface NumberedCodec<T extends Codec> {
  /** With the number that it has in our description. */
  readonly codec: Codec;
  /** As it was given. */
  readonly was: T;
}

/**
 * Each codec with a number of its own; one for which none is left goes without. In an offer the number that it had counts most, in an answer the one that was offered; a
 * number that meant another codec is never used.
 * @param known all that we ever named in this line
 */
export function numberCodecs<T extends Codec>(
  codecs: readonly T[],
  known: readonly Codec[],
  prefer: 'known' | 'offered',
): NumberedCodec<T>[] {
  const taken = new Set<number>();
  return codecs.flatMap((was) => {
    const payloadType = numberFor(was, { known, taken, prefer });
    if (payloadType === null) return [];
    taken.add(payloadType);
    const { name, clockRate, channels, fmtp } = was;
    return [{ codec: { payloadType, name, clockRate, channels, fmtp }, was }];
  });
}

interface Numbers {
  readonly known: readonly Codec[];
  /** Given in the description that is being written. */
  readonly taken: ReadonlySet<number>;
  readonly prefer: 'known' | 'offered';
}

function numberFor(codec: Codec, { known, taken, prefer }: Numbers): number | null {
  const isFree = (number: number): boolean => !taken.has(number) && !known.some((one) => one.payloadType === number);
  const had = known.find((one) => !taken.has(one.payloadType) && sameCodec(one, codec))?.payloadType;
  const meansThis = known.some((one) => one.payloadType === codec.payloadType && sameCodec(one, codec));
  const canStay = !taken.has(codec.payloadType) && (meansThis || isFree(codec.payloadType));
  if (prefer === 'offered' && canStay) return codec.payloadType;
  if (had !== undefined) return had;
  if (canStay) return codec.payloadType;
  return dynamicTypes.find(isFree) ?? null;
}

/** RFC 3551 §6; 35 to 63 when those are used up (RFC 5761 §4 keeps 64 to 95 free for RTCP). */
const dynamicTypes: readonly number[] = [...range(96, 127), ...range(35, 63)];

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
