/** Writes a session description: what was parsed comes out line for line, line ends made CRLF. */
import type { MediaDescription, Origin, SdpLine, SessionDescription } from './session-description.ts';

export function formatSdp(sdp: SessionDescription): string {
  let text = `v=0\r\no=${formatOrigin(sdp.origin)}\r\n${formatLines(sdp.lines)}`;
  for (const media of sdp.media) text += formatMedia(media);
  return text;
}

/** All but the o= line: two descriptions with the same content ask for the same session. */
export function formatContent(sdp: SessionDescription): string {
  let text = formatLines(sdp.lines);
  for (const media of sdp.media) text += formatMedia(media);
  return text;
}

function formatOrigin(origin: Origin): string {
  return `${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`;
}

function formatMedia(media: MediaDescription): string {
  const count = media.portCount === null ? '' : `/${media.portCount}`;
  return `m=${media.kind} ${media.port}${count} ${media.protocol} ${media.formats.join(' ')}\r\n${formatLines(media.lines)}`;
}

function formatLines(lines: readonly SdpLine[]): string {
  let text = '';
  for (const line of lines) text += `${line.type}=${line.value}\r\n`;
  return text;
}
