/** What the media engine must know of one stream once both sides of a leg have spoken. */

import type { CodecSpec, RemoteAddress } from '@ringdown/media/protocol';
import {
  connectionAddress,
  type Direction,
  isRtcpMux,
  mediaDirection,
  readCodecs,
  rtcpPort,
  type SessionDescription,
} from '@ringdown/sdp';

export interface StreamSettings {
  readonly remote: RemoteAddress;
  readonly direction: Direction;
  readonly codecs: readonly CodecSpec[];
  readonly dtmfPayloadType: number | null;
}

/** Null where the line is off on either side. `local` and `remote` are the leg's descriptions of ours and of the peer. */
export function streamSettings(
  local: SessionDescription,
  remote: SessionDescription,
  at: number,
): StreamSettings | null {
  const ours = local.media[at];
  const theirs = remote.media[at];
  if (ours === undefined || theirs === undefined || ours.port === 0 || theirs.port === 0) return null;
  const address = connectionAddress(remote, theirs);
  if (address === null) return null;
  const codecs = readCodecs(theirs);
  const rtcp = rtcpPort(theirs);
  const isMuxed = isRtcpMux(theirs) && isRtcpMux(ours);
  return {
    remote: {
      address,
      port: theirs.port,
      ...(rtcp === undefined ? {} : { rtcpPort: rtcp }),
      ...(isMuxed ? { rtcpMux: true } : {}),
    },
    direction: mediaDirection(local, ours),
    codecs: codecs
      .filter((codec) => codec.name !== 'TELEPHONE-EVENT')
      .map(({ payloadType, name, clockRate, channels }) => ({ payloadType, name, clockRate, channels })),
    dtmfPayloadType: codecs.find((codec) => codec.name === 'TELEPHONE-EVENT')?.payloadType ?? null,
  };
}
