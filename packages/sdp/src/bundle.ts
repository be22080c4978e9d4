/**
 * Several m-lines over one transport: a=group:BUNDLE (RFC 8843 §5, §7; RFC 9143) and a=bundle-only (RFC 8843 §6). A port of 0 then does not always mean that a line is off.
 * Left out: telling bundled packets apart (§9), which is for whoever receives them.
 */
import { attribute } from './attributes.ts';
import { mediaGroups, mediaId } from './grouping.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

export interface Bundle {
  /** As the group names them. */
  readonly mediaIds: readonly string[];
  /** The m-lines by their places, in the order of the group; ids that no line has are left out. */
  readonly places: readonly number[];
  /** The line whose address and attributes count for all (§7.2.1, §7.3.1): the first of the group; null where no line has its id. */
  readonly tagged: number | null;
}

/** Asked for line by line; descriptions never change. */
const known = new WeakMap<SessionDescription, readonly Bundle[]>();

/** In the order of the groups. A line that two groups name is of the first (§7.1: only one is allowed). */
export function readBundles(sdp: SessionDescription): readonly Bundle[] {
  let bundles = known.get(sdp);
  if (bundles === undefined) {
    bundles = read(sdp);
    known.set(sdp, bundles);
  }
  return bundles;
}

function read(sdp: SessionDescription): Bundle[] {
  const groups = mediaGroups(sdp).filter(({ semantics }) => semantics === 'BUNDLE');
  if (groups.length === 0) return [];
  const byId = new Map<string, number>();
  for (const [at, media] of sdp.media.entries()) {
    const id = mediaId(media);
    if (id !== null && !byId.has(id)) byId.set(id, at);
  }
  const taken = new Set<number>();
  return groups.map(({ mediaIds }) => {
    const places = mediaIds.flatMap((id) => {
      const at = byId.get(id);
      if (at === undefined || taken.has(at)) return [];
      taken.add(at);
      return [at];
    });
    return { mediaIds, places, tagged: byId.get(mediaIds[0] ?? '') ?? null };
  });
}

/** The bundle that a line is of. */
export function bundleOf(sdp: SessionDescription, place: number): Bundle | null {
  return readBundles(sdp).find(({ places }) => places.includes(place)) ?? null;
}

/** RFC 8843 §6: to be used within its bundle or not at all; its port of 0 switches nothing off. */
export function isBundleOnly(media: MediaDescription): boolean {
  return attribute(media.lines, 'bundle-only') !== undefined;
}

/** Whether a line is rejected or switched off (RFC 3264 §6, §8.2): port 0, and no bundle that carries it. */
export function isLineOff(sdp: SessionDescription, place: number): boolean {
  const media = sdp.media[place];
  if (media === undefined || media.port !== 0) return media === undefined;
  return !isBundleOnly(media) || bundleOf(sdp, place) === null;
}

/**
 * RFC 8843 §7.3: an answer may leave lines out of a group that was offered, never move or add any, and what it rejects is in no group (§7.3.3). The place of the
 * line at fault with what is wrong, or null.
 */
export function bundleAnswerProblem(
  offer: SessionDescription,
  answer: SessionDescription,
): { readonly place: number | null; readonly reason: string } | null {
  const offered = readBundles(offer);
  for (const bundle of readBundles(answer)) {
    if (bundle.places.length < bundle.mediaIds.length)
      return { place: null, reason: 'a bundle names a line that is not there' };
    const [first] = bundle.places;
    const from = offered.find(({ places }) => first !== undefined && places.includes(first));
    for (const place of bundle.places) {
      if (from === undefined || !from.places.includes(place))
        return { place, reason: 'bundled in the answer, not so in the offer' };
      if (isLineOff(answer, place)) return { place, reason: 'off, and still in its bundle' };
    }
  }
  return null;
}
