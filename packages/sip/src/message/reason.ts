/** Reason (RFC 3326; RFC 6432 for Q.850 in responses). */
import { numberOf } from './octets.ts';
import { parseParameterized } from './parameterized.ts';

export interface Reason {
  /** As written: "SIP", "Q.850", "SDP", "STIR" or another. */
  readonly protocol: string;
  /** SIP status or Q.850 cause; undefined: none given, or not a number. */
  readonly cause: number | undefined;
  readonly text: string | undefined;
}

/** Parses one value (`message.headers('Reason')` gives them). */
export function parseReason(value: string): Reason | undefined {
  const parsed = parseParameterized(value);
  if (parsed === undefined) return undefined;
  const cause = parsed.params.get('cause');
  const number = cause === undefined ? -1 : numberOf(cause, 99_999);
  return { protocol: parsed.value, cause: number < 0 ? undefined : number, text: parsed.params.get('text') };
}

export function formatReason(reason: {
  readonly protocol: string;
  readonly cause?: number;
  readonly text?: string;
}): string {
  const cause = reason.cause === undefined ? '' : `;cause=${reason.cause}`;
  const text = reason.text === undefined ? '' : `;text="${reason.text.replace(/[\\"]/g, '\\$&')}"`;
  return `${reason.protocol}${cause}${text}`;
}
