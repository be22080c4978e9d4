/**
 * The order of documents that say only what is new (RFC 4235 §4.3, RFC 3680 §5.1, RFC 4575 §4.6): each has the number after the one before. `lost`: one is missing, so that the whole
 * state must be asked for (refresh the subscription); `old`: it was overtaken.
 */
export type Folding = 'taken' | 'lost' | 'old';

/** @param last null: nothing is known yet. */
export function foldVersion(last: number | null, version: number, isFull: boolean): Folding {
  if (last !== null && version <= last) return 'old';
  if (isFull) return 'taken';
  return last !== null && version === last + 1 ? 'taken' : 'lost';
}
