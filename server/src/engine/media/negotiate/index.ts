/** Codec policy and the making of descriptions: pure functions over plain data. */
export {
  type AnswerAcross,
  type AnswerResult,
  agreedCodec,
  answerAcross,
  answerEndpoint,
  type EndpointAnswer,
} from './answer.ts';
export { type CodecPolicy, chooseCodecs } from './codec-policy.ts';
export { type LegLine, type LegMediaState, lineTiedTo, noLines, untied } from './leg-lines.ts';
export { sameCodec } from './match-codec.ts';
export type { LocalPort, NegotiationFailure } from './negotiation.ts';
export { linesForOffer, type OfferAcross, type OfferResult, offerAcross, offerFresh } from './offer.ts';
export { relayMap } from './relay-map.ts';
export { packetTimeTo, type StreamSettings, streamSettings } from './stream-settings.ts';
