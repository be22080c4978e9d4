/** What a check found, in words for the person who must act. */

export type Verdict = 'ok' | 'warning' | 'failure';

export interface Finding {
  /** `ports`, `clock`, `certificates` … */
  readonly check: string;
  readonly verdict: Verdict;
  readonly what: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function ok(check: string, what: string): Finding {
  return { check, verdict: 'ok', what };
}

export function warning(check: string, what: string, advice: string): Finding {
  return { check, verdict: 'warning', what, advice };
}

export function failure(check: string, what: string, advice: string): Finding {
  return { check, verdict: 'failure', what, advice };
}
