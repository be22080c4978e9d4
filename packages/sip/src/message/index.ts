/** The messages of SIP: parse, read, build, edit, format. One front door for the folder. */
export { buildRequest, type RequestParts } from './build-request.ts';
export { BadStatusError, buildRejection, buildResponse, type ResponseParts } from './build-response.ts';
export { UnsafeHeaderError } from './compose.ts';
export { type CSeq, parseCSeq } from './cseq.ts';
export { edit, MessageEditor } from './edit.ts';
export { escapeUser, unescapeUri } from './escape.ts';
export { formatInto, formatMessage, formatRejection, messageSizeBytes } from './format-message.ts';
export { Head, type HeaderRow } from './head.ts';
export { canonicalName, headerId, isListHeader } from './header-names.ts';
export { formatHost, type HostKind, hostKind, isIpv4, isIpv6, parseHostPort, withoutBrackets } from './host.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { MissingHeaderError, SipMessage } from './message.ts';
export { formatNameAddr, NameAddr, parseNameAddr } from './name-addr.ts';
export { formatParams, type Param, Params } from './params.ts';
export type { ParseFailure, ParseFailureCode, PartialRequest } from './parse-failure.ts';
export { type ParseOptions, type ParseResult, parseMessage } from './parse-message.ts';
export { reasonPhrase } from './reason-phrase.ts';
export { SipRequest } from './request.ts';
export { SipResponse } from './response.ts';
export { splitList } from './split-list.ts';
export {
  type BytesToString,
  bytesToString,
  detachString,
  quote,
  type StringIntoBytes,
  stringIntoBytes,
  unquote,
} from './text.ts';
export {
  formatUri,
  type OtherUri,
  parseSipUri,
  parseUri,
  type SipUri,
  type SipUriParts,
  type TelUri,
  type Uri,
  uriHeaders,
} from './uri.ts';
export { type UriParam, UriParams } from './uri-params.ts';
export { BRANCH_COOKIE, formatVia, parseVia, Via } from './via.ts';
