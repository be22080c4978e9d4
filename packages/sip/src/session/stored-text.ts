/**
 * Messages and bodies as text for a snapshot, made once of each: snapshots are taken turn after turn, and their taker tells what is new by its
 * identity.
 */
import { formatMessage } from '../message/format-message.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { bytesToString, stringIntoBytes } from '../message/text.ts';
import type { SessionBody } from './session-bodies.ts';
import type { StoredBody } from './session-state.ts';

const texts = new WeakMap<SipRequest | SipResponse, string>();
const bodies = new WeakMap<SessionBody, StoredBody>();

export function textOf(message: SipRequest | SipResponse): string {
  const known = texts.get(message);
  if (known !== undefined) return known;
  const bytes = formatMessage(message, stringIntoBytes);
  const text = bytesToString(bytes, 0, bytes.length);
  texts.set(message, text);
  return text;
}

export function storeBody(body: SessionBody | null): StoredBody | null {
  if (body === null) return null;
  const known = bodies.get(body);
  if (known !== undefined) return known;
  const stored = { type: body.type, text: bytesToString(body.bytes, 0, body.bytes.length) };
  bodies.set(body, stored);
  return stored;
}
