/**
 * Preconditions of a call (RFC 3312): none are arranged here. An INVITE that has `Require: precondition` is answered 420 like anything else that is not understood; an offer
 * that demands one all the same, which does not stand yet, is answered 580 with what failed; those that are optional, or met, are let pass and not answered to.
 */
import { attributes, createSdp, type MediaDescription, rejectMedia, type SessionDescription } from '@ringdown/sdp';

/** What of the offer is demanded and does not stand, as the description of a 580 (RFC 3312 §8); null: nothing. */
export function unmetPreconditions(offer: SessionDescription, address: string): SessionDescription | null {
  if (!offer.media.some(({ lines }) => lines.some(({ value }) => value.startsWith('des:')))) return null;
  const failures = offer.media.map((line) => (line.port === 0 ? [] : unmetOf(line)));
  if (failures.every((one) => one.length === 0)) return null;
  const media = offer.media.map((line, at) => ({
    ...rejectMedia(line),
    lines: (failures[at] ?? []).map((value) => ({ type: 'a', value })),
  }));
  return { ...createSdp({ origin: { sessionId: '0', sessionVersion: '0' }, address, media: [] }), media };
}

function unmetOf({ lines }: MediaDescription): string[] {
  const current = new Map<string, string>();
  for (const value of attributes(lines, 'curr')) {
    const [kind = '', status = '', direction = ''] = partsOf(value);
    current.set(`${kind} ${status}`, direction);
  }
  return attributes(lines, 'des').flatMap((value) => {
    const [kind = '', strength, status = '', direction = 'sendrecv'] = partsOf(value);
    const has = current.get(`${kind} ${status}`) ?? 'none';
    const isMet = ['send', 'recv'].every((way) => !direction.includes(way) || has.includes(way));
    return strength !== 'mandatory' || isMet
      ? []
      : [`des:${kind} failure ${seenFromHere(status)} ${turned(direction)}`];
  });
}

function partsOf(value: string): string[] {
  return value.trim().toLowerCase().split(/\s+/);
}

/** §5.1: status types and directions are those of who writes the line. */
function seenFromHere(status: string): string {
  return status === 'local' ? 'remote' : status === 'remote' ? 'local' : status;
}

function turned(direction: string): string {
  return direction === 'send' ? 'recv' : direction === 'recv' ? 'send' : direction;
}
