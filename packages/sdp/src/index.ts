/** @ringdown/sdp: session descriptions as plain data (RFC 8866), what is read in them, and offer/answer (RFC 3264). */
export { attribute, attributeName, attributes } from './attributes.ts';
export { type AnswerProblem, answerProblem, offerProblem } from './check-answer.ts';
export { type Codec, formatParameters, isTelephoneEvent, readCodecs } from './codecs.ts';
export { connectionAddress, isRtcpMux, type RtcpAddress, rtcpAddress, rtcpPort } from './connection.ts';
export { addressType, createMedia, createSdp, type MediaParts, rejectMedia, type SdpParts } from './create-sdp.ts';
export {
  canReceive,
  canSend,
  commonDirection,
  type Direction,
  isNowhere,
  mediaDirection,
  mirrorDirection,
  statedDirection,
} from './direction.ts';
export { type FaxParameters, faxParameters } from './fax.ts';
export { formatContent, formatSdp } from './format-sdp.ts';
export { type MediaGroup, mediaGroups, mediaId } from './grouping.ts';
export { localDescription } from './local-description.ts';
export { maskSdpSecrets } from './mask-secrets.ts';
export {
  answerReceived,
  answerSent,
  createOfferAnswer,
  type OfferAnswerFailure,
  type OfferAnswerResult,
  type OfferAnswerState,
  offerReceived,
  offerSent,
  rolledBack,
} from './offer-answer.ts';
export {
  defaultSdpLimits,
  parseSdp,
  type SdpFailure,
  type SdpFailureCode,
  type SdpLimits,
  type SdpResult,
} from './parse-sdp.ts';
export { decodeText, encodeText } from './sdp-bytes.ts';
export {
  type CryptoLine,
  cryptoLines,
  type DtlsParameters,
  dtlsParameters,
  type IceParameters,
  iceParameters,
} from './security.ts';
export type { MediaDescription, Origin, SdpLine, SessionDescription } from './session-description.ts';
export { bandwidths, maxPacketTimeMs, packetTimeMs } from './timing.ts';
