/** Session-Expires and Min-SE (RFC 4028 §4, §5). */
import { parseParameterized } from './parameterized.ts';
import { readSeconds } from './read-seconds.ts';

export interface SessionExpires {
  readonly intervalSec: number;
  /** Who refreshes; undefined: not settled yet. */
  readonly refresher: 'uac' | 'uas' | undefined;
}

export function parseSessionExpires(text: string): SessionExpires | undefined {
  const parsed = parseParameterized(text);
  const intervalSec = readSeconds(parsed?.value);
  if (parsed === undefined || intervalSec === undefined) return undefined;
  const refresher = parsed.params.get('refresher')?.toLowerCase();
  return { intervalSec, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

/** Min-SE: seconds; undefined: not a number. */
export function parseMinSe(text: string): number | undefined {
  return readSeconds(parseParameterized(text)?.value);
}
