/** The messages of SIP: parse, read, build, edit, format. One front door for the folder. */
export { buildRequest, type RequestParts } from './build-request.ts';
export { BadStatusError, buildRejection, buildResponse, type ResponseParts } from './build-response.ts';
export { UnsafeHeaderError } from './compose.ts';
export { type Contact, type ContactList, parseContact, parseContactList, parseQ } from './contact.ts';
export { type CSeq, parseCSeq } from './cseq.ts';
export { formatDate, parseDate } from './date.ts';
export { edit, MessageEditor } from './edit.ts';
export { escapeUser, unescapeUri } from './escape.ts';
export { type EventHeader, parseEvent, parseSubscriptionState, type SubscriptionState } from './event.ts';
export { formatInto, formatMessage, formatRejection, messageSizeBytes } from './format-message.ts';
export { Head, type HeaderRow } from './head.ts';
export { canonicalName, headerId, isListHeader } from './header-names.ts';
export { formatHost, type HostKind, hostKind, isIpv4, isIpv6, parseHostPort, withoutBrackets } from './host.ts';
export { hasInfoPackage, readInfoPackage, readRecvInfo } from './info-package.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { acceptsMediaType, type MediaType, parseMediaType } from './media-type.ts';
export { MissingHeaderError, SipMessage } from './message.ts';
export { type BodyPart, findBody, formatMultipart, parseMultipart } from './multipart.ts';
export { formatNameAddr, NameAddr, parseNameAddr, parseNameAddrList } from './name-addr.ts';
export { type Parameterized, parseParameterized } from './parameterized.ts';
export { formatParams, type Param, Params } from './params.ts';
export type { ParseFailure, ParseFailureCode, PartialRequest } from './parse-failure.ts';
export { type ParseOptions, type ParseResult, parseMessage } from './parse-message.ts';
export { parseRAck, parseRSeq, type RAck } from './rack.ts';
export { readSeconds } from './read-seconds.ts';
export { formatReason, parseReason, type Reason } from './reason.ts';
export { reasonPhrase } from './reason-phrase.ts';
export { parseReferTo, type ReferTo } from './refer-to.ts';
export { formatReplaces, parseReplaces, parseTargetDialog, type Replaces, type TargetDialog } from './replaces.ts';
export { SipRequest } from './request.ts';
export { SipResponse } from './response.ts';
export { parseRetryAfter, type RetryAfter } from './retry-after.ts';
export { parseMinSe, parseSessionExpires, type SessionExpires } from './session-expires.ts';
export { splitList } from './split-list.ts';
export { StreamParser, type StreamParserOptions, type StreamSink } from './stream-parser.ts';
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
export { areUrisEqual } from './uri-equal.ts';
export { type UriParam, UriParams } from './uri-params.ts';
export { checkRequest, type RequestPolicy, type RequestRejection } from './validate.ts';
export { BRANCH_COOKIE, formatVia, parseVia, Via } from './via.ts';
