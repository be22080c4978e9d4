/**
 * What crosses the back-to-back user agent, and nothing else does (docs/crossing.md tells it to people): Max-Forwards less one, Session-ID
 * (RFC 7989) and an allow-list of headers. Call-ID, tags, Via, Contact, Require, Supported, Allow and session timers belong to one leg.
 */

import { type HeaderPair, isSips, type SipRequest, type SipResponse } from '@ringdown/sip';
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

/** Undefined: Max-Forwards has reached zero, answer 483 (RFC 3261 §16.3). */
export function readCrossing(request: SipRequest): Crossing | undefined {
  const maxForwards = request.maxForwards ?? defaultMaxForwards;
  if (maxForwards <= 0) return undefined;
  const secure = isSips(request.uri) ? { isSecure: true } : {};
  return { maxForwards: maxForwards - 1, ...sessionIdOf(request), ...secure, headers: crossingRows(request) };
}

/** What a 2xx carries back. */
export function readAnswerCrossing(response: SipResponse): Crossing {
  return { maxForwards: defaultMaxForwards, ...sessionIdOf(response), headers: crossingRows(response) };
}

function crossingRows(message: SipRequest | SipResponse): [string, string][] {
  const rows = crossingHeaders.flatMap(([name]) =>
    message.headers(name).flatMap((value): [string, string][] => (isPlainText(value) ? [[name, value]] : [])),
  );
  return [...rows, ...recvInfoRows(message)];
}

/** RFC 7989 §5: 32 lower-case hex digits before the first semicolon. */
function sessionIdOf(message: SipRequest | SipResponse): { readonly sessionId?: string } {
  const id = message.header('Session-ID')?.split(';')[0]?.trim();
  return id !== undefined && /^[0-9a-f]{32}$/.test(id) ? { sessionId: id } : {};
}

/** RFC 7989 §5: the nil UUID stands for one that is not known yet. */
const nil = '0'.repeat(32);

/** @param peer what the peer that gets these calls the session */
export function writeCrossing(crossing: Crossing, peer = nil): HeaderPair[] {
  const { sessionId } = crossing;
  const id: HeaderPair[] = sessionId === undefined ? [] : [['Session-ID', `${sessionId};remote=${peer}`]];
  return [...id, ...crossing.headers];
}
