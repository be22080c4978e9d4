/**
 * What we send to a leg is one continuous stream, whoever made it: one SSRC, sequence numbers without a gap, timestamps that go on by the time
 * that passed (RFC 3550 §5.1), a marker bit at each change of source (RFC 3551 §4.1). A source brings its own numbers; offsets made at each
 * switch turn them into ours.
 */
import {
  addToSequence,
  addToTimestamp,
  rtpHeaderLength,
  rtpSequence,
  rtpTimestamp,
  sequenceDistance,
  setRtpMarker,
  setRtpSequence,
  setRtpSsrc,
  setRtpTimestamp,
} from '@ringdown/rtc/rtp';
import { hasAddress } from '../io/address.ts';
import { type OutgoingPacket, type PacketIo, tickMs } from '../io/packet-io.ts';
import { field, type Region } from '../region/layout.ts';

/** After so many packets of one source an old number is a wrap, not a late packet from before the switch. */
const judgeLate = 500;

/** Who made the packet: a kind, which of the kind, and its SSRC (a joined phone that changes it is a new source). */
export interface PacketSource {
  kind: number;
  id: number;
  ssrc: number;
}

export class Outgoing {
  readonly #region: Region;
  readonly #io: PacketIo;
  readonly #packet: OutgoingPacket;
  /** Of the packet being sent: the source's numbers, then ours. Fields, so that no object is made per packet. */
  #sequence = 0;
  #timestamp = 0;
  #nowMs = 0;

  constructor(region: Region, io: PacketIo) {
    this.#region = region;
    this.#io = io;
    this.#packet = {
      socket: -1,
      buffer: new Uint8Array(0),
      offset: 0,
      length: 0,
      destination: region.words,
      destinationAt: 0,
    };
  }

  /** The packet that `sendRtp` will send; the payload type is the leg's already. */
  place(buffer: Uint8Array, offset: number, length: number): void {
    this.#packet.buffer = buffer;
    this.#packet.offset = offset;
    this.#packet.length = length;
  }

  /** Rewrites the placed RTP packet for the leg at `base` and sends it. */
  sendRtp(base: number, source: PacketSource): void {
    const region = this.#region;
    const words = region.words;
    const packet = this.#packet;
    if (!hasAddress(words, base + field.RTP_TO) || words[base + field.MAY_SEND] === 0) return;
    this.#sequence = rtpSequence(packet.buffer, packet.offset);
    this.#timestamp = rtpTimestamp(packet.buffer, packet.offset);
    // Not an argument: a fraction that is passed on becomes an object for each packet.
    this.#nowMs = this.#io.nowMs();
    if (!isCurrent(words, base, source)) this.#switchTo(base, source);
    else if (isLate(words, base, this.#sequence)) return;
    this.#sequence = addToSequence(this.#sequence, words[base + field.TX_SEQUENCE_OFFSET] as number);
    this.#timestamp = addToTimestamp(this.#timestamp, words[base + field.TX_TIMESTAMP_OFFSET] as number);
    setRtpSequence(packet.buffer, packet.offset, this.#sequence);
    setRtpTimestamp(packet.buffer, packet.offset, this.#timestamp);
    setRtpSsrc(packet.buffer, packet.offset, words[base + field.TX_SSRC] as number);
    this.#note(base);
    packet.socket = words[base + field.RTP_SOCKET] as number;
    packet.destinationAt = base + field.RTP_TO;
    this.#io.send(packet);
  }

  /** Sends the placed RTCP packet as it is: muxed or on its own socket. */
  sendRtcp(base: number): void {
    const words = this.#region.words;
    const muxed = words[base + field.MUX] === 1;
    const to = base + (muxed ? field.RTP_TO : field.RTCP_TO);
    if (!hasAddress(words, to)) return;
    this.#packet.socket = words[base + (muxed ? field.RTP_SOCKET : field.RTCP_SOCKET)] as number;
    this.#packet.destinationAt = to;
    this.#io.send(this.#packet);
  }

  #switchTo(base: number, source: PacketSource): void {
    const region = this.#region;
    const words = region.words;
    const rate = words[base + field.CLOCK_RATE] as number;
    const elapsedMs = Math.max(tickMs, this.#nowMs - region.double(base, field.TX_TIMESTAMP_MS));
    const samples = words[base + field.TX_STARTED] === 0 ? 0 : Math.round((elapsedMs * rate) / 1000);
    words[base + field.TX_SOURCE_KIND] = source.kind;
    words[base + field.TX_SOURCE_ID] = source.id;
    words[base + field.TX_SOURCE_SSRC] = source.ssrc;
    words[base + field.TX_SEQUENCE_OFFSET] = sequenceDistance(
      this.#sequence,
      addToSequence(words[base + field.TX_SEQUENCE] as number, 1),
    );
    words[base + field.TX_TIMESTAMP_OFFSET] =
      ((words[base + field.TX_TIMESTAMP] as number) + samples - this.#timestamp) | 0;
    words[base + field.TX_FIRST_SEQUENCE] = this.#sequence;
    words[base + field.TX_SINCE_SWITCH] = 0;
    setRtpMarker(this.#packet.buffer, this.#packet.offset, true);
  }

  #note(base: number): void {
    const region = this.#region;
    const words = region.words;
    const packet = this.#packet;
    // A late packet of the same source must not turn the counters back.
    if (
      words[base + field.TX_STARTED] === 0 ||
      sequenceDistance(words[base + field.TX_SEQUENCE] as number, this.#sequence) > 0
    ) {
      words[base + field.TX_SEQUENCE] = this.#sequence;
      if (words[base + field.TX_TIMESTAMP] !== this.#timestamp || words[base + field.TX_STARTED] === 0) {
        words[base + field.TX_TIMESTAMP] = this.#timestamp;
        region.setDouble(base, field.TX_TIMESTAMP_MS, this.#nowMs);
      }
    }
    words[base + field.TX_STARTED] = 1;
    words[base + field.TX_SINCE_SWITCH] = (words[base + field.TX_SINCE_SWITCH] as number) + 1;
    words[base + field.TX_PACKETS] = (words[base + field.TX_PACKETS] as number) + 1;
    const payload = packet.length - rtpHeaderLength(packet.buffer, packet.offset, packet.length);
    region.setDouble(base, field.TX_OCTETS, region.double(base, field.TX_OCTETS) + payload);
  }
}

function isCurrent(words: Int32Array, base: number, source: PacketSource): boolean {
  return (
    words[base + field.TX_SOURCE_KIND] === source.kind &&
    words[base + field.TX_SOURCE_ID] === source.id &&
    words[base + field.TX_SOURCE_SSRC] === source.ssrc
  );
}

/** A packet from before the switch: its number has been given to another source's packet. */
function isLate(words: Int32Array, base: number, sequence: number): boolean {
  return (
    (words[base + field.TX_SINCE_SWITCH] as number) < judgeLate &&
    sequenceDistance(words[base + field.TX_FIRST_SEQUENCE] as number, sequence) < 0
  );
}
