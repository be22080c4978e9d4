/**
 * Symmetric latching (RFC 4961) with protection against hijack: whose packets a stream believes, and where it sends.
 *
 *    OPEN ------ one packet from the signalled address, or three in a row from another ------> LOCKED
 *    LOCKED ---- new offer/answer (relock) --> REOPENED --- as from OPEN, or the old source goes on --> LOCKED
 *    LOCKED ---- silence, then the same SSRC and sequence go on from a new address ----------> LOCKED there ("moved")
 *    LOCKED ---- two packets in a row of a new SSRC from the locked address -----------------> LOCKED, new source
 *    LOCKED ---- anything else from another address: refused, whatever it claims
 *
 * "In a row": same address, same SSRC, each sequence number one to four after the last. RTP and RTCP latch separately; with rtcp-mux
 * RTCP follows RTP. Leaves out: SRTP, where authentication takes this file's place.
 */
import { sequenceDistance } from '@ringdown/rtc/rtp';
import { copyAddress, hasAddress, sameAddress, sameHost } from '../io/address.ts';
import { field, latchState, type Region } from '../region/layout.ts';
import type { PacketFacts } from './packet-facts.ts';

/** What to do with a packet. All from ACCEPT on are accepted. */
export const verdict = {
  /** A second live source. */
  REFUSE: 0,
  /** Not believed yet. */
  WAIT: 1,
  ACCEPT: 2,
  /** The same address, but another source: receive statistics begin anew. */
  NEW_SSRC: 3,
  /** Settled for the first time. */
  FIRST: 4,
  /** Settled anew after an offer/answer. */
  RELOCKED: 5,
  /** The same source on a new address. */
  MOVED: 6,
} as const;

/** Packets in a row that make an unannounced address believable. */
export const candidatePackets = 3;
/** The same for what is bound to the lock already: a new SSRC from its address, or its SSRC from a new address. */
export const knownPackets = 2;
/** No packet of the locked source for so long is silence. */
export const silenceMs = 400;
/** How far a moved source's sequence may have gone on: a minute. */
const maxMovedSequence = 3000;
/** Packets of the old source that close a reopened latch: when the signalled address is the same, and when it is another. */
const reopenedSame = 5;
const reopenedChanged = 250;

export function admitRtp(region: Region, base: number, source: Int32Array, packet: PacketFacts): number {
  const words = region.words;
  const state = words[base + field.LATCH];
  if (state !== latchState.OPEN && sameAddress(words, base + field.LATCHED_RTP, source, 0))
    return fromLatched(region, base, source, packet);
  if (state === latchState.LOCKED) return fromElsewhere(region, base, source, packet);
  if (sameAddress(words, base + field.SIGNALLED_RTP, source, 0)) return settle(region, base, source);
  return countCandidate(words, base, source, packet) >= candidatePackets ? settle(region, base, source) : verdict.WAIT;
}

function fromLatched(region: Region, base: number, source: Int32Array, packet: PacketFacts): number {
  const words = region.words;
  if (packet.ssrc === words[base + field.RX_SSRC]) {
    if (words[base + field.LATCH] === latchState.REOPENED) {
      const left = (words[base + field.REOPENED_LEFT] as number) - 1;
      words[base + field.REOPENED_LEFT] = left;
      if (left <= 0) settle(region, base, source);
    } else words[base + field.CANDIDATE_COUNT] = 0;
    return verdict.ACCEPT;
  }
  // Two sources taking turns from one address never get two packets in a row: the first one stays.
  if (countCandidate(words, base, source, packet) < knownPackets) return verdict.WAIT;
  words[base + field.CANDIDATE_COUNT] = 0;
  return verdict.NEW_SSRC;
}

function fromElsewhere(region: Region, base: number, source: Int32Array, packet: PacketFacts): number {
  const words = region.words;
  if (packet.ssrc !== words[base + field.RX_SSRC]) return verdict.REFUSE;
  if (packet.nowMs - region.double(base, field.RX_LAST_MS) < silenceMs) return verdict.REFUSE;
  const ahead = sequenceDistance(words[base + field.RX_STATE + 2] as number, packet.sequence);
  if (ahead <= 0 || ahead > maxMovedSequence) return verdict.REFUSE;
  if (countCandidate(words, base, source, packet) < knownPackets) return verdict.WAIT;
  settle(region, base, source);
  return verdict.MOVED;
}

/** @returns how many packets in a row this source has sent. */
function countCandidate(words: Int32Array, base: number, source: Int32Array, packet: PacketFacts): number {
  const ahead = sequenceDistance(words[base + field.CANDIDATE_SEQUENCE] as number, packet.sequence);
  const follows =
    (words[base + field.CANDIDATE_COUNT] as number) > 0 &&
    words[base + field.CANDIDATE_SSRC] === packet.ssrc &&
    ahead > 0 &&
    ahead <= 4 &&
    sameAddress(words, base + field.CANDIDATE, source, 0);
  const count = follows ? (words[base + field.CANDIDATE_COUNT] as number) + 1 : 1;
  copyAddress(source, 0, words, base + field.CANDIDATE);
  words[base + field.CANDIDATE_SSRC] = packet.ssrc;
  words[base + field.CANDIDATE_SEQUENCE] = packet.sequence;
  words[base + field.CANDIDATE_COUNT] = count;
  return count;
}

/** Locks on this address and sends there from now on. */
function settle(region: Region, base: number, source: Int32Array): number {
  const words = region.words;
  const first = words[base + field.LATCH] === latchState.OPEN;
  words[base + field.LATCH] = latchState.LOCKED;
  words[base + field.CANDIDATE_COUNT] = 0;
  copyAddress(source, 0, words, base + field.LATCHED_RTP);
  copyAddress(source, 0, words, base + field.RTP_TO);
  return first ? verdict.FIRST : verdict.RELOCKED;
}

/**
 * RTCP on its own port. Too rare to wait for packets in a row: it must come from the signalled RTCP address, from the host that RTP is latched to, or
 * carry the SSRC of the latched RTP source while the RTCP latch is open. A locked one moves only with that SSRC and to that host.
 */
export function admitRtcp(region: Region, base: number, source: Int32Array, ssrc: number): number {
  const words = region.words;
  const locked = words[base + field.RTCP_LATCH] === latchState.LOCKED;
  if (words[base + field.RTCP_LATCH] !== latchState.OPEN && sameAddress(words, base + field.LATCHED_RTCP, source, 0)) {
    words[base + field.RTCP_LATCH] = latchState.LOCKED;
    return verdict.ACCEPT;
  }
  const rtpLatched = words[base + field.LATCH] !== latchState.OPEN;
  const sameAsRtp = rtpLatched && sameHost(words, base + field.LATCHED_RTP, source, 0);
  const knownSsrc = rtpLatched && words[base + field.RX_SSRC] === ssrc;
  const signalled = sameAddress(words, base + field.SIGNALLED_RTCP, source, 0);
  const believed = locked ? sameAsRtp && knownSsrc : signalled || sameAsRtp || knownSsrc;
  if (!believed) return rtpLatched || locked ? verdict.REFUSE : verdict.WAIT;
  const first = words[base + field.RTCP_LATCH] === latchState.OPEN;
  words[base + field.RTCP_LATCH] = latchState.LOCKED;
  copyAddress(source, 0, words, base + field.LATCHED_RTCP);
  copyAddress(source, 0, words, base + field.RTCP_TO);
  return first ? verdict.FIRST : locked ? verdict.MOVED : verdict.RELOCKED;
}

/** RFC 5761: RTCP on the RTP port belongs to whom RTP belongs. */
export function admitMuxedRtcp(region: Region, base: number, source: Int32Array): number {
  const words = region.words;
  const known = words[base + field.LATCH] === latchState.OPEN ? field.SIGNALLED_RTP : field.LATCHED_RTP;
  return sameAddress(words, base + known, source, 0) ? verdict.ACCEPT : verdict.REFUSE;
}

/** The peer's addresses as signalled: five words each, RTP then RTCP. `relock`: they come with a new offer/answer. */
export function signalRemote(region: Region, base: number, remote: Int32Array, relock: boolean): void {
  const words = region.words;
  const changed = !sameAddress(words, base + field.SIGNALLED_RTP, remote, 0);
  const firstTime = !hasAddress(words, base + field.SIGNALLED_RTP);
  copyAddress(remote, 0, words, base + field.SIGNALLED_RTP);
  copyAddress(remote, 5, words, base + field.SIGNALLED_RTCP);
  if (changed || words[base + field.LATCH] === latchState.OPEN) copyAddress(remote, 0, words, base + field.RTP_TO);
  if (changed || words[base + field.RTCP_LATCH] === latchState.OPEN)
    copyAddress(remote, 5, words, base + field.RTCP_TO);
  if (relock || firstTime) reopen(region, base, changed);
}

/** A new offer/answer: the source may settle anew, while the old one is still heard. */
export function reopen(region: Region, base: number, changed: boolean): void {
  const words = region.words;
  words[base + field.CANDIDATE_COUNT] = 0;
  if (words[base + field.LATCH] !== latchState.OPEN) {
    // What was latched before is where the new description points: nothing to look for.
    const settled = sameAddress(words, base + field.LATCHED_RTP, words, base + field.SIGNALLED_RTP);
    words[base + field.LATCH] = latchState.REOPENED;
    words[base + field.REOPENED_LEFT] = settled || !changed ? reopenedSame : reopenedChanged;
  }
  if (words[base + field.RTCP_LATCH] !== latchState.OPEN) words[base + field.RTCP_LATCH] = latchState.REOPENED;
}
