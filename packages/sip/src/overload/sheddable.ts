/**
 * What may be turned away under overload: requests that begin something. Never what belongs to a dialog or ends something, an ACK, a CANCEL, a response
 * (RFC 6357 §5.3: work that has been begun is finished first); never an emergency call (RFC 7339 §5.10.1, by urn:service:sos of RFC 5031 or the namespace
 * esnet of RFC 7135); nor OPTIONS, whose answer costs what its refusal would.
 */
import type { SipRequest } from '../message/request.ts';

const begins: ReadonlySet<string> = new Set(['INVITE', 'REGISTER', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE', 'REFER']);

export function isSheddable(request: SipRequest, emergencyNumbers: ReadonlySet<string>): boolean {
  return begins.has(request.method) && request.to.tag === undefined && !isEmergency(request, emergencyNumbers);
}

function isEmergency(request: SipRequest, numbers: ReadonlySet<string>): boolean {
  if (/^urn:service:sos\b/i.test(request.uri)) return true;
  if (request.headers('Resource-Priority').some((value) => /(?:^|,)\s*esnet\./i.test(value))) return true;
  if (request.method !== 'INVITE' || numbers.size === 0) return false;
  const { requestUri } = request;
  const user = requestUri.kind === 'sip' ? requestUri.user : requestUri.kind === 'tel' ? requestUri.number : undefined;
  return user !== undefined && numbers.has(user);
}

const firstLetters = [...begins].map((method) => [...`${method} `].map((letter) => letter.charCodeAt(0)));

/**
 * Whether bytes that nobody has parsed are such a request, by their first word: what is dropped when even refusing is too much. A request within a dialog
 * may be dropped with them; over UDP it comes again.
 */
export function beginsSomething(bytes: Uint8Array): boolean {
  return firstLetters.some((letters) => letters.every((letter, at) => bytes[at] === letter));
}
