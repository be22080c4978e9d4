/** What a trusted peer is told of the other party, as headers (RFC 3325 §9.1, §9.3). */
import { formatPrivacy, type HeaderPair } from '@ringdown/sip';
import type { ToldIdentity } from '#engine/calls';

/** @param format a party as it stands towards this peer. */
export function toldHeaders(
  told: ToldIdentity | undefined,
  format: (party: NonNullable<ToldIdentity['party']>) => string,
): readonly HeaderPair[] {
  if (told === undefined) return nothing;
  const { party, privacy } = told;
  const asserted: readonly HeaderPair[] = party === null ? nothing : [['P-Asserted-Identity', format(party)]];
  return privacy.length === 0 ? asserted : [...asserted, ['Privacy', formatPrivacy(privacy)]];
}

const nothing: readonly HeaderPair[] = [];
