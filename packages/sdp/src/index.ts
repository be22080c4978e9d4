/** @ringdown/sdp: session descriptions as plain data (RFC 8866), and what offer/answer reads in them (RFC 3264). */
export {
  attribute,
  attributes,
  commonDirection,
  connectionAddress,
  type Direction,
  isRtcpMux,
  mediaDirection,
  mirrorDirection,
  rtcpPort,
} from './attributes.ts';
export { type Codec, readCodecs } from './codecs.ts';
export { formatContent, formatSdp } from './format-sdp.ts';
export { maskSdpSecrets } from './mask-secrets.ts';
export {
  defaultSdpLimits,
  parseSdp,
  type SdpFailure,
  type SdpFailureCode,
  type SdpLimits,
  type SdpResult,
} from './parse-sdp.ts';
export type { MediaDescription, Origin, SdpLine, SessionDescription } from './session-description.ts';
