/** A MESSAGE (RFC 3428) as a person or a program reads it. */
import { parseDate } from '../message/date.ts';
import { parseMediaType } from '../message/media-type.ts';
import type { NameAddr } from '../message/name-addr.ts';
import type { SipRequest } from '../message/request.ts';

/**
 * RFC 3428 §8: what may be longer on the way than this goes over nothing that does not care for congestion, which is UDP.
 */
export const mostMessageBytesByUdp = 1_300;

export interface PagerMessage {
  readonly from: NameAddr;
  /** As written; text/plain where nothing is said. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Of text types, by their charset where that is known here; undefined: no text. */
  readonly text: string | undefined;
  /** When it was sent, by its Date; undefined: it does not say. */
  readonly sentUtcMs: number | undefined;
  /** For how long after that it is of use (RFC 3428 §7); undefined: for good. */
  readonly expiresSec: number | undefined;
}

export function readPagerMessage(request: SipRequest): PagerMessage {
  const contentType = request.contentType ?? 'text/plain';
  const bytes = request.body;
  const { from, expires: expiresSec } = request;
  return { from, contentType, bytes, text: textOf(contentType, bytes), sentUtcMs: dateOf(request), expiresSec };
}

function dateOf(request: SipRequest): number | undefined {
  const value = request.header('Date');
  return value === undefined ? undefined : parseDate(value);
}

function textOf(contentType: string, bytes: Uint8Array): string | undefined {
  const type = parseMediaType(contentType);
  if (type?.type.toLowerCase() !== 'text') return undefined;
  const charset = type.params.get('charset')?.toLowerCase() ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}
