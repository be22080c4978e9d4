/** The body of a NOTIFY about a REFER (RFC 3420, RFC 3515 §2.4.5): a fragment of a SIP message, of which the status line counts. */
import { reasonPhrase } from '../message/reason-phrase.ts';
import { readStartLine } from '../message/start-line.ts';
import type { SessionBody } from '../session/session-bodies.ts';

export const sipfragType = 'message/sipfrag';

export interface SipfragStatus {
  readonly status: number;
  readonly reason: string;
}

/** More would not be a status line. */
const longestLine = 1_000;

/** Undefined: no status line at its head; a fragment may be anything (RFC 3420 §2). */
export function parseSipfrag(body: SessionBody | null): SipfragStatus | undefined {
  const type = body?.type.split(';')[0]?.trim().toLowerCase();
  if (body === null || type !== sipfragType) return undefined;
  const head = String.fromCharCode(...body.bytes.subarray(0, longestLine));
  const [line = ''] = head.split(/\r?\n/, 1);
  const start = readStartLine(line, 0, line.length);
  return start.failure !== null || start.status === 0
    ? undefined
    : { status: start.status, reason: start.reasonWire.trim() };
}

export function formatSipfrag(status: number, reason: string = reasonPhrase(status)): SessionBody {
  const line = `SIP/2.0 ${status} ${reason.replace(/[^\x20-\x7e]/g, '?')}\r\n`;
  return { type: `${sipfragType};version=2.0`, bytes: new TextEncoder().encode(line) };
}
