/**
 * Session-ID (RFC 7989): what the two ends of a session call it, whoever stands between them; the sender's own identifier first, and the other end's as `remote`.
 * Of RFC 7329, which has one identifier and no `remote`, the form is read (§11).
 */
import type { Random } from '../clock/random.ts';
import { parseParameterized } from '../message/parameterized.ts';

export interface SessionId {
  /** 32 hex digits in lower case. */
  readonly local: string;
  /** {@link nilSessionId}: the sender does not know it yet. Undefined: the sender knows RFC 7329 only. */
  readonly remote: string | undefined;
}

/** RFC 7989 §5: stands for one that is not known yet. */
export const nilSessionId: string = '0'.repeat(32);

const form = /^[0-9a-f]{32}$/;

export function isSessionUuid(text: string): boolean {
  return form.test(text);
}

/** Undefined: malformed, or the nil identifier where one's own has to stand. Interop: capitals are read as what they mean. */
export function parseSessionId(text: string): SessionId | undefined {
  const parsed = parseParameterized(text);
  const local = parsed?.value.toLowerCase() ?? '';
  const remote = parsed?.params.get('remote')?.toLowerCase();
  if (!form.test(local) || local === nilSessionId) return undefined;
  return remote === undefined || form.test(remote) ? { local, remote } : undefined;
}

export function formatSessionId(local: string, remote: string = nilSessionId): string {
  return `${local};remote=${remote}`;
}

/** A version 4 UUID (RFC 7989 §4.1, RFC 4122 §4.4) without its dashes. */
export function createSessionUuid(random: Random): string {
  const hex = (digits: number, value: number): string => value.toString(16).padStart(digits, '0');
  const some = (): string => hex(4, random.integer(0x1_0000));
  const version = hex(4, 0x4000 + random.integer(0x1000));
  const variant = hex(4, 0x8000 + random.integer(0x4000));
  return `${some()}${some()}${some()}${version}${variant}${some()}${some()}${some()}`;
}
