/** Event (RFC 6665 §8.2.1) and Subscription-State (RFC 6665 §8.2.3). */
import { parseParameterized } from './parameterized.ts';
import { readSeconds } from './read-seconds.ts';
import { isToken } from './text.ts';

export interface EventHeader {
  /** The package with its templates, as written: "presence", "presence.winfo", "refer". */
  readonly package: string;
  readonly id: string | undefined;
}

export function parseEvent(text: string): EventHeader | undefined {
  const parsed = parseParameterized(text);
  if (parsed === undefined || !isToken(parsed.value)) return undefined;
  return { package: parsed.value, id: parsed.params.get('id') };
}

export interface SubscriptionState {
  /** Lower case: active, pending, terminated, or an extension. */
  readonly state: string;
  readonly expiresSec: number | undefined;
  /** deactivated, probation, rejected, timeout, giveup, noresource, invariant, or an extension. */
  readonly reason: string | undefined;
  readonly retryAfterSec: number | undefined;
}

export function parseSubscriptionState(text: string): SubscriptionState | undefined {
  const parsed = parseParameterized(text);
  if (parsed === undefined || !isToken(parsed.value)) return undefined;
  const { params } = parsed;
  return {
    state: parsed.value.toLowerCase(),
    expiresSec: readSeconds(params.get('expires')),
    reason: params.get('reason')?.toLowerCase(),
    retryAfterSec: readSeconds(params.get('retry-after')),
  };
}
