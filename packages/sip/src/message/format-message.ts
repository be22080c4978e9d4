/** Message to bytes. A message that was parsed and not edited comes out byte for byte, whatever its spelling. */
import { buildRejection } from './build-response.ts';
import type { Head } from './head.ts';
import { NO_BODY } from './message.ts';
import type { ParseFailure } from './parse-failure.ts';
import type { SipRequest } from './request.ts';
import type { SipResponse } from './response.ts';
import { bytesToString, type StringIntoBytes, stringIntoBytes } from './text.ts';
import type { Via } from './via.ts';

/** How many bytes the message takes. */
export function messageSizeBytes(message: SipRequest | SipResponse): number {
  return message.head.end - message.head.start + message.bodySizeBytes;
}

export function formatMessage(message: SipRequest | SipResponse, write: StringIntoBytes = stringIntoBytes): Uint8Array {
  const bytes = new Uint8Array(messageSizeBytes(message));
  formatInto(message, bytes, 0, write);
  return bytes;
}

/** All of it, a character for each octet: the least that can be kept of it. */
export function wireOf(message: SipRequest | SipResponse): string {
  const { head, body } = message;
  const wire = head.wire.slice(head.start, head.end);
  return body.length === 0 ? wire : wire + bytesToString(body, 0, body.length);
}

/** A message as it is sent. The memory may be a part of a larger piece: who keeps the octets for long keeps that piece. */
export type EncodeMessage = (message: SipRequest | SipResponse) => Uint8Array;

/** @param allocate gives memory of so many octets, whatever stands in it */
export function createEncoder(write: StringIntoBytes, allocate: (sizeBytes: number) => Uint8Array): EncodeMessage {
  return (message) => {
    const bytes = allocate(messageSizeBytes(message));
    formatInto(message, bytes, 0, write);
    return bytes;
  };
}

/** Writes at `offset`; the caller has made sure that {@link messageSizeBytes} fit. Returns the number of bytes written. */
export function formatInto(
  message: SipRequest | SipResponse,
  buffer: Uint8Array,
  offset: number,
  write: StringIntoBytes = stringIntoBytes,
): number {
  return writeParts(message.head, message.body, buffer, offset, write);
}

function writeParts(head: Head, body: Uint8Array, buffer: Uint8Array, offset: number, write: StringIntoBytes): number {
  const { wire } = head;
  const text = head.start === 0 && head.end === wire.length ? wire : wire.slice(head.start, head.end);
  const headBytes = write(text, buffer, offset);
  if (body.length > 0) buffer.set(body, offset + headBytes);
  return headBytes + body.length;
}

/** The bytes that answer a request which failed to parse, and the Via that says where to; see {@link buildRejection}. */
export function formatRejection(
  failure: ParseFailure,
  write: StringIntoBytes = stringIntoBytes,
): { readonly bytes: Uint8Array; readonly topVia: Via } | undefined {
  const rejection = buildRejection(failure);
  if (rejection === undefined) return undefined;
  const bytes = new Uint8Array(rejection.head.end);
  writeParts(rejection.head, NO_BODY, bytes, 0, write);
  return { bytes, topVia: rejection.topVia };
}
