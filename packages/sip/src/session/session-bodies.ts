/** Bodies as a session passes them on, opaque. */
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

export function bodyHeaders(body: SessionBody | null): HeaderPair[] {
  return body === null ? [] : [['Content-Type', body.type]];
}

export function bodyOf(message: SipRequest | SipResponse): SessionBody | null {
  const type = message.contentType;
  return message.bodySizeBytes === 0 || type === undefined ? null : { type, bytes: message.body };
}
