/**
 * The o= line of what we send (RFC 3264 §5, §8): one session id for the whole dialog, and a version that grows by one exactly when the rest of the description
 * differs from what was sent last.
 */
import { formatContent } from './format-sdp.ts';
import type { SessionDescription } from './session-description.ts';

/**
 * @param previous what we sent last in this dialog, agreed or not; null for the first, which keeps the origin of `content`
 * @param content what is to be said; its origin counts only for the first
 */
export function localDescription(previous: SessionDescription | null, content: SessionDescription): SessionDescription {
  if (previous === null) return content;
  if (formatContent(previous) === formatContent(content)) return previous;
  const { written: _, ...origin } = previous.origin;
  const sessionVersion = (BigInt(origin.sessionVersion) + 1n).toString();
  return { ...content, origin: { ...origin, sessionVersion } };
}
