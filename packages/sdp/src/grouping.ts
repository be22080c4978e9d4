/** Names of m-lines and groups of them (RFC 5888 §4, §5): BUNDLE, LS. */
import { attribute, attributes } from './attributes.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

/** a=mid */
export function mediaId(media: MediaDescription): string | null {
  return attribute(media.lines, 'mid') ?? null;
}

export interface MediaGroup {
  readonly semantics: string;
  readonly mediaIds: readonly string[];
}

export function mediaGroups(sdp: SessionDescription): MediaGroup[] {
  return attributes(sdp.lines, 'group').flatMap((value) => {
    const [semantics, ...mediaIds] = value.split(' ').filter((part) => part !== '');
    return semantics === undefined ? [] : [{ semantics, mediaIds }];
  });
}
