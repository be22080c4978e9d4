/**
 * What a receiver keeps per source: extended sequence numbers (RFC 3550 §A.1), loss (§A.3) and jitter (§A.8), in a stretch of an
 * Int32Array that the caller owns, so that it can be shared memory. Nothing is allocated.
 *
 * Leaves out: probation of a new source; whoever latches sources has done that before.
 */
import { sequenceDistance } from './sequence.ts';

/** Offsets from the state's base, in 32-bit words. */
export const receiveState = {
  /** 0 before the first packet. */
  STARTED: 0,
  BASE_SEQUENCE: 1,
  MAX_SEQUENCE: 2,
  /** Times the sequence number has wrapped. */
  CYCLES: 3,
  RECEIVED: 4,
  /** Of the last packet, in timestamp units. */
  TRANSIT: 5,
  /** Sixteen times the jitter, in timestamp units; -1 before the first transit time. */
  JITTER_16: 6,
  /** The sequence number that would make a big jump believable (§A.1 bad_seq), or -1. */
  BAD_SEQUENCE: 7,
} as const;

/** Words that one state takes. */
export const receiveStateWords = 8;

const maxDropout = 3000;
const maxMisorder = 100;

/** What became of a packet. */
export const received = {
  /** New: one or more ahead of all before. */
  IN_ORDER: 0,
  /** Late or twice. */
  MISORDERED: 1,
  /** Too far off; believed only if the next one follows it. */
  JUMPED: 2,
  /** The source has restarted its numbering: the state began anew with this packet. */
  RESTARTED: 3,
} as const;

export function startReceiveState(state: Int32Array, base: number, sequence: number): void {
  state[base + receiveState.STARTED] = 1;
  state[base + receiveState.BASE_SEQUENCE] = sequence;
  state[base + receiveState.MAX_SEQUENCE] = sequence;
  state[base + receiveState.CYCLES] = 0;
  state[base + receiveState.RECEIVED] = 0;
  state[base + receiveState.TRANSIT] = 0;
  state[base + receiveState.JITTER_16] = -1;
  state[base + receiveState.BAD_SEQUENCE] = -1;
}

/** RFC 3550 §A.1 update_seq, for a source that is past probation. Counts the packet. @returns one of {@link received}. */
export function countSequence(state: Int32Array, base: number, sequence: number): number {
  if (state[base + receiveState.STARTED] === 0) {
    startReceiveState(state, base, sequence);
    state[base + receiveState.RECEIVED] = 1;
    return received.IN_ORDER;
  }
  const max = state[base + receiveState.MAX_SEQUENCE] as number;
  const ahead = sequenceDistance(max, sequence);
  let outcome: number = received.IN_ORDER;
  if (ahead > 0 && ahead < maxDropout) {
    if (sequence < max) state[base + receiveState.CYCLES] = (state[base + receiveState.CYCLES] as number) + 1;
    state[base + receiveState.MAX_SEQUENCE] = sequence;
  } else if (ahead <= 0 && ahead >= -maxMisorder) {
    outcome = received.MISORDERED;
  } else if (sequence === state[base + receiveState.BAD_SEQUENCE]) {
    startReceiveState(state, base, sequence);
    outcome = received.RESTARTED;
  } else {
    state[base + receiveState.BAD_SEQUENCE] = (sequence + 1) & 0xffff;
    return received.JUMPED;
  }
  state[base + receiveState.RECEIVED] = (state[base + receiveState.RECEIVED] as number) + 1;
  return outcome;
}

/** Whether counting this number would begin the state anew (`RESTARTED`): a caller that sums up over sources takes the old figures before. */
export function wouldRestart(state: Int32Array, base: number, sequence: number): boolean {
  if (state[base + receiveState.BAD_SEQUENCE] !== sequence || state[base + receiveState.STARTED] === 0) return false;
  const ahead = sequenceDistance(state[base + receiveState.MAX_SEQUENCE] as number, sequence);
  return ahead >= maxDropout || ahead < -maxMisorder;
}

/**
 * RFC 3550 §A.8.
 * @param transit arrival time minus timestamp, both in timestamp units, signed 32 bits.
 */
export function countJitter(state: Int32Array, base: number, transit: number): void {
  const jitter = state[base + receiveState.JITTER_16] as number;
  if (jitter < 0) state[base + receiveState.JITTER_16] = 0;
  else {
    const difference = (transit - (state[base + receiveState.TRANSIT] as number)) | 0;
    const distance = difference < 0 ? -difference : difference;
    state[base + receiveState.JITTER_16] = jitter + distance - ((jitter + 8) >> 4);
  }
  state[base + receiveState.TRANSIT] = transit;
}

export function extendedHighest(state: Int32Array, base: number): number {
  return (state[base + receiveState.CYCLES] as number) * 65_536 + (state[base + receiveState.MAX_SEQUENCE] as number);
}

/** RFC 3550 §A.3: packets that should have come so far. */
export function expectedPackets(state: Int32Array, base: number): number {
  if (state[base + receiveState.STARTED] === 0) return 0;
  return extendedHighest(state, base) - (state[base + receiveState.BASE_SEQUENCE] as number) + 1;
}

/** RFC 3550 §6.4.1; negative where duplicates outnumber losses. */
export function cumulativeLost(state: Int32Array, base: number): number {
  return expectedPackets(state, base) - (state[base + receiveState.RECEIVED] as number);
}

/** In timestamp units, as a receiver report carries it. */
export function interarrivalJitter(state: Int32Array, base: number): number {
  return Math.max(0, state[base + receiveState.JITTER_16] as number) >> 4;
}
