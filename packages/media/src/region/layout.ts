/**
 * Per-stream packet state in one region of shared memory: fixed-size records, every field at a documented offset, so that the packet path reads
 * and writes numbers only, the main thread takes statistics without asking, and a later process can take the region over.
 *
 * The region: a header of 64 words, then `capacity` records of 160 words (640 octets). Words are 32 bits, signed, in the machine's order.
 * Fields marked f64 take two words at an even offset. An address takes five words (io/address.ts). Only the packet thread that owns a
 * stream writes its record; the main thread reads (a torn read of a statistic is harmless).
 */
import { receiveStateWords } from '@ringdown/rtc/rtp';

export const headerWords = 64;
export const streamWords = 160;

/** Header words: worst lateness of the clock in microseconds, per packet thread; the main thread sets it back to 0. */
export const header = { TICK_LATE_MAX_US: 0 } as const;
export const maxThreads = 32;

export const latchState = { OPEN: 0, LOCKED: 1, REOPENED: 2 } as const;

/** Who made what we send on: a switch from one to another makes new offsets. */
export const sourceKind = { NONE: 0, RELAY: 1, PLAYER: 2, DTMF: 3 } as const;

export const field = {
  /** 1 while a stream lives here. */
  IN_USE: 0,
  /** Grows with each stream that gets the record, so that late messages find the wrong one out. */
  GENERATION: 1,
  /** Numbers of PacketIo; -1 when closed. */
  RTP_SOCKET: 2,
  RTCP_SOCKET: 3,
  /** 1: the direction allows it. */
  MAY_SEND: 4,
  MAY_RECEIVE: 5,
  /** RFC 5761. */
  MUX: 6,
  /** Of the stream's audio; for jitter, and for time that passes while nothing is sent. */
  CLOCK_RATE: 7,
  /** Payload types as negotiated, -1 for none. */
  DTMF_PAYLOAD_TYPE: 8,
  COMFORT_NOISE_PAYLOAD_TYPE: 9,
  /** What a player sends: payload type and law (1 mu, 2 A), -1 and 0 for none. */
  PLAY_PAYLOAD_TYPE: 10,
  PLAY_LAW: 11,
  /** What the leg hears: the strongest of the three is heard. PEER is the base of the joined stream's record, -1 for none. */
  PLAYING: 12,
  ECHO: 13,
  PEER: 14,
  TIMEOUT_MS: 15,
  /** The last RTP packet was comfort noise: silence was announced. */
  IN_SILENCE: 16,
  TIMED_OUT: 17,
  /** Where we send. Addresses. */
  RTP_TO: 20,
  RTCP_TO: 25,
  /** What the peer's SDP says. Addresses. */
  SIGNALLED_RTP: 30,
  SIGNALLED_RTCP: 35,
  /** One of latchState. */
  LATCH: 40,
  /** Address. */
  LATCHED_RTP: 41,
  /** Packets from the old source until a reopened latch closes on it again. */
  REOPENED_LEFT: 46,
  RTCP_LATCH: 47,
  /** Address. */
  LATCHED_RTCP: 48,
  /** A source that is not believed yet: address, SSRC, last sequence number, packets in a row. */
  CANDIDATE: 53,
  CANDIDATE_SSRC: 58,
  CANDIDATE_SEQUENCE: 59,
  CANDIDATE_COUNT: 60,
  RX_SSRC: 61,
  /** Eight words of @ringdown/rtc/rtp's receive state. */
  RX_STATE: 62,
  /** f64. */
  RX_OCTETS: 70,
  /** f64, monotonic ms; 0 for never. */
  RX_FIRST_MS: 72,
  RX_LAST_MS: 74,
  /** f64: the last sign of life: RTP, RTCP, or a change that starts the time-out anew. */
  LIFE_MS: 76,
  /** Packets and losses of sources before the present one. */
  RX_PACKETS_BEFORE: 78,
  RX_LOST_BEFORE: 79,
  DROPPED: 80,
  REFUSED: 81,
  /** Since the last report of it. */
  REFUSED_UNTOLD: 82,
  /** f64. */
  REFUSED_TOLD_MS: 84,
  TX_SSRC: 86,
  /** Of the packet sent last. */
  TX_SEQUENCE: 87,
  TX_TIMESTAMP: 88,
  /** One of sourceKind, and which of that kind: base or count. */
  TX_SOURCE_KIND: 89,
  TX_SOURCE_ID: 90,
  TX_SOURCE_SSRC: 91,
  TX_SEQUENCE_OFFSET: 92,
  TX_TIMESTAMP_OFFSET: 93,
  /** The source's own number at the switch: what is older came too late. Judged for the first packets after the switch only. */
  TX_FIRST_SEQUENCE: 94,
  TX_SINCE_SWITCH: 95,
  TX_PACKETS: 96,
  /** 0 until the first packet: TX_SEQUENCE and TX_TIMESTAMP are then random beginnings. */
  TX_STARTED: 97,
  /** f64. */
  TX_OCTETS: 98,
  /** f64: when TX_TIMESTAMP last moved. */
  TX_TIMESTAMP_MS: 100,
  /** The peer's last SR: its middle NTP bits, and when it came (f64, 0 for never). */
  PEER_SR_MIDDLE: 102,
  PEER_SR_MS: 104,
  /** f64. */
  NEXT_REPORT_MS: 106,
  /** What the peer reported about our sending. */
  REPORTED: 108,
  REPORTED_FRACTION: 109,
  REPORTED_LOST: 110,
  REPORTED_JITTER: 111,
  /** f64, -1 for unknown. */
  ROUND_TRIP_MS: 112,
  /** RFC 3550 §A.3, for the fraction in the next report. */
  EXPECTED_PRIOR: 114,
  RECEIVED_PRIOR: 115,
  /** A key being pressed by the peer. */
  DTMF_ACTIVE: 116,
  DTMF_TIMESTAMP: 117,
  DTMF_CODE: 118,
  DTMF_DURATION: 119,
  /** f64. */
  DTMF_LAST_MS: 120,
  /** 1 once a DTMF timestamp was told: its repeated end packets are not told again. */
  DTMF_TOLD: 122,
  /** 128 octets: payload type as received to payload type as sent to the joined stream; 255 drops. */
  PAYLOAD_MAP: 128,
} as const;

/** The region's views. */
export class Region {
  readonly memory: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  readonly capacity: number;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
    this.bytes = new Uint8Array(memory);
    this.capacity = Math.floor((this.words.length - headerWords) / streamWords);
  }

  static create(capacity: number): Region {
    return new Region(new SharedArrayBuffer(4 * (headerWords + capacity * streamWords)));
  }

  /** The first word of a record: what the packet path calls a stream. */
  baseOf(record: number): number {
    return headerWords + record * streamWords;
  }

  recordOf(base: number): number {
    return (base - headerWords) / streamWords;
  }

  /** The f64 field `at` of the record at `base`. */
  double(base: number, at: number): number {
    return this.doubles[(base + at) >> 1] as number;
  }

  setDouble(base: number, at: number, value: number): void {
    this.doubles[(base + at) >> 1] = value;
  }

  /** Zeroes a record and gives it to a new stream. */
  begin(record: number): number {
    const base = this.baseOf(record);
    const generation = (this.words[base + field.GENERATION] as number) + 1;
    this.words.fill(0, base, base + streamWords);
    this.words[base + field.GENERATION] = generation;
    this.words[base + field.RTP_SOCKET] = -1;
    this.words[base + field.RTCP_SOCKET] = -1;
    this.words[base + field.MAY_SEND] = 1;
    this.words[base + field.MAY_RECEIVE] = 1;
    this.words[base + field.CLOCK_RATE] = 8000;
    this.words[base + field.DTMF_PAYLOAD_TYPE] = -1;
    this.words[base + field.COMFORT_NOISE_PAYLOAD_TYPE] = -1;
    this.words[base + field.PLAY_PAYLOAD_TYPE] = -1;
    this.words[base + field.PEER] = -1;
    this.setDouble(base, field.ROUND_TRIP_MS, -1);
    this.words[base + field.IN_USE] = 1;
    return base;
  }

  /** Words of the receive state, for a test that the fields leave room. */
  static readonly receiveStateWords: number = receiveStateWords;
}
