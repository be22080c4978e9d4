/**
 * Which of several failed branches the caller is told (RFC 3261 §16.7 step 6, said in causes): a refusal by a person counts most,
 * then what the callee's side is, then what went wrong on the way.
 */
import { type EndCause, type EndCauseCode, endCause } from './end-cause.ts';

/** Best first. What is not listed comes after all of these. */
const order: readonly EndCauseCode[] = [
  'declined',
  'busy',
  'no-common-codec',
  'not-acceptable',
  'forbidden',
  'not-found',
  'no-answer',
  'not-registered',
  'upstream-rejected',
  'channels-used-up',
  'upstream-auth',
  'upstream-failed',
  'unreachable',
  'request-timeout',
];

export function bestCause(causes: readonly EndCause[]): EndCause {
  let best: EndCause | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const cause of causes) {
    const at = order.indexOf(cause.code);
    const rank = at < 0 ? order.length : at;
    if (rank < bestRank) {
      best = cause;
      bestRank = rank;
    }
  }
  return best ?? endCause('no-answer');
}
