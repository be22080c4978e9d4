/** Writes a session description: what was parsed and not edited comes out byte for byte, line ends made CRLF (RFC 8866 §5, §9). */
import { formatLines } from './known-sections.ts';
import type { MediaDescription, Origin, SessionDescription } from './session-description.ts';
import { formatMediaLine, formatOrigin, readMediaLine, readOrigin } from './structured-lines.ts';

export function formatSdp(sdp: SessionDescription): string {
  return `v=0\r\no=${originAsWritten(sdp.origin)}\r\n${formatContent(sdp)}`;
}

/** All but the v= and o= lines: two descriptions with the same content ask for the same session. */
export function formatContent(sdp: SessionDescription): string {
  let text = formatLines(sdp.lines);
  for (const media of sdp.media) text += `m=${mediaAsWritten(media)}\r\n${formatLines(media.lines)}`;
  return text;
}

/** Its writer's own spelling, while that still says what the fields say. */
function originAsWritten(origin: Origin): string {
  const own = formatOrigin(origin);
  const was = origin.written === undefined ? null : readOrigin(origin.written);
  return was !== null && formatOrigin(was) === own ? (origin.written ?? own) : own;
}

function mediaAsWritten(media: MediaDescription): string {
  const own = formatMediaLine(media);
  const was = media.written === undefined ? null : readMediaLine(media.written);
  return was !== null && formatMediaLine(was) === own ? (media.written ?? own) : own;
}
