/**
 * The next offer of a session (RFC 3264 §8): lines stay where they are and are never taken away; a line is switched off in its place, and a new one takes the place of one
 * that is off, whatever its kind was (§8.1), before it is put behind all.
 */
import { isLineOff } from './bundle.ts';
import { rejectMedia } from './create-sdp.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

export interface Revision {
  /** Lines that are to be another, by their places; null: switched off (§8.2). All others stay as they are. */
  readonly changed?: ReadonlyMap<number, MediaDescription | null>;
  readonly added?: readonly MediaDescription[];
}

export interface RevisedOffer {
  readonly description: SessionDescription;
  /** Where the added lines stand. */
  readonly places: readonly number[];
}

/**
 * @param local our description last agreed
 * @param remote the peer's: a line that it refused is free (§8.1)
 */
export function reviseOffer(local: SessionDescription, remote: SessionDescription, revision: Revision): RevisedOffer {
  const { changed = new Map(), added = [] } = revision;
  const media = local.media.map((line, at) => {
    const next = changed.get(at);
    return next === undefined ? refusedLine(line, remote, at) : (next ?? rejectMedia(line));
  });
  const free = [...media.keys()].filter((at) => !changed.has(at) && media[at]?.port === 0 && isFree(local, remote, at));
  const places = added.map((line) => {
    const at = free.shift() ?? media.length;
    media[at] = line;
    return at;
  });
  return { description: { ...local, media }, places };
}

function isFree(local: SessionDescription, remote: SessionDescription, at: number): boolean {
  return isLineOff(local, at) || isLineOff(remote, at);
}

/** What the peer refused is off on our side too (RFC 3264 §6): it is offered as off until somebody wants it again. */
function refusedLine(line: MediaDescription, remote: SessionDescription, at: number): MediaDescription {
  return line.port !== 0 && isLineOff(remote, at) ? rejectMedia(line) : line;
}
