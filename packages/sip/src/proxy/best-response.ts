/**
 * Which of several refusals goes back (RFC 3261 §16.7 steps 6 and 7): a 6xx before all, else the lowest class, and in it what helps the caller to come again.
 * The challenges of all branches go along.
 */
import { edit } from '../message/edit.ts';
import type { SipResponse } from '../message/response.ts';

/** Within 4xx. What says how to try again counts most, what says nothing of the callee least; the rest stands between. */
const useful: readonly number[] = [401, 407, 415, 420, 484];
const telling = useful.length;
const empty: readonly number[] = [487, 408];

/** @param responses at least one final other than 2xx, in the order they came */
export function bestResponse(responses: readonly [SipResponse, ...SipResponse[]], isCancelled = false): SipResponse {
  let [best] = responses;
  for (const response of responses)
    if (rank(response.status, isCancelled) < rank(best.status, isCancelled)) best = response;
  return isChallenge(best) ? withChallenges(best, responses) : best;
}

function rank(status: number, isCancelled: boolean): number {
  if (status >= 600) return 0;
  if (isCancelled && status === 487) return 1;
  return Math.floor(status / 100) * 100 + usefulness(status);
}

function usefulness(status: number): number {
  const place = useful.indexOf(status);
  if (place >= 0) return place;
  return telling + 1 + empty.indexOf(status);
}

function isChallenge({ status }: SipResponse): boolean {
  return status === 401 || status === 407;
}

function withChallenges(best: SipResponse, responses: readonly SipResponse[]): SipResponse {
  const others = responses.filter((response) => response !== best && isChallenge(response));
  if (others.length === 0) return best;
  const editor = edit(best);
  for (const other of others)
    for (const name of ['WWW-Authenticate', 'Proxy-Authenticate'])
      for (const challenge of other.headers(name)) editor.addHeader(name, challenge);
  return editor.done();
}
