/**
 * The answer that goes back across (RFC 3264 §6): what the far leg accepted, said in the payload types of the leg that offered, one voice
 * codec per line.
 */
import {
  commonDirection,
  type MediaDescription,
  mediaDirection,
  mirrorDirection,
  readCodecs,
  type SessionDescription,
} from '@ringdown/sdp';
import { type CodecPolicy, chooseCodecs, isCompanion, narrow, sameCodec } from './codec-policy.ts';
import { isRelayable, type LocalPort, rejectedLine, writeMediaLine } from './media-line.ts';
import { codecLists, describe, type NegotiationFailure, refuse } from './offer.ts';

export type AnswerResult =
  | { readonly ok: true; readonly description: SessionDescription }
  | { readonly ok: false; readonly failure: NegotiationFailure };

export interface AnswerAcross {
  /** What the offering leg offered us. */
  readonly offer: SessionDescription;
  /** What we offered the far leg, and what it answered. */
  readonly farOffer: SessionDescription;
  readonly farAnswer: SessionDescription;
  /** Our ports towards the offering leg, per m-line. */
  readonly local: readonly (LocalPort | null)[];
}

export function answerAcross(request: AnswerAcross): AnswerResult {
  const { offer, farAnswer } = request;
  if (farAnswer.media.length !== request.farOffer.media.length) {
    return refuse(
      'not-acceptable',
      `an answer with ${farAnswer.media.length} m-lines to an offer with ${request.farOffer.media.length}`,
    );
  }
  const lines = offer.media.map((line, at) => answerLine(request, line, at));
  const carried = offer.media.some(isRelayable);
  if (carried && lines.every((line) => line.port === 0)) {
    return refuse('no-common-codec', `the far side accepted none of what was offered: ${codecLists(offer, [])}`);
  }
  return { ok: true, description: describe(lines) };
}

function answerLine(request: AnswerAcross, line: MediaDescription, at: number): MediaDescription {
  const far = request.farAnswer.media[at];
  const local = request.local[at] ?? null;
  if (far === undefined || far.port === 0 || local === null || !isRelayable(line)) return rejectedLine(line);
  const offered = readCodecs(line);
  const both = readCodecs(far).flatMap((codec) => offered.filter((other) => sameCodec(other, codec)));
  const codecs = line.kind === 'audio' ? narrow(both) : both;
  if (codecs.length === 0) return rejectedLine(line);
  const direction = commonDirection(
    mediaDirection(request.farAnswer, far),
    mirrorDirection(mediaDirection(request.offer, line)),
  );
  return writeMediaLine({ like: line, local, codecs, direction });
}

/** The answer of an endpoint of our own (echo, tone, music): the first codec we can make sound in. */
export function answerEndpoint(
  offer: SessionDescription,
  policy: CodecPolicy,
  local: readonly (LocalPort | null)[],
): AnswerResult {
  const lines = offer.media.map((line, at) => {
    const ours = local[at] ?? null;
    if (line.kind !== 'audio' || ours === null || !isRelayable(line)) return rejectedLine(line);
    const codecs = narrow(chooseCodecs(readCodecs(line), policy));
    if (codecs.length === 0) return rejectedLine(line);
    return writeMediaLine({ like: line, local: ours, codecs, direction: mirrorDirection(mediaDirection(offer, line)) });
  });
  if (lines.every((line) => line.port === 0)) return refuse('no-common-codec', codecLists(offer, policy));
  return { ok: true, description: describe(lines) };
}

/** The voice codec that an m-line agreed on, for CDR and quality. */
export function agreedCodec(media: MediaDescription): string | null {
  return readCodecs(media).find((codec) => !isCompanion(codec))?.name ?? null;
}
