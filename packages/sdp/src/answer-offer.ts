/**
 * The answer of an endpoint (RFC 3264 §6): every m-line in its place, the ones that nobody takes rejected with port 0, codecs in the offer's order and by its numbers, a direction that fits, rtcp-mux
 * only where it was offered. Left out: bundles (RFC 8843 §7.3: an answer without a group refuses it), capability negotiation (RFC 5939 §3.6.2: left unanswered).
 */
import { isLineOff } from './bundle.ts';
import type { Codec } from './codecs.ts';
import { readCodecs } from './codecs.ts';
import { isRtcpMux, isRtcpMuxOnly } from './connection.ts';
import { createMedia, createSdp, type MediaParts, rejectMedia, type SdpParts } from './create-sdp.ts';
import { answerDirection, mediaDirection } from './direction.ts';
import { matchCodec } from './match-codec.ts';
import { numberCodecs } from './payload-numbers.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';
import { isTelephoneEvent } from './telephone-events.ts';

/** What we have for a line: `createMedia`'s parts, less those that the offer decides. */
export interface MediaAnswer extends Omit<MediaParts, 'kind' | 'protocol'> {
  /** Ours, in our order of preference; telephone-event once for each clock rate that we speak. */
  readonly codecs: readonly Codec[];
  /** Whose order counts; default: the offer's, which RFC 3264 §6.1 recommends. */
  readonly order?: 'offer' | 'ours';
  /** All that we ever named in this line, so that a number keeps its codec (§8.3.2). */
  readonly known?: readonly Codec[];
}

export interface AnswerParts extends Omit<SdpParts, 'media'> {
  /** What we have for a line that is on; null: it is rejected. */
  readonly accept: (media: MediaDescription, place: number) => MediaAnswer | null;
}

export function answerOffer(offer: SessionDescription, parts: AnswerParts): SessionDescription {
  const { accept, ...session } = parts;
  const media = offer.media.map((line, place) => {
    const ours = isLineOff(offer, place) || line.port === 0 ? null : accept(line, place);
    return ours === null ? rejectMedia(line) : (answerLine(offer, line, ours) ?? rejectMedia(line));
  });
  return { ...createSdp({ ...session, media: [] }), media };
}

/** Null: nothing in common. What is not RTP (fax, data channels) keeps the formats that were offered; its parameters are among ours. */
function answerLine(offer: SessionDescription, line: MediaDescription, ours: MediaAnswer): MediaDescription | null {
  const { order = 'offer', known = [], direction, rtcpMux = false, ...parts } = ours;
  if (isRtcpMuxOnly(line) && !rtcpMux) return null;
  const offered = readCodecs(line);
  const codecs = answerCodecs(offered, parts.codecs, order);
  const hasVoice = (some: readonly Codec[]): boolean => some.some((codec) => !isTelephoneEvent(codec));
  if (offered.length > 0 && (codecs.length === 0 || hasVoice(offered) !== hasVoice(codecs))) return null;
  const numbered = numberCodecs(codecs, known, 'offered').map(({ codec }) => codec);
  const { kind, protocol } = line;
  const media = createMedia({
    ...parts,
    kind,
    protocol,
    codecs: numbered,
    rtcpMux: rtcpMux && (isRtcpMux(line) || isRtcpMuxOnly(line)),
    direction: answerDirection(mediaDirection(offer, line), direction),
  });
  return offered.length > 0 ? media : { ...media, formats: line.formats };
}

/** The offer's numbers with our parameters, since an fmtp says what its writer wants to receive (RFC 3264 §6.1); keys only on the clock of a voice that is there (RFC 4733 §2.1). */
function answerCodecs(offered: readonly Codec[], ours: readonly Codec[], order: 'offer' | 'ours'): Codec[] {
  const both = offered.flatMap((codec) => {
    const own = matchCodec({ ...codec, payloadType: -1 }, ours);
    return own === undefined ? [] : [{ own, codec: { ...codec, fmtp: own.fmtp } }];
  });
  if (order === 'ours') both.sort((a, b) => ours.indexOf(a.own) - ours.indexOf(b.own));
  const rates = new Set(both.filter(({ codec }) => !isTelephoneEvent(codec)).map(({ codec }) => codec.clockRate));
  return both
    .map(({ codec }) => codec)
    .filter((codec) => !isTelephoneEvent(codec) || rates.size === 0 || rates.has(codec.clockRate));
}
