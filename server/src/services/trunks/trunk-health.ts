/**
 * Health of a peer by OPTIONS (RFC 3261 §11), with hysteresis so that one lost answer changes nothing. Any answer but 503 is a sign
 * of life: a peer that refuses OPTIONS is there. One that never answered may be of those that answer no OPTIONS at all, and is no worse than unknown:
 * calls to a trunk that is down are refused. State and step are plain data.
 */

export type TrunkStatus = 'unknown' | 'up' | 'down';

export interface TrunkHealth {
  readonly status: TrunkStatus;
  readonly sinceUtcMs: number;
  /** In a row. */
  readonly failures: number;
  readonly successes: number;
}

export type ProbeResult = { readonly kind: 'answered'; readonly status: number } | { readonly kind: 'no-answer' };

export const failuresToDown = 3;
export const successesToUp = 2;

export function unknownHealth(nowUtcMs: number): TrunkHealth {
  return { status: 'unknown', sinceUtcMs: nowUtcMs, failures: 0, successes: 0 };
}

/** One more probe would tell whether it changes: no need to wait the whole interval for it. */
export function isChanging({ status, failures, successes }: TrunkHealth): boolean {
  return (status === 'up' && failures > 0) || (status === 'down' && successes > 0);
}

export function stepHealth(health: TrunkHealth, probe: ProbeResult, nowUtcMs: number): TrunkHealth {
  const alive = probe.kind === 'answered' && probe.status !== 503;
  const successes = alive ? health.successes + 1 : 0;
  const failures = alive ? 0 : health.failures + 1;
  let { status } = health;
  // Nothing known yet: the first answer is enough.
  if (alive && (status === 'unknown' || successes >= successesToUp)) status = 'up';
  if (!alive && status === 'up' && failures >= failuresToDown) status = 'down';
  const sinceUtcMs = status === health.status ? health.sinceUtcMs : nowUtcMs;
  return { status, sinceUtcMs, failures, successes };
}
