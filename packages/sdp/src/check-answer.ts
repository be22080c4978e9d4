/** Whether an offer follows from what was agreed (RFC 3264 §8), and an answer from its offer (§6): the m-lines in number, order and kind. */
import { isLineOff } from './bundle.ts';
import type { SessionDescription } from './session-description.ts';

export interface AnswerProblem {
  readonly code: 'fewer-lines' | 'wrong-count' | 'wrong-kind' | 'revived-line';
  /** The m-line at fault, from 1; null: all of them. */
  readonly line: number | null;
  readonly reason: string;
}

/**
 * RFC 3264 §8: never fewer m-lines than before, whoever made the offer before. Kinds may change (§8.3.3: voice to fax), so they are not looked at.
 * `agreed` is either side's last agreed description: both have the same number of lines.
 */
export function offerProblem(agreed: SessionDescription | null, offer: SessionDescription): AnswerProblem | null {
  const before = agreed?.media.length ?? 0;
  if (offer.media.length >= before) return null;
  return { code: 'fewer-lines', line: null, reason: `an offer with ${offer.media.length} m-lines after ${before}` };
}

/**
 * Theirs is read leniently: an answer that switches on a line which the offer had off is no harm, since the offer's port 0 stands; ours must be exact.
 */
export function answerProblem(
  offer: SessionDescription,
  answer: SessionDescription,
  whose: 'ours' | 'theirs',
): AnswerProblem | null {
  const count = offer.media.length;
  if (answer.media.length !== count)
    return { code: 'wrong-count', line: null, reason: `an answer with ${answer.media.length} m-lines to ${count}` };
  for (const [at, line] of offer.media.entries()) {
    const answered = answer.media[at];
    if (answered === undefined) continue;
    if (answered.kind !== line.kind)
      return {
        code: 'wrong-kind',
        line: at + 1,
        reason: `m-line ${at + 1} is ${line.kind}, answered ${answered.kind}`,
      };
    if (whose === 'ours' && line.port === 0 && answered.port !== 0 && isLineOff(offer, at))
      return { code: 'revived-line', line: at + 1, reason: `m-line ${at + 1} is off in the offer` };
  }
  return null;
}
