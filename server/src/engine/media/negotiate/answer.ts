/**
 * The answer that goes back across (RFC 3264 §6): what the far leg accepted, said in the payload types of the leg that offered, one voice
 * codec per line.
 */
import {
  answerDirection,
  answerProblem,
  isTelephoneEvent,
  type MediaDescription,
  matchCodec,
  mediaDirection,
  mirrorDirection,
  numberCodecs,
  readCodecs,
  rejectMedia,
  type SessionDescription,
} from '@ringdown/sdp';
import { type CodecPolicy, chooseCodecs, isCompanion, isRepair, narrow } from './codec-policy.ts';
import type { CarriedCodec } from './crossing-attributes.ts';
import { type LegLine, type LegMediaState, legLinesOf, lineTiedTo, noLines, said } from './leg-lines.ts';
import { isCarriable, isRelayable, obstacle, writeMediaLine } from './media-line.ts';
import { type LocalPort, type Refused, refuse } from './negotiation.ts';
import { codecLists, describe } from './offer.ts';
import { areAlikePorts, areUsualPorts, firstLines, isAlike, isUsual, onPorts, Remembered } from './remembered.ts';

export type AnswerResult =
  | {
      readonly ok: true;
      readonly description: SessionDescription;
      /** Of the leg that gets the answer; to be stored with it. */
      readonly state: LegMediaState;
    }
  | Refused;

export interface AnswerAcross {
  /** What the offering leg offered us. */
  readonly offer: SessionDescription;
  /** What we offered the far leg, and what it answered. */
  readonly farOffer: SessionDescription;
  readonly farAnswer: SessionDescription;
  /** Our ports towards the offering leg, per m-line. */
  readonly local: readonly (LocalPort | null)[];
  /** The offering leg's lines so far. */
  readonly state?: LegMediaState;
  /** The far leg's lines as they stand in `farOffer`; absent: line n is line n. */
  readonly farState?: LegMediaState;
  /** As in the offer across. */
  readonly keep?: readonly string[];
}

interface MadeAnswer {
  readonly request: AnswerAcross;
  readonly made: Extract<AnswerResult, { readonly ok: true }>;
}

const remembered = new Remembered<MadeAnswer>();

function isMadeOf({ request }: MadeAnswer, asked: AnswerAcross): boolean {
  return (
    isAlike(request.offer, asked.offer) &&
    isAlike(request.farAnswer, asked.farAnswer) &&
    isAlike(request.farOffer, asked.farOffer) &&
    request.state === asked.state &&
    request.farState === asked.farState &&
    areAlikePorts(request.local, asked.local)
  );
}

export function answerAcross(request: AnswerAcross): AnswerResult {
  const isUsualCall = request.keep === undefined && areUsualPorts(request.local);
  if (!isUsualCall || !isUsual(request.offer) || !isUsual(request.farAnswer)) return makeAnswer(request);
  const of = firstLines(request.offer);
  const before = remembered.find(of, request, isMadeOf);
  if (before !== undefined)
    return { ok: true, description: onPorts(before.made.description, request.local), state: before.made.state };
  const made = makeAnswer(request);
  if (made.ok) remembered.keep(of, { request, made });
  return made;
}

function makeAnswer(request: AnswerAcross): AnswerResult {
  const { offer, farOffer, farAnswer, keep = [] } = request;
  const broken = answerProblem(farOffer, farAnswer, 'theirs');
  if (broken !== null) return refuse('not-acceptable', broken.reason);
  const before = request.state ?? noLines;
  const farState = request.farState ?? legLinesOf(farOffer);
  const lines = offer.media.map((line, at) => {
    const farAt = lineTiedTo(farState, at);
    return answerLine(request, { line, at, farAt, known: before.lines[at] });
  });
  const isCarried = offer.media.some((line) => isRelayable(line, keep));
  if (isCarried && lines.every((line) => line.port === 0)) {
    const problem = obstacle(offer, keep) ?? obstacle(farAnswer, keep);
    return problem === null ? nothingCommon(farOffer, farAnswer) : refuse('not-acceptable', problem);
  }
  const description = describe(lines, farAnswer);
  return { ok: true, description, state: said(answering(before, farState, offer), description) };
}

function nothingCommon(farOffer: SessionDescription, farAnswer: SessionDescription): Refused {
  const asked = farOffer.media.flatMap((line) => readCodecs(line).map(({ name }) => name));
  return refuse('no-common-codec', `the far side's answer: ${codecLists(farAnswer, asked)}`);
}

interface Place {
  readonly line: MediaDescription;
  readonly at: number;
  readonly farAt: number;
  readonly known: LegLine | undefined;
}

function answerLine(request: AnswerAcross, place: Place): MediaDescription {
  const { line, farAt } = place;
  const { offer, farOffer, farAnswer, keep = [] } = request;
  const far = farAnswer.media[farAt];
  const asked = farOffer.media[farAt];
  const local = request.local[place.at] ?? null;
  const isOff = far === undefined || !isCarriable(farAnswer, far, keep) || asked === undefined || asked.port === 0;
  if (isOff || local === null || !isCarriable(offer, line, keep)) return rejectMedia(line);
  const codecs = accepted(place, far, asked);
  if (codecs.length === 0) return rejectMedia(line);
  const direction = answerDirection(mediaDirection(offer, line), mediaDirection(farAnswer, far));
  return writeMediaLine({
    like: line,
    far: { sdp: farAnswer, line: far },
    local,
    codecs,
    direction,
    isRelayed: true,
    keep,
  });
}

/** In the far side's order; its fmtp says what it wants to receive, and so what the offering side is told (RFC 3264 §6.1). */
function accepted(place: Place, far: MediaDescription, asked: MediaDescription): CarriedCodec[] {
  const offered = readCodecs(place.line).filter((codec) => !isRepair(codec));
  const ours = readCodecs(asked);
  const both = readCodecs(far).flatMap((codec) => {
    const named = matchCodec(codec, ours);
    const match = named === undefined ? undefined : matchCodec({ ...named, payloadType: -1 }, offered);
    return match === undefined ? [] : [{ ...match, fmtp: codec.fmtp, farType: codec.payloadType }];
  });
  const chosen = place.line.kind === 'audio' ? (narrow(both) as typeof both) : both;
  return numberCodecs(chosen, place.known?.codecs ?? [], 'offered').map(({ codec, was }) => ({
    codec,
    from: was.farType,
  }));
}

/** The offering leg's lines are as many as it offers, tied back to those that carry them. */
function answering(before: LegMediaState, farState: LegMediaState, offer: SessionDescription): LegMediaState {
  return {
    lines: offer.media.map(({ kind, protocol, formats }, at) => {
      const far = lineTiedTo(farState, at);
      return { kind, protocol, formats, far: far < 0 ? null : far, codecs: before.lines[at]?.codecs ?? [] };
    }),
  };
}

/** The answer of an endpoint of our own (echo, tone, music), with what it is to speak. */
export type EndpointAnswer =
  | {
      readonly ok: true;
      readonly description: SessionDescription;
      readonly state: LegMediaState;
      /** Of the first audio line that is on. */
      readonly codec: string | null;
      readonly dtmfPayloadType: number | null;
    }
  | Refused;

export interface AnswerEndpoint {
  readonly offer: SessionDescription;
  readonly policy: CodecPolicy;
  /** Our ports, per m-line; null where nothing is to be carried. */
  readonly local: readonly (LocalPort | null)[];
  /** The leg's lines so far. */
  readonly state?: LegMediaState;
}

/** The first codec of the policy that was offered, per audio line. */
export function answerEndpoint(request: AnswerEndpoint): EndpointAnswer {
  const { offer, policy } = request;
  const before = request.state ?? noLines;
  const lines = offer.media.map((line, at) => endpointLine(request, line, at));
  const spoken = lines.find((line) => line.port !== 0);
  if (spoken === undefined) {
    const problem = obstacle(offer);
    return problem === null ? refuse('no-common-codec', codecLists(offer, policy)) : refuse('not-acceptable', problem);
  }
  const description = describe(lines);
  const state = said(answering(before, legLinesOf(null), offer), description);
  const dtmfPayloadType = readCodecs(spoken).find(isTelephoneEvent)?.payloadType ?? null;
  return { ok: true, description, state, codec: agreedCodec(spoken), dtmfPayloadType };
}

function endpointLine(request: AnswerEndpoint, line: MediaDescription, at: number): MediaDescription {
  const { offer } = request;
  const local = request.local[at] ?? null;
  const known = request.state?.lines[at];
  if (line.kind !== 'audio' || local === null || !isCarriable(offer, line)) return rejectMedia(line);
  const chosen = narrow(chooseCodecs(readCodecs(line), request.policy));
  const codecs = numberCodecs(chosen, known?.codecs ?? [], 'offered').map(({ codec, was }) => ({
    codec,
    from: was.payloadType,
  }));
  if (codecs.length === 0) return rejectMedia(line);
  const direction = mirrorDirection(mediaDirection(offer, line));
  return writeMediaLine({
    like: line,
    far: { sdp: offer, line },
    local,
    codecs,
    direction,
    isRelayed: false,
    keep: [],
  });
}

/** The voice codec that an m-line agreed on, for CDR and quality. */
export function agreedCodec(media: MediaDescription): string | null {
  return readCodecs(media).find((codec) => !isCompanion(codec))?.name ?? null;
}
