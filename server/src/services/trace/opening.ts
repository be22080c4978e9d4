/** What a dialog began with, as far as a search asks: INVITE or REGISTER, whose, and what its ends call it. Read from the message when somebody searches. */
import { header, readMessage, userOf } from './read-message.ts';
import type { TraceEntry } from './trace-entry.ts';

/** RFC 7989 §5: nobody's yet. */
const nil = '0'.repeat(32);

export interface Opening {
  readonly method: string;
  /** The users whom it is from and to, and what its ends call the session (RFC 7989). */
  readonly names: readonly string[];
}

/** By the first letter: most messages need not be read. Line ends may stand before it. */
export function mayOpen(bytes: Uint8Array, start = 0): boolean {
  const letter = bytes[start];
  return letter !== undefined && (letter <= 0x20 || letter === 0x49 || letter === 0x52);
}

/** Undefined where the dialog did not begin with an INVITE or a REGISTER. */
export function openingOf(entries: Iterable<TraceEntry>): Opening | undefined {
  for (const { bytes } of entries) if (bytes.length > 0) return openingIn(bytes);
  return undefined;
}

function openingIn(bytes: Uint8Array): Opening | undefined {
  if (!mayOpen(bytes)) return undefined;
  const message = readMessage(bytes);
  if (message.method !== 'INVITE' && message.method !== 'REGISTER') return undefined;
  // RFC 3261 §12.2.1.1: within a dialog, so another process may have seen its beginning.
  if (/;\s*tag\s*=/i.test(header(message, 'to') ?? '')) return undefined;
  const users = [userOf(header(message, 'from')), userOf(header(message, 'to')), userOf(message.requestUri)];
  const sessionIds = header(message, 'session-id')?.match(/[0-9a-f]{32}/gi) ?? [];
  const names = [...users, ...sessionIds.map((id) => id.toLowerCase())];
  return { method: message.method, names: names.filter((name) => name !== '' && name !== nil) };
}
