/** Why subscriptions end: the reasons that a notifier gives (RFC 6665 §4.1.3), what they ask of the subscriber, and failures that end a usage (§4.1.2.2, §4.2.2). */

/** RFC 6665 §4.1.3; `invariant` is new there against RFC 3265. */
export type TerminationReason =
  | 'deactivated'
  | 'probation'
  | 'rejected'
  | 'timeout'
  | 'giveup'
  | 'noresource'
  | 'invariant';

export interface SubscriptionEnd {
  /**
   * terminated: a NOTIFY said so, with `reason`. unsubscribed: we asked for it. refused: a final refusal of the first SUBSCRIBE. gone: a refusal of a later one that ends the
   * subscription. no-notify: timer N. expired: nobody refreshed it. timeout, transport: no response, no way there. closed: the dialog that it stood in is over.
   */
  readonly why:
    | 'terminated'
    | 'unsubscribed'
    | 'refused'
    | 'gone'
    | 'no-notify'
    | 'expired'
    | 'timeout'
    | 'transport'
    | 'closed';
  /** As the NOTIFY has it, in lower case. */
  readonly reason?: string | undefined;
  readonly retryAfterSec?: number | undefined;
  /** Of the refusal. */
  readonly status?: number | undefined;
  /** What went wrong, for a person. */
  readonly detail?: string | undefined;
}

const firstPauseSec = 30;
const longestPauseSec = 1_800;

/**
 * When to subscribe anew after an end (§4.1.3), seconds; null: never. `failures`: how many ends in a row had nothing to show.
 */
export function resubscribeAfterSec(end: SubscriptionEnd, failures: number): number | null {
  const pauseSec = Math.min(longestPauseSec, firstPauseSec * 2 ** Math.max(0, failures));
  switch (end.why) {
    case 'unsubscribed':
    case 'closed':
      return null;
    case 'refused':
      return isLasting(end.status ?? 0) ? null : Math.max(end.retryAfterSec ?? 0, pauseSec);
    case 'terminated':
      return afterReasonSec(end, failures === 0 ? 0 : pauseSec, pauseSec);
    case 'gone':
    case 'expired':
      return failures === 0 ? 0 : pauseSec;
    default:
      return pauseSec;
  }
}

function afterReasonSec(end: SubscriptionEnd, atOnceSec: number, pauseSec: number): number | null {
  switch (end.reason) {
    case 'rejected':
    case 'noresource':
    case 'invariant':
      return null;
    case 'deactivated':
    case 'timeout':
      // retry-after means nothing here.
      return atOnceSec;
    case 'probation':
    case 'giveup':
      return end.retryAfterSec ?? pauseSec;
    default:
      return end.retryAfterSec ?? atOnceSec;
  }
}

/** Refusals that the same request will meet again. */
function isLasting(status: number): boolean {
  return (status >= 400 && status < 480 && status !== 408) || status === 489 || status === 501 || status >= 600;
}

/** Responses to SUBSCRIBE or NOTIFY in a dialog after which there is no subscription any more; others leave it as it was. */
export function endsSubscription(status: number): boolean {
  return (
    status === 404 ||
    status === 405 ||
    status === 408 ||
    status === 410 ||
    status === 416 ||
    (status >= 480 && status <= 485) ||
    status === 489 ||
    status === 501 ||
    status === 604
  );
}
