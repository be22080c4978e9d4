/**
 * What a server must answer before it looks at what a request wants (RFC 3261 §8.2, §16.3): the request parsed, but its method, URI,
 * extensions, body or further headers may be what this server cannot take. Leaves out what needs state: authentication, dialogs,
 * transactions, merged requests.
 */
import { parseContactList } from './contact.ts';
import type { Head } from './head.ts';
import { CONTACT, headerId, isSingleHeader, MAX_FORWARDS, VIA } from './header-names.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { parseMediaType } from './media-type.ts';
import { parseNameAddrList } from './name-addr.ts';
import { octetsOf } from './octets.ts';
import { reasonPhrase } from './reason-phrase.ts';
import type { SipRequest } from './request.ts';
import { valueEnd } from './split-list.ts';
import { parseVia } from './via.ts';

export interface RequestPolicy {
  /** A proxy looks at Max-Forwards and Proxy-Require (RFC 3261 §16.3), a server at Require, the body and the method. */
  readonly role: 'server' | 'proxy';
  /** Methods that are served; undefined: any. */
  readonly methods?: readonly string[];
  /** Option tags that are understood, in lower case. */
  readonly extensions?: readonly string[];
  /** Media types that bodies may have, `type/subtype` in lower case; undefined: any. A "multipart/*" type must be listed too. */
  readonly contentTypes?: readonly string[];
  /** Default sip, sips, tel. */
  readonly schemes?: readonly string[];
  readonly limits?: Limits;
}

/** The answer that the request gets. */
export interface RequestRejection {
  readonly status: number;
  /** Names the header at fault where there is one (RFC 3261 §21.4.1). */
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Methods of the registry: one of these that is not served is 405, any other 501 (RFC 3261 §8.2.1, §21.5.2). */
const REGISTERED = new Set([
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
]);

/** undefined: go on. An ACK is never answered, so it is never rejected. */
export function checkRequest(request: SipRequest, policy: RequestPolicy): RequestRejection | undefined {
  if (request.method === 'ACK') return undefined;
  return policy.role === 'proxy' ? checkForProxy(request, policy) : checkForServer(request, policy);
}

/** In the order of RFC 3261 §8.2. */
function checkForServer(request: SipRequest, policy: RequestPolicy): RequestRejection | undefined {
  return (
    checkMethod(request, policy) ??
    checkHeaders(request, policy.limits ?? DEFAULT_LIMITS) ??
    checkUri(request, policy) ??
    (request.method === 'CANCEL' ? undefined : checkExtensions(request, 'Require', policy)) ??
    checkBody(request, policy)
  );
}

/** In the order of RFC 3261 §16.3. */
function checkForProxy(request: SipRequest, policy: RequestPolicy): RequestRejection | undefined {
  return (
    checkHeaders(request, policy.limits ?? DEFAULT_LIMITS) ??
    checkUri(request, policy) ??
    (request.maxForwards === 0 ? reject(483) : undefined) ??
    (request.method === 'CANCEL' ? undefined : checkExtensions(request, 'Proxy-Require', policy))
  );
}

function checkMethod(request: SipRequest, policy: RequestPolicy): RequestRejection | undefined {
  const { methods } = policy;
  if (methods === undefined || methods.includes(request.method)) return undefined;
  const allow: readonly [string, string] = ['Allow', methods.join(', ')];
  return REGISTERED.has(request.method) ? reject(405, undefined, [allow]) : reject(501, undefined, [allow]);
}

function checkUri(request: SipRequest, policy: RequestPolicy): RequestRejection | undefined {
  const uri = request.requestUri;
  const schemes = policy.schemes ?? ['sip', 'sips', 'tel'];
  if (uri.kind === 'other' && uri.isMalformed) return reject(400, 'Malformed Request-URI');
  if (!schemes.includes(uri.scheme)) return reject(416);
  // RFC 3261 §19.1.1, table 1: no headers in a Request-URI.
  if (uri.kind === 'sip' && uri.headersText !== '') return reject(400, 'Headers in Request-URI');
  return undefined;
}

function checkExtensions(request: SipRequest, header: string, policy: RequestPolicy): RequestRejection | undefined {
  const known = policy.extensions ?? [];
  const foreign = request.headers(header).filter((tag) => !known.includes(tag.toLowerCase()));
  return foreign.length === 0 ? undefined : reject(420, undefined, [['Unsupported', foreign.join(', ')]]);
}

/** RFC 3261 §8.2.3. */
function checkBody(request: SipRequest, policy: RequestPolicy): RequestRejection | undefined {
  const { contentTypes } = policy;
  if (request.bodySizeBytes === 0 || contentTypes === undefined) return undefined;
  const accept: readonly [string, string] = ['Accept', contentTypes.join(', ')];
  // Not optional (RFC 3204 §5): a body that must not be rejected when it is not understood says so.
  if (/^[^;]*;.*handling\s*=\s*optional/i.test(request.header('Content-Disposition') ?? '')) return undefined;
  if (request.contentType === undefined) return reject(400, 'Missing Content-Type header');
  const media = parseMediaType(request.contentType);
  if (media === undefined) return reject(400, 'Malformed Content-Type header');
  if (!contentTypes.includes(media.essence)) return reject(415, undefined, [accept]);
  const encodings = request.headers('Content-Encoding').filter((encoding) => encoding.toLowerCase() !== 'identity');
  return encodings.length > 0 ? reject(415, undefined, [['Accept-Encoding', 'identity']]) : undefined;
}

const addressHeaders = ['Route', 'Record-Route', 'Path', 'Referred-By', 'Reply-To'].map(
  (name) => [headerId(name), name] as const,
);
/** Values of each header; used again by each request. */
const counts = new Uint32Array(256);

/** Headers that routing and dialogs build on, each row and value. What stands there is counted first. */
function checkHeaders(request: SipRequest, limits: Limits): RequestRejection | undefined {
  return checkRows(request, limits) ?? checkVias(request) ?? checkContacts(request) ?? checkAddresses(request);
}

/** Single headers stand once, lists keep to the limit, Max-Forwards is a number. */
function checkRows(request: SipRequest, limits: Limits): RequestRejection | undefined {
  const { head } = request;
  counts.fill(0);
  for (let row = 0; row < head.rowCount; row++) {
    const id = head.idOf(row);
    if (id === 0) continue;
    if (!isSingleHeader(id)) {
      const count = (counts[id] as number) + countValues(head, row);
      if (count > limits.valuesPerList) return malformed(head.nameOf(row), 'Too many values in');
      counts[id] = count;
    } else if (counts[id] !== 0) {
      return malformed(head.nameOf(row), 'Repeated');
    } else {
      counts[id] = 1;
    }
  }
  return counts[MAX_FORWARDS] !== 0 && request.maxForwards === undefined ? malformed('Max-Forwards') : undefined;
}

function countValues(head: Head, row: number): number {
  const isPlain = head.isPlainAscii(row);
  const text = isPlain ? head.wire : head.valueOf(row);
  const start = isPlain ? head.valueStart(row) : 0;
  const end = isPlain ? head.valueEnd(row) : text.length;
  const s = octetsOf(text, start, end);
  let count = 1;
  for (let p = valueEnd(s, start, end); p < end; p = valueEnd(s, p + 1, end)) count++;
  return count;
}

/** The topmost was read when the message was. */
function checkVias(request: SipRequest): RequestRejection | undefined {
  if (counts[VIA] === 1) return undefined;
  return request.headers('Via').every((value) => parseVia(value) !== undefined) ? undefined : malformed('Via');
}

function checkContacts(request: SipRequest): RequestRejection | undefined {
  if (counts[CONTACT] === 0) return undefined;
  const list = parseContactList(request.headers('Contact'));
  if (list === undefined) return malformed('Contact');
  if (list.kind === 'all') return request.method === 'REGISTER' ? undefined : malformed('Contact');
  return list.contacts.every(({ uri }) => uri.kind !== 'other' || !uri.isMalformed) ? undefined : malformed('Contact');
}

function checkAddresses(request: SipRequest): RequestRejection | undefined {
  if (request.from.uri.kind === 'other' && request.from.uri.isMalformed) return malformed('From');
  if (request.to.uri.kind === 'other' && request.to.uri.isMalformed) return malformed('To');
  for (const [id, name] of addressHeaders) {
    if (counts[id] === 0) continue;
    const list = parseNameAddrList(request.headers(name));
    if (list?.every(({ uri }) => uri.kind !== 'other' || !uri.isMalformed) !== true) return malformed(name);
  }
  return undefined;
}

function malformed(header: string, what = 'Malformed'): RequestRejection {
  return reject(400, `${what} ${header} header`);
}

function reject(
  status: number,
  reason: string = reasonPhrase(status),
  headers: RequestRejection['headers'] = [],
): RequestRejection {
  return { status, reason, headers };
}
