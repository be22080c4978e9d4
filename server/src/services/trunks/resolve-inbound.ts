/**
 * What a request from a peer may reach: numbers that the trunk's tenant owns to the outside, nothing else. An extension is not
 * dialled from a trunk, and no trunk is a way to another trunk unless a number says so.
 */

import type { StoredRecord } from '#services/configuration';
import type { DirectoryNumber, DirectoryViews } from '#services/directory';
import type { Source } from './match-source.ts';
import { inboundNumber } from './rewrite-number.ts';
import type { TrunkRecord, TrunkViews } from './trunk-views.ts';

export type InboundResolution =
  | { readonly kind: 'number'; readonly trunk: TrunkRecord; readonly number: StoredRecord<DirectoryNumber> }
  /** The peer is known, the number is not one of that tenant's. */
  | { readonly kind: 'not-owned'; readonly trunk: TrunkRecord; readonly number: string }
  | { readonly kind: 'unknown-peer' };

export interface InboundViews {
  readonly views: TrunkViews;
  readonly directory: Pick<DirectoryViews, 'findNumber'>;
  /** Trunks that have registered with us from there. */
  readonly registered: readonly TrunkRecord[];
}

export function resolveInbound(
  { views, directory, registered }: InboundViews,
  source: Source,
  dialled: string,
): InboundResolution {
  const byRule = views.matchSource(source);
  const candidates = registered.length === 0 ? byRule : [...byRule, ...registered];
  for (const trunk of candidates) {
    const number = directory.findNumber(trunk.tenant, inboundNumber(trunk.body.inbound, dialled));
    if (number?.body.kind === 'external') return { kind: 'number', trunk, number };
  }
  const [trunk] = candidates;
  if (trunk === undefined) return { kind: 'unknown-peer' };
  return { kind: 'not-owned', trunk, number: inboundNumber(trunk.body.inbound, dialled) };
}
