/** Messages and bodies as text for a snapshot. */
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { BytesToString } from '../message/text.ts';
import type { KeptBody } from './session-bodies.ts';
import type { StoredBody } from './session-state.ts';

export function textOf(message: SipRequest | SipResponse, decode: BytesToString): string {
  const { body } = message;
  return headTextOf(message) + decode(body, 0, body.length);
}

/** Up to and with the empty line. */
export function headTextOf({ head }: SipRequest | SipResponse): string {
  return head.start === 0 && head.end === head.wire.length ? head.wire : head.wire.slice(head.start, head.end);
}

export function storeBody(body: KeptBody | null): StoredBody | null {
  return body === null ? null : { type: body.type, text: body.text };
}
