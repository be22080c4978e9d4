/** Reading lines of a description: attributes (RFC 8866 §5.13), addresses (§5.7, RFC 3605), direction (RFC 3264 §5.1, §8.4). */
import type { MediaDescription, SdpLine, SessionDescription } from './session-description.ts';

/** Seen from whoever wrote the description. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** The first attribute of that name: its value, '' for a property attribute, undefined where absent. */
export function attribute(lines: readonly SdpLine[], name: string): string | undefined {
  for (const line of lines) {
    if (line.type !== 'a' || !line.value.startsWith(name)) continue;
    if (line.value.length === name.length) return '';
    if (line.value[name.length] === ':') return line.value.slice(name.length + 1);
  }
  return undefined;
}

/** All values of an attribute that may stand several times. */
export function attributes(lines: readonly SdpLine[], name: string): string[] {
  const prefix = `${name}:`;
  return lines.flatMap((line) =>
    line.type === 'a' && line.value.startsWith(prefix) ? [line.value.slice(prefix.length)] : [],
  );
}

/** Where the medium is to be sent, as the m-line's or the session's c= line says; null without one. */
export function connectionAddress(sdp: SessionDescription, media: MediaDescription): string | null {
  const line = media.lines.find((row) => row.type === 'c') ?? sdp.lines.find((row) => row.type === 'c');
  const address = line?.value.trim().split(/ +/)[2];
  return address === undefined ? null : (address.split('/')[0] ?? null);
}

/** The RTCP port (RFC 3605): a=rtcp, else undefined. */
export function rtcpPort(media: MediaDescription): number | undefined {
  const port = Number(attribute(media.lines, 'rtcp')?.split(' ')[0] ?? Number.NaN);
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
}

export function isRtcpMux(media: MediaDescription): boolean {
  return attribute(media.lines, 'rtcp-mux') !== undefined;
}

const directions: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** The m-line's direction, else the session's, else sendrecv. An address of 0.0.0.0 or :: is the old way to say "do not send to me" (RFC 3264 §8.4). */
export function mediaDirection(sdp: SessionDescription, media: MediaDescription): Direction {
  const said = directionOf(media.lines) ?? directionOf(sdp.lines) ?? 'sendrecv';
  const address = connectionAddress(sdp, media);
  if (address !== '0.0.0.0' && address !== '::') return said;
  return said === 'sendrecv' || said === 'sendonly' ? 'sendonly' : 'inactive';
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

const canSend = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly';
const canReceive = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly';
