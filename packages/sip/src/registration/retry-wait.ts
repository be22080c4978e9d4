/**
 * How long a user agent waits after a registration or a flow has failed (RFC 5626 §4.5): a bound that doubles with each failure in a row, and of it between half and
 * all by chance, so that the phones of a server that comes back do not come all at once. Longer while another flow stands.
 */

export interface FailedAttempts {
  /** In a row, this one included. */
  readonly failures: number;
  /** Another flow of the same user agent is registered. */
  readonly hasOtherFlow: boolean;
  /** 0 to 1. */
  readonly chance: number;
  /** What the server has asked for. */
  readonly retryAfterSec?: number | undefined;
}

const allFailedSec = 30;
const otherStandsSec = 90;
const longestSec = 1800;

export function retryWaitMs({ failures, hasOtherFlow, chance, retryAfterSec = 0 }: FailedAttempts): number {
  const baseSec = hasOtherFlow ? otherStandsSec : allFailedSec;
  const boundSec = Math.min(longestSec, baseSec * 2 ** Math.min(failures - 1, 10));
  return Math.max(boundSec * (0.5 + chance / 2), retryAfterSec) * 1000;
}
