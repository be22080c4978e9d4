/** Codec policy and the making of descriptions: pure functions over plain data. */
export { type AnswerResult, agreedCodec, answerAcross, answerEndpoint } from './answer.ts';
export { type CodecPolicy, chooseCodecs, sameCodec } from './codec-policy.ts';
export { type LocalPort, type NegotiationFailure, type OfferResult, offerAcross, offerFresh } from './offer.ts';
export { relayMap } from './relay-map.ts';
export { type StreamSettings, streamSettings } from './stream-settings.ts';
