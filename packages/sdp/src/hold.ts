/**
 * Hold and resume (RFC 3264 §8.4): by direction, and by the address of zeros that RFC 2543 had; read in both ways by `mediaDirection`. What is written here is an offer; its o= line is for
 * `localDescription`.
 */
import { canReceive, canSend, type Direction, mediaDirection, statedDirection } from './direction.ts';
import type { MediaDescription, SdpLine, SessionDescription } from './session-description.ts';

/** The writer of the description does not want to hear the line: it is on hold. A line that is off is not. */
export function isHeld(sdp: SessionDescription, media: MediaDescription): boolean {
  return media.port !== 0 && !canReceive(mediaDirection(sdp, media));
}

/** Every line that is on, held: sendrecv becomes sendonly, recvonly inactive. `address`: the old way, for peers that know no directions; both are said then. */
export function holdOffer(sdp: SessionDescription, how: 'direction' | 'address' = 'direction'): SessionDescription {
  return editLines(sdp, (media) => {
    const held = withDirection(media, canSend(statedDirection(sdp, media)) ? 'sendonly' : 'inactive');
    return how === 'direction' ? held : withAddressOfZeros(sdp, held);
  });
}

/** Every line that is on, as it was in `before`, the description that stood when the hold began; lines that came since are heard and spoken. */
export function resumeOffer(held: SessionDescription, before: SessionDescription): SessionDescription {
  return editLines(held, (media, at) => {
    const was = before.media[at];
    const direction = was === undefined || was.port === 0 ? 'sendrecv' : statedDirection(before, was);
    const connection = was?.lines.find(({ type }) => type === 'c');
    return withDirection(withConnection(media, connection), direction);
  });
}

function editLines(
  sdp: SessionDescription,
  edit: (media: MediaDescription, at: number) => MediaDescription,
): SessionDescription {
  return { ...sdp, media: sdp.media.map((media, at) => (media.port === 0 ? media : edit(media, at))) };
}

/** The attribute in the place of the one that stands, or behind all. */
export function withDirection(media: MediaDescription, direction: Direction): MediaDescription {
  const at = media.lines.findIndex(isDirection);
  const line = { type: 'a', value: direction };
  const lines = media.lines.filter((row) => !isDirection(row));
  lines.splice(at < 0 ? lines.length : at, 0, line);
  return { ...media, lines };
}

function isDirection({ type, value }: SdpLine): boolean {
  return type === 'a' && (value === 'sendrecv' || value === 'sendonly' || value === 'recvonly' || value === 'inactive');
}

/** RFC 3264 §8.4, RFC 6157 §3.1: in the family that the line has. */
function withAddressOfZeros(sdp: SessionDescription, media: MediaDescription): MediaDescription {
  const now = media.lines.find(({ type }) => type === 'c') ?? sdp.lines.find(({ type }) => type === 'c');
  const isSix = now?.value.startsWith('IN IP6') === true;
  return withConnection(media, { type: 'c', value: isSix ? 'IN IP6 ::' : 'IN IP4 0.0.0.0' });
}

/** RFC 8866 §5: i= comes before c=, all else behind it. */
function withConnection(media: MediaDescription, connection: SdpLine | undefined): MediaDescription {
  const lines = media.lines.filter(({ type }) => type !== 'c');
  if (connection === undefined) return { ...media, lines };
  const at = lines.findLastIndex(({ type }) => type === 'i') + 1;
  lines.splice(at, 0, connection);
  return { ...media, lines };
}
