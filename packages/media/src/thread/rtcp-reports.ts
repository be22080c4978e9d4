/**
 * RTCP with each leg (RFC 3550 §6): since what a leg gets from us has our SSRC, numbers and timestamps, reports end here. Ours are made every five
 * seconds, theirs are read for loss, jitter and round trip; what crosses to the joined leg is in rtcp-relay.ts.
 */
import {
  blockCumulativeLost,
  blockDelaySinceLastSr,
  blockFractionLost,
  blockJitter,
  blockLastSr,
  cumulativeLost,
  encodeBye,
  encodeCname,
  encodeReport,
  expectedPackets,
  extendedHighest,
  findReportBlock,
  interarrivalJitter,
  msOfNtpShort,
  ntpFraction,
  ntpMiddle,
  ntpSeconds,
  ntpShortOfMs,
  type Report,
  type ReportBlock,
  receiveState,
  rtcpPacketType,
  rtcpType,
  type SenderInfo,
  senderReportNtpMiddle,
} from '@ringdown/rtc/rtp';
import { field, type Region } from '../region/layout.ts';

export const reportIntervalMs = 5000;

const sender: SenderInfo = { ntpSeconds: 0, ntpFraction: 0, rtpTimestamp: 0, packets: 0, octets: 0 };
const block: ReportBlock = {
  ssrc: 0,
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequence: 0,
  jitter: 0,
  lastSr: 0,
  delaySinceLastSr: 0,
};
const report: Report = { ssrc: 0, sender: null, block: null };

export interface ReportMoment {
  readonly nowMs: number;
  readonly utcMs: number;
  readonly cname: Uint8Array;
  /** Adds a BYE: the stream ends. */
  readonly bye: boolean;
}

/** Writes SR or RR with SDES into `bytes`. @returns the octets written. */
export function writeReports(region: Region, base: number, bytes: Uint8Array, moment: ReportMoment): number {
  const words = region.words;
  const ssrc = words[base + field.TX_SSRC] as number;
  report.ssrc = ssrc;
  report.sender = words[base + field.TX_STARTED] === 1 ? fillSender(region, base, moment) : null;
  report.block =
    words[base + field.RX_STATE + receiveState.STARTED] === 1 ? fillBlock(region, base, moment.nowMs) : null;
  let end = encodeReport(bytes, 0, report);
  end += encodeCname(bytes, end, ssrc, moment.cname);
  if (moment.bye) end += encodeBye(bytes, end, ssrc);
  return end;
}

function fillSender(region: Region, base: number, moment: ReportMoment): SenderInfo {
  const words = region.words;
  const sinceMs = moment.nowMs - region.double(base, field.TX_TIMESTAMP_MS);
  sender.ntpSeconds = ntpSeconds(moment.utcMs);
  sender.ntpFraction = ntpFraction(moment.utcMs);
  const samples = Math.round((sinceMs * (words[base + field.CLOCK_RATE] as number)) / 1000);
  sender.rtpTimestamp = ((words[base + field.TX_TIMESTAMP] as number) + samples) | 0;
  sender.packets = words[base + field.TX_PACKETS] as number;
  sender.octets = region.double(base, field.TX_OCTETS) % 2 ** 32;
  return sender;
}

function fillBlock(region: Region, base: number, nowMs: number): ReportBlock {
  const words = region.words;
  const state = base + field.RX_STATE;
  const expected = expectedPackets(words, state);
  const receivedCount = words[state + receiveState.RECEIVED] as number;
  const expectedInterval = expected - (words[base + field.EXPECTED_PRIOR] as number);
  const lostInterval = expectedInterval - (receivedCount - (words[base + field.RECEIVED_PRIOR] as number));
  words[base + field.EXPECTED_PRIOR] = expected;
  words[base + field.RECEIVED_PRIOR] = receivedCount;
  block.ssrc = words[base + field.RX_SSRC] as number;
  // RFC 3550 §A.3
  block.fractionLost =
    expectedInterval > 0 && lostInterval > 0 ? Math.min(255, Math.floor((lostInterval * 256) / expectedInterval)) : 0;
  block.cumulativeLost = cumulativeLost(words, state);
  block.highestSequence = extendedHighest(words, state);
  block.jitter = interarrivalJitter(words, state);
  const srMs = region.double(base, field.PEER_SR_MS);
  block.lastSr = srMs === 0 ? 0 : (words[base + field.PEER_SR_MIDDLE] as number);
  block.delaySinceLastSr = srMs === 0 ? 0 : ntpShortOfMs(nowMs - srMs);
  return block;
}

/** Reads one SR or RR of the peer at `at`. */
export function readReport(
  region: Region,
  base: number,
  packet: { readonly bytes: Uint8Array; readonly at: number; readonly nowMs: number; readonly utcMs: number },
): void {
  const words = region.words;
  if (rtcpPacketType(packet.bytes, packet.at) === rtcpType.SR) {
    words[base + field.PEER_SR_MIDDLE] = senderReportNtpMiddle(packet.bytes, packet.at);
    region.setDouble(base, field.PEER_SR_MS, packet.nowMs);
  }
  const found = findReportBlock(packet.bytes, packet.at, words[base + field.TX_SSRC] as number);
  if (found < 0) return;
  words[base + field.REPORTED] = 1;
  words[base + field.REPORTED_FRACTION] = blockFractionLost(packet.bytes, found);
  words[base + field.REPORTED_LOST] = blockCumulativeLost(packet.bytes, found);
  words[base + field.REPORTED_JITTER] = blockJitter(packet.bytes, found) | 0;
  const lastSr = blockLastSr(packet.bytes, found);
  if (lastSr === 0) return;
  // RFC 3550 §6.4.1: arrival - last SR - delay since last SR. A negative one is a peer that miscounts its delay.
  const units = (ntpMiddle(packet.utcMs) - lastSr - blockDelaySinceLastSr(packet.bytes, found)) | 0;
  if (units >= 0 && units < 65_536 * 30) region.setDouble(base, field.ROUND_TRIP_MS, msOfNtpShort(units));
}
