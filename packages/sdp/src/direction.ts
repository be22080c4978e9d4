/** Who sends to whom (RFC 3264 §5.1, §6.1, §8.4; RFC 8866 §6.7). */
import { attribute } from './attributes.ts';
import { connectionAddress, isNowhere } from './connection.ts';
import type { MediaDescription, SdpLine, SessionDescription } from './session-description.ts';

/** Seen from whoever wrote the description. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

const directions: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** The m-line's direction, else the session's, else sendrecv. An address of 0.0.0.0 or :: is the old way to say "do not send to me" (RFC 3264 §8.4). */
export function mediaDirection(sdp: SessionDescription, media: MediaDescription): Direction {
  const said = statedDirection(sdp, media);
  if (!isNowhere(connectionAddress(sdp, media))) return said;
  return canSend(said) ? 'sendonly' : 'inactive';
}

/** What the attributes alone say. */
export function statedDirection(sdp: SessionDescription, media: MediaDescription): Direction {
  return directionOf(media.lines) ?? directionOf(sdp.lines) ?? 'sendrecv';
}

function directionOf(lines: readonly SdpLine[]): Direction | undefined {
  return directions.find((name) => attribute(lines, name) !== undefined);
}

/** The same direction seen from the other side. */
export function mirrorDirection(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly';
  if (direction === 'recvonly') return 'sendonly';
  return direction;
}

/** What both allow, each given from the same side's view. */
export function commonDirection(a: Direction, b: Direction): Direction {
  const sends = canSend(a) && canSend(b);
  const receives = canReceive(a) && canReceive(b);
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

/**
 * What is answered to an offered direction by who wants `wanted` for itself (RFC 3264 §6.1): never to send what is not received there, never to ask for what is
 * not sent.
 */
export function answerDirection(offered: Direction, wanted: Direction = 'sendrecv'): Direction {
  return commonDirection(wanted, mirrorDirection(offered));
}

export const canSend = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly';
export const canReceive = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly';
