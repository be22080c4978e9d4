/**
 * One side's view of offer and answer in one dialog (RFC 3264 §4, §8), as plain data that a journal can keep: which descriptions stand, which offer is open, and
 * what was sent last. Pure functions; what the peer does wrong is a value with the response it earns.
 *
 *                 offerSent                        offerReceived
 *   local-offer <----------- stable -----------------------------> remote-offer
 *        |  answerReceived     ^ ^                 answerSent           |
 *        +---------------------+ +--------------------------------------+
 *             rolledBack leads back from either (RFC 6141 §3.4)
 *
 * Left out: which SIP message may carry an offer (RFC 6337 §2.2), previews of an answer in unreliable responses: the session knows those.
 */
import { type AnswerProblem, answerProblem, offerProblem } from './check-answer.ts';
import type { SessionDescription } from './session-description.ts';

export interface OfferAnswerState {
  readonly phase: 'stable' | 'local-offer' | 'remote-offer';
  /** Last agreed; null before the first answer. */
  readonly local: SessionDescription | null;
  readonly remote: SessionDescription | null;
  /** The offer that waits for its answer. */
  readonly pending: SessionDescription | null;
  /** Whatever we sent last, agreed or not: the next version counts from it (see `localDescription`). */
  readonly lastSent: SessionDescription | null;
}

export interface OfferAnswerFailure {
  /**
   * glare: theirs met ours. offer-unanswered: a second offer before we answered the first. fewer-lines, wrong-kind: RFC 3264 §8, §6. not-due: nothing to answer, or
   * not our turn (a defect of the caller's where it is about sending).
   */
  readonly code: 'glare' | 'offer-unanswered' | 'not-due' | AnswerProblem['code'];
  /** The m-line at fault, from 1; null: none in particular. */
  readonly line: number | null;
  readonly reason: string;
  /** The final response that a request with this offer earns; null for answers, which earn none. */
  readonly status: 491 | 500 | 488 | null;
  /** RFC 3261 §14.2: Retry-After with a random number of seconds from 0 to this. */
  readonly retryAfterMaxSec?: number;
}

export type OfferAnswerResult =
  | { readonly ok: true; readonly state: OfferAnswerState }
  | { readonly ok: false; readonly failure: OfferAnswerFailure };

export function createOfferAnswer(): OfferAnswerState {
  return { phase: 'stable', local: null, remote: null, pending: null, lastSent: null };
}

export function offerSent(state: OfferAnswerState, offer: SessionDescription): OfferAnswerResult {
  if (state.phase !== 'stable') return notDue(`an offer while ${openOffer(state)} is open`);
  const problem = offerProblem(state.local, offer);
  if (problem !== null) return failed({ ...problem, status: null });
  return { ok: true, state: { ...state, phase: 'local-offer', pending: offer, lastSent: offer } };
}

export function offerReceived(state: OfferAnswerState, offer: SessionDescription): OfferAnswerResult {
  if (state.phase === 'local-offer')
    return failed({ code: 'glare', line: null, reason: 'an offer of ours is open', status: 491 });
  if (state.phase === 'remote-offer') {
    const reason = 'the offer before is not answered yet';
    return failed({ code: 'offer-unanswered', line: null, reason, status: 500, retryAfterMaxSec: 10 });
  }
  const problem = offerProblem(state.local, offer);
  if (problem !== null) return failed({ ...problem, status: 488 });
  return { ok: true, state: { ...state, phase: 'remote-offer', pending: offer } };
}

export function answerSent(state: OfferAnswerState, answer: SessionDescription): OfferAnswerResult {
  if (state.phase !== 'remote-offer' || state.pending === null) return notDue('an answer without an offer of theirs');
  const problem = answerProblem(state.pending, answer, 'ours');
  if (problem !== null) return failed({ ...problem, status: null });
  const agreed = { local: answer, remote: state.pending, lastSent: answer };
  return { ok: true, state: { phase: 'stable', pending: null, ...agreed } };
}

/** The same answer again (a 183 and then the 200) is not for here: RFC 6337 §3.1.1 has the first one count. */
export function answerReceived(state: OfferAnswerState, answer: SessionDescription): OfferAnswerResult {
  if (state.phase !== 'local-offer' || state.pending === null) return notDue('an answer without an offer of ours');
  const problem = answerProblem(state.pending, answer, 'theirs');
  if (problem !== null) return failed({ ...problem, status: null });
  return { ok: true, state: { ...state, phase: 'stable', local: state.pending, remote: answer, pending: null } };
}

/** The open offer was refused or came to nothing: what was agreed before stands (RFC 6141 §3.4; RFC 3261 §14.1). */
export function rolledBack(state: OfferAnswerState): OfferAnswerState {
  return { ...state, phase: 'stable', pending: null };
}

function openOffer(state: OfferAnswerState): string {
  return state.phase === 'local-offer' ? 'one of ours' : 'one of theirs';
}

function notDue(reason: string): OfferAnswerResult {
  return failed({ code: 'not-due', line: null, reason, status: null });
}

function failed(failure: OfferAnswerFailure): OfferAnswerResult {
  return { ok: false, failure };
}
