/** Requests from parts (RFC 3261 §8.1.1). Headers stand in the order given; Content-Length is added, always right. */
import { HeadComposer, safeName, safeWire, UnsafeHeaderError } from './compose.ts';
import { NO_BODY } from './message.ts';
import { SipRequest } from './request.ts';
import { toWire } from './text.ts';

export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly (readonly [name: string, value: string | number])[];
  readonly body?: Uint8Array | string | undefined;
}

/** @throws UnsafeHeaderError for CR, LF or NUL in any part, or a space in the URI. */
export function buildRequest(parts: RequestParts): SipRequest {
  const uriWire = safeUri(parts.uri);
  const composer = new HeadComposer(`${safeName(parts.method)} ${uriWire} SIP/2.0`);
  for (const [name, value] of parts.headers) composer.add(name, value);
  const bytes = bodyBytes(parts.body);
  const body = { bytes, start: 0, end: bytes.length };
  return new SipRequest({ method: parts.method, uriWire }, composer.finish(bytes.length), body);
}

export function safeUri(uri: string): string {
  if (uri === '' || /[ \t<>]/.test(uri)) throw new UnsafeHeaderError('the Request-URI');
  return safeWire(uri, 'the Request-URI');
}

/** A string body is sent as UTF-8. */
export function bodyBytes(body: Uint8Array | string | undefined): Uint8Array {
  if (body === undefined) return NO_BODY;
  if (typeof body !== 'string') return body;
  const wire = toWire(body);
  const bytes = new Uint8Array(wire.length);
  for (let i = 0; i < wire.length; i++) bytes[i] = wire.charCodeAt(i);
  return bytes;
}
