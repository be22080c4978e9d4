/**
 * RTCP that crosses a bridge: transport and payload feedback (RFC 4585 §6: NACK, PLI, FIR ...) and APP, with SSRCs and sequence numbers turned back from
 * what we gave the leg to what the far source uses. Reports, SDES and BYE do not cross (rtcp-reports.ts); XR neither (it speaks of our hop).
 */
import {
  addToSequence,
  readInt32,
  readUint16,
  rtcpCount,
  rtcpPacketBytes,
  rtcpPacketType,
  rtcpType,
  writeInt32,
  writeUint16,
} from '@ringdown/rtc/rtp';
import { field, type Region } from '../region/layout.ts';

/** Feedback message types that need their body rewritten. */
const genericNack = 1;
const fullIntraRequest = 4;

/** Whether the packet at `at` crosses; then it is rewritten in place, from the leg at `from` for the leg at `to`. */
export function rewriteForPeer(
  region: Region,
  bytes: Uint8Array,
  at: number,
  legs: { readonly from: number; readonly to: number },
): boolean {
  const type = rtcpPacketType(bytes, at);
  if (type !== rtcpType.RTPFB && type !== rtcpType.PSFB && type !== rtcpType.APP) return false;
  const words = region.words;
  writeInt32(bytes, at + 4, words[legs.to + field.TX_SSRC] as number);
  if (type === rtcpType.APP) return true;
  const farSource = words[legs.to + field.RX_SSRC] as number;
  const ours = words[legs.from + field.TX_SSRC] as number;
  if (readInt32(bytes, at + 8) === ours) writeInt32(bytes, at + 8, farSource);
  const end = at + rtcpPacketBytes(bytes, at);
  const format = rtcpCount(bytes, at);
  if (type === rtcpType.RTPFB && format === genericNack) {
    const offset = words[legs.from + field.TX_SEQUENCE_OFFSET] as number;
    for (let item = at + 12; item + 4 <= end; item += 4)
      writeUint16(bytes, item, addToSequence(readUint16(bytes, item), -offset));
  } else if (type === rtcpType.PSFB && format === fullIntraRequest) {
    // RFC 5104 §4.3.1: the SSRC stands in the body.
    for (let item = at + 12; item + 8 <= end; item += 8)
      if (readInt32(bytes, item) === ours) writeInt32(bytes, item, farSource);
  }
  return true;
}
