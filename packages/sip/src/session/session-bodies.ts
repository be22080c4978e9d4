/** Bodies and headers as a session passes them on, opaque. */
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';

export interface SessionBody {
  /** Content-Type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

export type HeaderPair = readonly [name: string, value: string];

export function bodyHeaders(body: SessionBody | null): HeaderPair[] {
  return body === null ? [] : [['Content-Type', body.type]];
}

export function bodyOf(message: SipRequest | SipResponse): SessionBody | null {
  const type = message.contentType;
  return message.bodySizeBytes === 0 || type === undefined ? null : { type, bytes: message.body };
}

export function isSameBody(a: SessionBody | null, b: SessionBody | null): boolean {
  if (a === null || b === null) return a === b;
  return a.bytes.length === b.bytes.length && a.bytes.every((byte, at) => byte === b.bytes[at]);
}

/** Credentials in place of those there were (RFC 3261 §22.3: one header per proxy on the way). */
export function withCredentialRows(headers: readonly HeaderPair[], rows: readonly HeaderPair[]): HeaderPair[] {
  return [...headers.filter(([name]) => !/^(?:proxy-)?authorization$/i.test(name)), ...rows];
}
