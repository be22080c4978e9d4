/**
 * Versions of the media protocol. The protocol is versioned apart from the packages: a control process of one release must be able to
 * talk to an engine of the release before (an upgrade exchanges them one by one).
 */

/** Inclusive. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/**
 * What this code speaks. Version 2: told commands come as octets (told-frame.ts), and who closes a session by telling is not told of it.
 */
export const protocolVersions: VersionRange = { min: 1, max: 2 };

/** From this version on: see {@link protocolVersions}. */
export const toldFramesSince = 2;

/** The highest version both ranges hold, or null where they have none in common. */
export function commonVersion(a: VersionRange, b: VersionRange): number | null {
  const version = Math.min(a.max, b.max);
  return version >= a.min && version >= b.min ? version : null;
}
