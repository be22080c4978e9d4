/** Codec policy and the making of descriptions: pure functions over plain data. */
export {
  type AnswerAcross,
  type AnswerResult,
  agreedCodec,
  answerAcross,
  answerEndpoint,
  type EndpointAnswer,
} from './answer.ts';
export type { CodecPolicy } from './codec-policy.ts';
export {
  canReach,
  crossAsIs,
  type DirectParty,
  directObstacle,
  isCrossed,
} from './direct.ts';
export { type LegLine, type LegMediaState, legLinesOf, tieLines, untied } from './leg-lines.ts';
export { isRelayable } from './media-line.ts';
export type { LocalPort, NegotiationFailure } from './negotiation.ts';
export { type OfferAcross, type OfferResult, offerAcross, offerFresh } from './offer.ts';
export { relayMap } from './relay-map.ts';
export { type StreamSettings, streamSettings } from './stream-settings.ts';
