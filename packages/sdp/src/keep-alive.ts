/**
 * How a path through a NAT is kept open while no media flows (RFC 6263): SDP has no attribute for it, but says what can be used (§4, §5).
 */

import { readCodecs } from './codecs.ts';
import { isRtcpMux } from './connection.ts';
import { iceParameters } from './ice.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

/** RFC 6263 §7: seconds between two; shorter than the shortest common binding. */
export const keepAliveIntervalSec = 15;

export type KeepAlive =
  /** ICE has its own (RFC 8445 §11): STUN indications. */
  | { readonly kind: 'stun' }
  /** §4.3, the one that is recommended (§5): RTCP on the port of RTP. */
  | { readonly kind: 'rtcp' }
  /** §4.6: an RTP packet without payload, of a payload type that neither side has named, which the receiver drops (RFC 3550 §5.1). */
  | { readonly kind: 'rtp'; readonly payloadType: number }
  /** Nothing is sent: a datagram without content (§4.1) where even that is wanted. */
  | { readonly kind: 'empty' };

/** What to send towards the peer of a line that both sides have agreed on. */
export function keepAliveFor(
  ours: { readonly sdp: SessionDescription; readonly media: MediaDescription },
  theirs: { readonly sdp: SessionDescription; readonly media: MediaDescription },
): KeepAlive {
  if (!/RTP\/S?AVPF?$/.test(ours.media.protocol)) return { kind: 'empty' };
  if (iceParameters(ours.sdp, ours.media) !== null && iceParameters(theirs.sdp, theirs.media) !== null)
    return { kind: 'stun' };
  if (isRtcpMux(ours.media) && isRtcpMux(theirs.media)) return { kind: 'rtcp' };
  const named = new Set([...readCodecs(ours.media), ...readCodecs(theirs.media)].map((codec) => codec.payloadType));
  for (const formats of [ours.media.formats, theirs.media.formats])
    for (const format of formats) named.add(Number(format));
  for (let payloadType = 127; payloadType >= 96; payloadType--)
    if (!named.has(payloadType)) return { kind: 'rtp', payloadType };
  return { kind: 'empty' };
}
