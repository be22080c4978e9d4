/**
 * Media that goes straight from party to party: what one of them says is said to the other as it was written, all but its origin, and whether a description
 * lets the other one send there. Pure functions; who may be asked at all is decided by engine/calls/media-plan.ts.
 */
import {
  isNowhere,
  isTelephoneEvent,
  type MediaDescription,
  type Origin,
  readCodecs,
  type SessionDescription,
} from '@ringdown/sdp';
import { addressScope, sameAddress } from './address-scope.ts';
import { problemOfAddress } from './media-address.ts';
import { addressOf } from './remembered.ts';

/**
 * Marks a description that crosses as the other party wrote it: the edge puts the leg's own origin in its place, and leaves the addresses of its c= lines, the zeros
 * of a hold among them, as they are.
 */
export const crossedOrigin: Origin = {
  username: '-',
  sessionId: '0',
  sessionVersion: '0',
  addressType: 'IP4',
  address: 'crossed.invalid',
};

export function crossAsIs(description: SessionDescription): SessionDescription {
  return { ...description, origin: crossedOrigin };
}

export function isCrossed({ origin }: SessionDescription): boolean {
  return origin.address === crossedOrigin.address;
}

/** A party as its signalling shows it. */
export interface DirectParty {
  /** Where its messages come from. */
  readonly address: string;
  readonly isSecure: boolean;
  /** A carrier's media gateway is seldom the host that signals: one with an address of the whole Internet is believed. */
  readonly isTrunk: boolean;
}

export interface DirectPair {
  /** Who wrote the description, and who is to send there. */
  readonly from: DirectParty;
  readonly to: DirectParty;
  /** What may be spoken by the lists that the two have of their own; empty: anything. */
  readonly codecs: readonly string[];
}

/** Whether two hosts that signal from these addresses can send packets to each other, as far as that can be told: same family, same scope. */
export function canReach(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':') && addressScope(a) === addressScope(b);
}

/** Why a description cannot cross as it is; null: it can. */
export function directObstacle(sdp: SessionDescription, pair: DirectPair): string | null {
  for (const line of sdp.media) {
    const problem = line.port === 0 ? null : (wayProblem(sdp, line, pair) ?? contentProblem(line, pair));
    if (problem !== null) return problem;
  }
  return null;
}

function wayProblem(sdp: SessionDescription, line: MediaDescription, { from, to }: DirectPair): string | null {
  const address = addressOf(sdp, line);
  if (isNowhere(address)) return null;
  const problem = address === null ? null : problemOfAddress(address);
  if (address === null || problem !== null) return problem ?? 'no c= line';
  const isBelieved = sameAddress(address, from.address) || (from.isTrunk && addressScope(address) === 'global');
  if (!isBelieved) return `media at ${address} of a party that signals from ${from.address}`;
  return canReach(address, to.address) ? null : `media at ${address} cannot be reached from ${to.address}`;
}

function contentProblem(line: MediaDescription, { from, to, codecs }: DirectPair): string | null {
  if (/TLS/.test(line.protocol)) return `${line.protocol} is for the media engine to end`;
  // RFC 4568 §7: keys stand in the description.
  if (line.protocol.includes('SAVP') && !(from.isSecure && to.isSecure))
    return `keys of ${line.protocol} would cross a leg that is not encrypted`;
  if (codecs.length === 0 || line.kind !== 'audio') return null;
  const denied = readCodecs(line).find(
    (codec) => !isTelephoneEvent(codec) && codec.name !== 'CN' && !codecs.includes(codec.name),
  );
  return denied === undefined ? null : `${denied.name} is not among the codecs allowed: ${codecs.join(', ')}`;
}
