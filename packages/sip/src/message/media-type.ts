/** Content-Type and the ranges of Accept (RFC 3261 §20.1, §20.15). */
import { parseParameterized } from './parameterized.ts';
import type { Params } from './params.ts';
import { isToken } from './text.ts';

export interface MediaType {
  /** Lower case; "*" in a range. */
  readonly type: string;
  readonly subtype: string;
  /** `type/subtype`, lower case. */
  readonly essence: string;
  readonly params: Params;
}

export function parseMediaType(text: string): MediaType | undefined {
  const parsed = parseParameterized(text);
  if (parsed === undefined) return undefined;
  const slash = parsed.value.indexOf('/');
  const type = parsed.value.slice(0, Math.max(slash, 0)).trimEnd().toLowerCase();
  const subtype = parsed.value
    .slice(slash + 1)
    .trimStart()
    .toLowerCase();
  if (!isToken(type) || !isToken(subtype)) return undefined;
  return { type, subtype, essence: `${type}/${subtype}`, params: parsed.params };
}

/** Whether a range of Accept takes that type: the q value 0 refuses it (RFC 3261 §20.1). */
export function acceptsMediaType(ranges: readonly string[], essence: string): boolean {
  const [type] = essence.split('/');
  let best = -1;
  let isWanted = false;
  for (const text of ranges) {
    const range = parseMediaType(text);
    if (range === undefined) continue;
    const rank =
      range.essence === essence
        ? 2
        : range.type === type && range.subtype === '*'
          ? 1
          : range.essence === '*/*'
            ? 0
            : -1;
    if (rank <= best) continue;
    best = rank;
    isWanted = Number(range.params.get('q') ?? '1') !== 0;
  }
  return isWanted;
}
