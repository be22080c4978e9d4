/** Retry-After (RFC 3261 §20.33). */
import { parseParameterized } from './parameterized.ts';
import { readSeconds } from './read-seconds.ts';
import { unquote } from './text.ts';

export interface RetryAfter {
  readonly afterSec: number;
  /** How long the callee will be there after that. */
  readonly durationSec: number | undefined;
  readonly comment: string;
}

export function parseRetryAfter(text: string): RetryAfter | undefined {
  const open = text.indexOf('(');
  const semicolon = text.indexOf(';');
  const hasComment = open >= 0 && (semicolon < 0 || open < semicolon);
  const close = hasComment ? text.indexOf(')', open) : -1;
  if (hasComment && close < 0) return undefined;
  const plain = hasComment ? text.slice(0, open) + text.slice(close + 1) : text;
  const parsed = parseParameterized(plain);
  const afterSec = readSeconds(parsed?.value);
  if (parsed === undefined || afterSec === undefined) return undefined;
  const comment = hasComment ? unquote(text.slice(open + 1, close)) : '';
  return { afterSec, durationSec: readSeconds(parsed.params.get('duration')), comment };
}
