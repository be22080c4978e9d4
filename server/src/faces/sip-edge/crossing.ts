/**
 * What crosses the back-to-back user agent, and nothing else does (docs/crossing.md tells it to people): Max-Forwards less one, Session-ID
 * (RFC 7989) and an allow-list of headers. Call-ID, tags, Via, Contact, Require, Supported, Allow and session timers belong to one leg.
 */

import { isSips, parseSessionId, type SipRequest, type SipResponse } from '@ringdown/sip';
import type { Crossing } from '#engine/calls';
import { recvInfoRows } from './info-packages.ts';
import { isPlainText } from './plain-text.ts';

/** Each with why it may pass. */
export const crossingHeaders: readonly (readonly [name: string, why: string])[] = [
  ['Alert-Info', 'how the phone should ring (RFC 3261 §20.4)'],
  ['Call-Info', 'about the caller (RFC 3261 §20.9)'],
  ['Subject', 'what the call is about (RFC 3261 §20.36)'],
  ['Priority', 'urgency (RFC 3261 §20.26)'],
  ['User-to-User', 'data of the applications at both ends (RFC 7433)'],
  ['History-Info', 'where the call has been (RFC 7044)'],
  ['Diversion', 'the same, older (RFC 5806)'],
  ['Reply-To', 'where to call back (RFC 3261 §20.31)'],
];

const defaultMaxForwards = 70;

/** More targets than any call has that does not go round. */
const maxHistory = 30;
/** Of one value; a longer one does not cross. */
const maxValueChars = 2_048;

/** Undefined: Max-Forwards has reached zero, or where the call has been is too long to be no loop: answer 483 (RFC 3261 §16.3). */
export function readCrossing(request: SipRequest): Crossing | undefined {
  const maxForwards = request.maxForwards ?? defaultMaxForwards;
  if (maxForwards <= 0) return undefined;
  const secure = isSips(request.uri) ? { isSecure: true } : {};
  const headers = crossingRows(request);
  if (headers.length > maxHistory && headers.filter(isHistory).length > maxHistory) return undefined;
  const hidden =
    headers.some(isHistory) && request.headers('Privacy').some(hidesHistory) ? { isHistoryPrivate: true } : {};
  return { maxForwards: maxForwards - 1, ...sessionIdOf(request), ...secure, ...hidden, headers };
}

/** What a 2xx carries back. */
export function readAnswerCrossing(response: SipResponse): Crossing {
  return { maxForwards: defaultMaxForwards, ...sessionIdOf(response), headers: crossingRows(response) };
}

function crossingRows(message: SipRequest | SipResponse): [string, string][] {
  const rows: [string, string][] = [];
  for (const [name] of crossingHeaders) {
    // Mostly it has none of them.
    if (message.header(name) === undefined) continue;
    for (const value of message.headers(name)) if (isPassable(value)) rows.push([name, value]);
  }
  rows.push(...recvInfoRows(message));
  return rows;
}

export function isHistory([name]: readonly [name: string, value: string]): boolean {
  return name === 'History-Info' || name === 'Diversion';
}

/** RFC 7044 §10.1.1: by itself, or with all that stands in headers. */
function hidesHistory(privacy: string): boolean {
  return /\b(?:history|header|session)\b/i.test(privacy);
}

function isPassable(value: string): boolean {
  return value.length <= maxValueChars && isPlainText(value);
}

/** What the sender calls the session (RFC 7989 §5). */
export function sessionIdOf(message: SipRequest | SipResponse): { readonly sessionId?: string } {
  const said = message.header('Session-ID');
  const sessionId = said === undefined ? undefined : parseSessionId(said)?.local;
  return sessionId === undefined ? {} : { sessionId };
}
