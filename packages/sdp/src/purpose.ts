/** What a line is for: a=content (RFC 4796 §4), a=label (RFC 4574 §4), a=i of the m-line is a title for people. */
import { attribute, attributes } from './attributes.ts';
import { isToken } from './fields.ts';
import type { MediaDescription } from './session-description.ts';

/** slides, speaker, sl, main, alt, or what is yet to come; tokens that are none are left out. Several lines count as one. */
export function mediaContent(media: MediaDescription): string[] {
  return [
    ...new Set(attributes(media.lines, 'content').flatMap((value) => value.split(',').map((part) => part.trim()))),
  ].filter(isToken);
}

/** RFC 4574 §4: a name by which other documents mean the line; null where absent or no token. */
export function mediaLabel(media: MediaDescription): string | null {
  const value = attribute(media.lines, 'label')?.trim();
  return isToken(value) ? value : null;
}
