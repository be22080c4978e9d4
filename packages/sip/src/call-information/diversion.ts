/**
 * Diversion (RFC 5806, historic): who has sent a call on, and why, the last one first. Interop: what carriers read, and PBXs write, where RFC 7044 has
 * History-Info.
 */
import { formatNameAddr, parseNameAddr } from '../message/name-addr.ts';

export interface Diversion {
  /** Who sent the call on. */
  readonly uri: string;
  readonly displayName?: string | undefined;
  /** Lower case: unknown, user-busy, no-answer, unavailable, unconditional, time-of-day, do-not-disturb, deflection, follow-me, out-of-service, away, or another. */
  readonly reason: string;
  /** How often it was sent on there; 1 where it does not say. */
  readonly counter: number;
  /** How often it may be sent on altogether. */
  readonly limit?: number | undefined;
  /** Not to be shown to the callee: anything but `privacy=off`. */
  readonly isPrivate: boolean;
}

export function parseDiversion(text: string): Diversion | undefined {
  const address = parseNameAddr(text);
  if (address === undefined) return undefined;
  const { uriText, displayName, params } = address;
  return {
    uri: uriText,
    displayName: displayName === '' ? undefined : displayName,
    reason: params.get('reason')?.toLowerCase() ?? 'unknown',
    counter: numberOf(params.get('counter')) ?? 1,
    limit: numberOf(params.get('limit')),
    isPrivate: (params.get('privacy')?.toLowerCase() ?? 'off') !== 'off',
  };
}

export function formatDiversion({ uri, displayName, reason, counter, limit, isPrivate }: Diversion): string {
  const privacy = isPrivate ? 'full' : 'off';
  return formatNameAddr({ displayName, uri, params: { reason, counter, limit, privacy } });
}

/** RFC 5806 §5: one to two digits. */
function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,2}$/.test(text) ? Number(text) : undefined;
}
