/** For tests: descriptions out of a few words, ports by number, and a pair of legs that negotiate as a back-to-back user agent does. */
import { formatSdp, parseSdp, type SessionDescription } from '@ringdown/sdp';
import { answerAcross } from './answer.ts';
import type { CodecPolicy } from './codec-policy.ts';
import { type LegMediaState, noLines } from './leg-lines.ts';
import type { LocalPort } from './negotiation.ts';
import { offerAcross } from './offer.ts';

export function sdpOf(address: string, ...lines: readonly string[]): SessionDescription {
  const type = address.includes(':') ? 'IP6' : 'IP4';
  const head = ['v=0', `o=peer 1 1 IN ${type} ${address}`, 's=call', `c=IN ${type} ${address}`, 't=0 0'];
  const result = parseSdp(`${[...head, ...lines].join('\r\n')}\r\n`);
  if (!result.ok) throw new TypeError(result.failure.reason);
  return result.sdp;
}

export function portsAt(address: string, first: number, count = 4): LocalPort[] {
  return Array.from({ length: count }, (_, at) => ({ address, port: first + 10 * at, rtcpPort: first + 10 * at + 1 }));
}

/** The m= and a= lines of a description, the address lines of m-lines among them. */
export function said(sdp: SessionDescription): string[] {
  const text = formatSdp(sdp).split('\r\n');
  return text.slice(
    text.findIndex((line) => line.startsWith('m=')),
    -1,
  );
}

export interface Leg {
  state: LegMediaState;
  readonly policy: CodecPolicy;
  readonly local: readonly LocalPort[];
}

export const legOf = (policy: CodecPolicy, local: readonly LocalPort[]): Leg => ({ state: noLines, policy, local });

export type Exchange =
  | { readonly ok: true; readonly farOffer: SessionDescription; readonly answer: SessionDescription }
  | { readonly ok: false; readonly code: string; readonly detail: string };

/** One offer of `from`, answered by the peer of `to`. */
export function exchange(
  from: Leg,
  to: Leg,
  offer: SessionDescription,
  answerOf: (farOffer: SessionDescription) => SessionDescription,
): Exchange {
  const across = offerAcross({ source: offer, policy: to.policy, local: to.local, state: to.state });
  if (!across.ok) return { ok: false, ...across.failure };
  const back = answerAcross({
    offer,
    farOffer: across.description,
    farAnswer: answerOf(across.description),
    local: from.local,
    state: from.state,
    farState: across.state,
  });
  if (!back.ok) return { ok: false, ...back.failure };
  from.state = back.state;
  to.state = across.state;
  return { ok: true, farOffer: across.description, answer: back.description };
}
