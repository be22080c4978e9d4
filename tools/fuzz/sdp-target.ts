/** Session descriptions: parse, read every media line, format; what was formatted parses to the same text. */
import {
  connectionAddress,
  formatContent,
  formatSdp,
  isRtcpMux,
  maskSdpSecrets,
  mediaDirection,
  parseSdp,
  readCodecs,
  rtcpPort,
  type SessionDescription,
} from '@ringdown/sdp';
import { sdps } from './corpus.ts';
import { ensure, type FuzzTarget } from './target.ts';

export const sdpTarget: FuzzTarget = {
  name: 'sdp',
  corpus: sdps,
  check: (input) => checkSdp(Buffer.from(input, 'latin1').toString('utf8')),
};

function checkSdp(text: string): void {
  ensure(maskSdpSecrets(text).length > 0 || text === '', 'masking keeps a text');
  const result = parseSdp(text);
  if (!result.ok) return;
  const sdp: SessionDescription = result.sdp;
  for (const media of sdp.media) {
    void [
      readCodecs(media),
      connectionAddress(sdp, media),
      mediaDirection(sdp, media),
      isRtcpMux(media),
      rtcpPort(media),
    ];
  }
  formatContent(sdp);
  const formatted = formatSdp(sdp);
  const again = parseSdp(formatted);
  ensure(again.ok && formatSdp(again.sdp) === formatted, 'a formatted description comes back');
}
