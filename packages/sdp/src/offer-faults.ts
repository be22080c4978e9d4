/**
 * What is wrong with an offer after what its writer said before (RFC 3264 §8): lines gone, payload types that mean another codec (§8.3.2), an o= line that does not follow. Faults of a peer are no
 * reason to refuse it but the first (`offerProblem`); ours are defects.
 */
import { offerProblem } from './check-answer.ts';
import { readCodecs } from './codecs.ts';
import { formatContent } from './format-sdp.ts';
import type { SessionDescription } from './session-description.ts';

export interface OfferFault {
  readonly code: 'fewer-lines' | 'remapped-format' | 'wrong-version' | 'wrong-session';
  /** The m-line at fault, from 1; null: all of them. */
  readonly line: number | null;
  readonly reason: string;
  readonly isFatal: boolean;
}

/** @param before what the writer of the offer sent last in this dialog, offer or answer; null for the first. */
export function offerFaults(before: SessionDescription | null, offer: SessionDescription): OfferFault[] {
  if (before === null) return [];
  const fewer = offerProblem(before, offer);
  const faults: OfferFault[] =
    fewer === null ? [] : [{ code: 'fewer-lines', line: null, reason: fewer.reason, isFatal: true }];
  faults.push(...remapped(before, offer));
  const { sessionId, username, address } = before.origin;
  const { origin } = offer;
  if (origin.sessionId !== sessionId || origin.username !== username || origin.address !== address)
    return [...faults, { code: 'wrong-session', line: null, reason: 'another origin in one dialog', isFatal: false }];
  const raise = BigInt(origin.sessionVersion) - BigInt(before.origin.sessionVersion);
  const isSame = formatContent(before) === formatContent(offer);
  if (raise === (isSame ? 0n : 1n)) return faults;
  const reason = `the version rises by ${raise} for ${isSame ? 'the same' : 'another'} description`;
  return [...faults, { code: 'wrong-version', line: null, reason, isFatal: false }];
}

/** A line that was off may begin anew (§8.1), and one that changes its kind (§8.3.3). */
function remapped(before: SessionDescription, offer: SessionDescription): OfferFault[] {
  return offer.media.flatMap((media, place) => {
    const was = before.media[place];
    if (was === undefined || was.port === 0 || was.kind !== media.kind) return [];
    const named = readCodecs(was);
    return readCodecs(media).flatMap((codec): OfferFault[] => {
      const old = named.find(({ payloadType }) => payloadType === codec.payloadType);
      if (old === undefined || (old.name === codec.name && old.clockRate === codec.clockRate)) return [];
      const reason = `payload type ${codec.payloadType} was ${old.name}, is ${codec.name}`;
      return [{ code: 'remapped-format', line: place + 1, reason, isFatal: false }];
    });
  });
}
