/** @ringdown/sdp: session descriptions as plain data (RFC 8866), what is read in them, and offer/answer (RFC 3264). */

export { type AnswerFault, type AnswerFaultCode, answerFaults } from './answer-faults.ts';
export { type AnswerParts, answerOffer, type MediaAnswer } from './answer-offer.ts';
export { type AttributeProblem, attributeProblems } from './attribute-problems.ts';
export { attribute, attributeName, attributes } from './attributes.ts';
export {
  type Bandwidth,
  bandwidths,
  maxPacketRate,
  mediaBandwidthBps,
  type RtcpBandwidth,
  readBandwidth,
  rtcpBandwidth,
} from './bandwidth.ts';
export { type Bundle, bundleAnswerProblem, bundleOf, isBundleOnly, isLineOff, readBundles } from './bundle.ts';
export {
  isCapabilityLine,
  type PotentialConfiguration,
  potentialConfigurations,
  readPotential,
  requiredCapabilities,
  transportCapabilities,
} from './capability.ts';
export { type AnswerProblem, answerProblem, offerProblem } from './check-answer.ts';
export { type Codec, formatParameters, readCodecs } from './codecs.ts';
export {
  connectionAddress,
  isNowhere,
  isReducedSizeRtcp,
  isRtcpMux,
  isRtcpMuxOnly,
  type RtcpAddress,
  readRtcpAddress,
  rtcpAddress,
  rtcpPort,
} from './connection.ts';
export { addressType, createMedia, createSdp, type MediaParts, rejectMedia, type SdpParts } from './create-sdp.ts';
export {
  answerCrypto,
  type CryptoAttribute,
  type CryptoChoice,
  type CryptoKey,
  chooseCrypto,
  cryptoAnswerProblem,
  cryptoAttributes,
  formatCrypto,
  keySaltSizeBytes,
  readCrypto,
} from './crypto.ts';
export {
  answerDirection,
  canReceive,
  canSend,
  commonDirection,
  type Direction,
  mediaDirection,
  mirrorDirection,
  statedDirection,
} from './direction.ts';
export {
  type DtlsParameters,
  dtlsParameters,
  type Fingerprint,
  readFingerprint,
  readTlsId,
  wantsNewAssociation,
} from './dtls.ts';
export {
  answerFax,
  type FaxParameters,
  faxAttributes,
  faxDefaults,
  faxParameters,
  faxVendors,
  isFaxLine,
} from './fax.ts';
export { formatContent, formatSdp } from './format-sdp.ts';
export { type MediaGroup, mediaGroups, mediaId } from './grouping.ts';
export { holdOffer, isHeld, resumeOffer, withDirection } from './hold.ts';
export {
  formatCandidate,
  hasIceMismatch,
  type IceCandidate,
  type IceParameters,
  iceCandidates,
  iceOptions,
  icePacingMs,
  iceParameters,
  isIcePassword,
  isIceRestart,
  isIceUfrag,
  type RemoteCandidate,
  readCandidate,
  readRemoteCandidates,
} from './ice.ts';
export { type KeepAlive, keepAliveFor, keepAliveIntervalSec } from './keep-alive.ts';
export { localDescription } from './local-description.ts';
export { maskSdpSecrets } from './mask-secrets.ts';
export { matchCodec, sameCodec, sharedCodecs } from './match-codec.ts';
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
export { type OfferFault, offerFaults } from './offer-faults.ts';
export {
  defaultSdpLimits,
  parseSdp,
  type SdpFailure,
  type SdpFailureCode,
  type SdpLimits,
  type SdpResult,
} from './parse-sdp.ts';
export { type NumberedCodec, numberCodecs } from './payload-numbers.ts';
export { mediaContent, mediaLabel } from './purpose.ts';
export { type RevisedOffer, type Revision, reviseOffer } from './revise-offer.ts';
export { formatRid, isRidId, mediaRids, type Rid, readRid } from './rid.ts';
export { decodeText, encodeText } from './sdp-bytes.ts';
export type { MediaDescription, Origin, SdpLine, SessionDescription } from './session-description.ts';
export {
  connectionToAnswer,
  discardPort,
  isConnectionMedia,
  mediaConnection,
  mediaSetup,
  readSetup,
  type Setup,
  setupsToAnswer,
} from './setup.ts';
export {
  answerSimulcast,
  formatSimulcast,
  mediaSimulcast,
  readSimulcast,
  type Simulcast,
  type SimulcastChoice,
  type SimulcastStreams,
} from './simulcast.ts';
export {
  type MediaSource,
  type MediaStreamId,
  mediaSources,
  mediaStreamIds,
  readSource,
  readSourceGroup,
  type SourceGroup,
  sourceGroups,
} from './sources.ts';
export { type Connection, readConnection } from './structured-lines.ts';
export { dtmfEvents, eventsBeside, eventsOf, formatEvents, isTelephoneEvent, readEvents } from './telephone-events.ts';
export { maxPacketTimeMs, packetTimeMs, readPacketTimeMs } from './timing.ts';
