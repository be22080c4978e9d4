/** Responses to a request (RFC 3261 §8.2.6, §12.1.1), and the answer to what could not be parsed. */
import { bodyBytes } from './build-request.ts';
import { HeadComposer, safeWire } from './compose.ts';
import type { Head } from './head.ts';
import * as names from './header-names.ts';
import type { ParseFailure } from './parse-failure.ts';
import { reasonPhrase } from './reason-phrase.ts';
import type { SipRequest } from './request.ts';
import { SipResponse } from './response.ts';
import { parseFirstVia, parseVia, type Via } from './via.ts';

export interface ResponseParts {
  /** Default: the registered phrase. */
  readonly reason?: string | undefined;
  /** Added to To when the request had no tag there (RFC 3261 §8.2.6.2), never on 100. Default: that of the request's transaction. */
  readonly toTag?: string | undefined;
  readonly headers?: readonly (readonly [name: string, value: string | number])[] | undefined;
  readonly body?: Uint8Array | string | undefined;
}

/** Thrown for a status outside 100 to 699. */
export class BadStatusError extends Error {
  readonly code = 'sip_status_bad';
  constructor(status: number) {
    super(`${status} is no SIP status`);
    this.name = 'BadStatusError';
  }
}

/** @throws UnsafeHeaderError for CR, LF or NUL in any part. */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  if (!(Number.isInteger(status) && status >= 100 && status <= 699)) throw new BadStatusError(status);
  const reasonWire = safeWire(parts.reason ?? reasonPhrase(status), 'the reason phrase');
  const composer = new HeadComposer(`SIP/2.0 ${status} ${reasonWire}`);
  const { head } = request;
  copyAll(composer, head, names.VIA);
  copyAll(composer, head, names.FROM);
  const toTag = status > 100 && request.to.tag === undefined ? (parts.toTag ?? request.responseTag) : undefined;
  copyTo(composer, head, toTag);
  copyAll(composer, head, names.CALL_ID);
  copyAll(composer, head, names.CSEQ);
  if (establishesDialog(request.method, status)) copyAll(composer, head, names.RECORD_ROUTE);
  if (status === 100) copyAll(composer, head, names.TIMESTAMP);
  for (const [name, value] of parts.headers ?? []) composer.add(name, value);
  const bytes = bodyBytes(parts.body);
  const body = { bytes, start: 0, end: bytes.length };
  return new SipResponse({ status, reasonWire }, composer.finish(bytes.length), body);
}

/** RFC 3261 §12.1.1, RFC 6665 §4.2.1, RFC 3515 §2.4.4: responses from which the peer takes a route set. */
function establishesDialog(method: string, status: number): boolean {
  if (status <= 100 || status >= 300) return false;
  return (
    method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER' || method === 'NOTIFY' || method === 'UPDATE'
  );
}

function copyAll(composer: HeadComposer, head: Head, id: number): void {
  for (let row = head.find(id); row >= 0; row = head.find(id, row + 1)) composer.copy(head, row);
}

function copyTo(composer: HeadComposer, head: Head, toTag: string | undefined): void {
  const row = head.find(names.TO);
  if (row < 0) return;
  if (toTag === undefined) composer.copy(head, row);
  else composer.copyWith(head, row, `;tag=${toTag}`);
}

/**
 * The answer to a request that failed to parse: whatever of Via, From, To, Call-ID and CSeq was there goes back as it was
 * (RFC 3261 §8.2.6.2), with the failure's status and reason. `topVia` says where to. Undefined: not to be answered, or nobody to answer.
 */
export function buildRejection(failure: ParseFailure): { readonly head: Head; readonly topVia: Via } | undefined {
  if (failure.partial === undefined) return undefined;
  const { head } = failure.partial;
  const row = head.find(names.VIA);
  const viaText = row < 0 ? '' : head.valueOf(row);
  // With broken parameters the sent-by alone still says where to.
  const topVia = parseFirstVia(viaText, 0, viaText.length) ?? parseVia(viaText.replace(/[;,].*$/s, '').trimEnd());
  if (topVia === undefined) return undefined;
  const composer = new HeadComposer(`SIP/2.0 ${failure.status} ${safeWire(failure.reason, 'the reason phrase')}`);
  for (const id of [names.VIA, names.FROM, names.TO, names.CALL_ID, names.CSEQ]) copyAll(composer, head, id);
  return { head: composer.finish(0), topVia };
}
