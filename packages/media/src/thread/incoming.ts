/**
 * The path of a received packet: demultiplexed, believed or not (latch.ts), counted, listened to for keys, mapped, and sent on to whoever hears this leg
 * (outgoing.ts). docs/one-packet.md tells it at length. Works on numbers in the region; nothing is allocated per RTP packet.
 */
import {
  countJitter,
  countSequence,
  cumulativeLost,
  isRtcp,
  isRtcpCompound,
  isRtp,
  received,
  receiveState,
  rtcpPacketBytes,
  rtcpPacketType,
  rtcpSenderSsrc,
  rtcpType,
  rtpHeaderLength,
  rtpMarker,
  rtpPayloadLength,
  rtpPayloadType,
  rtpSequence,
  rtpSsrc,
  rtpTimestamp,
  setRtpPayloadType,
  telephoneEventBytes,
  wouldRestart,
} from '@ringdown/rtc/rtp';
import type { PacketIo } from '../io/packet-io.ts';
import { field, type Region, sourceKind } from '../region/layout.ts';
import { hearTelephoneEvent } from './dtmf-receiver.ts';
import { admitMuxedRtcp, admitRtcp, admitRtp, verdict } from './latch.ts';
import type { Outgoing, PacketSource } from './outgoing.ts';
import { createPacketFacts, type PacketFacts } from './packet-facts.ts';
import { rewriteForPeer } from './rtcp-relay.ts';
import { readReport } from './rtcp-reports.ts';
import type { StreamTelling } from './telling.ts';

const dropPayloadType = 255;

export interface IncomingOptions {
  readonly region: Region;
  readonly io: PacketIo;
  readonly outgoing: Outgoing;
  readonly telling: StreamTelling;
}

export class Incoming {
  readonly #region: Region;
  readonly #io: PacketIo;
  readonly #outgoing: Outgoing;
  readonly #telling: StreamTelling;
  readonly #facts: PacketFacts = createPacketFacts();
  readonly #source: PacketSource = { kind: sourceKind.RELAY, id: 0, ssrc: 0 };
  /** The datagram being handled. */
  #buffer: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #length = 0;

  constructor(options: IncomingOptions) {
    this.#region = options.region;
    this.#io = options.io;
    this.#outgoing = options.outgoing;
    this.#telling = options.telling;
  }

  /** The datagram that the next call is about. */
  place(buffer: Uint8Array, offset: number, length: number): void {
    this.#buffer = buffer;
    this.#offset = offset;
    this.#length = length;
  }

  /** The placed datagram came to the stream's RTP socket: RTP, or with rtcp-mux RTCP too. */
  onRtpSocket(base: number): void {
    if (this.#length >= 2 && isRtcp(this.#buffer, this.#offset)) this.#onRtcp(base, true);
    else if (isRtp(this.#buffer, this.#offset, this.#length)) this.#onRtp(base);
    else this.#drop(base);
  }

  onRtcpSocket(base: number): void {
    this.#onRtcp(base, false);
  }

  #onRtp(base: number): void {
    const buffer = this.#buffer;
    const offset = this.#offset;
    const facts = this.#facts;
    facts.payloadType = rtpPayloadType(buffer, offset);
    facts.marker = rtpMarker(buffer, offset);
    facts.sequence = rtpSequence(buffer, offset);
    facts.timestamp = rtpTimestamp(buffer, offset);
    facts.ssrc = rtpSsrc(buffer, offset);
    facts.nowMs = this.#io.nowMs();
    const admitted = admitRtp(this.#region, base, this.#io.source, facts);
    if (admitted < verdict.ACCEPT) {
      if (admitted === verdict.REFUSE) this.#telling.refused(base, this.#io.source, facts);
      return;
    }
    if (admitted !== verdict.ACCEPT) this.#settled(base, admitted);
    if (!this.#count(base)) return;
    if (this.#region.words[base + field.MAY_RECEIVE] === 0) this.#drop(base);
    else this.#sendOn(base);
  }

  /** The latch has moved or the source has changed: perhaps another receive state, and somebody may want to know. */
  #settled(base: number, admitted: number): void {
    const words = this.#region.words;
    if (words[base + field.RX_SSRC] !== this.#facts.ssrc || admitted === verdict.FIRST) {
      this.#keepFigures(base);
      words[base + field.RX_SSRC] = this.#facts.ssrc;
      words[base + field.RX_STATE + receiveState.STARTED] = 0;
    }
    if (admitted !== verdict.NEW_SSRC) this.#telling.latched(base, 'rtp', admitted);
  }

  /** What the source before has received and lost goes into the sums. */
  #keepFigures(base: number): void {
    const words = this.#region.words;
    const state = base + field.RX_STATE;
    const packets = words[state + receiveState.RECEIVED] as number;
    words[base + field.RX_PACKETS_BEFORE] = (words[base + field.RX_PACKETS_BEFORE] as number) + packets;
    words[base + field.RX_LOST_BEFORE] = (words[base + field.RX_LOST_BEFORE] as number) + cumulativeLost(words, state);
    words[base + field.EXPECTED_PRIOR] = 0;
    words[base + field.RECEIVED_PRIOR] = 0;
  }

  /** @returns false for a packet whose number cannot be believed. */
  #count(base: number): boolean {
    const buffer = this.#buffer;
    const offset = this.#offset;
    const length = this.#length;
    const region = this.#region;
    const words = region.words;
    const facts = this.#facts;
    const state = base + field.RX_STATE;
    if (wouldRestart(words, state, facts.sequence)) this.#keepFigures(base);
    const outcome = countSequence(words, state, facts.sequence);
    if (outcome === received.JUMPED) {
      this.#drop(base);
      return false;
    }
    if (outcome === received.RESTARTED) this.#forgetOffsets(base);
    if (facts.payloadType === words[base + field.DTMF_PAYLOAD_TYPE]) {
      const payload = offset + rtpHeaderLength(buffer, offset, length);
      if (rtpPayloadLength(buffer, offset, length) >= telephoneEventBytes) {
        hearTelephoneEvent(region, base, { buffer, payload, packet: facts, listener: this.#telling });
      }
    } else if (outcome !== received.MISORDERED) {
      // Telephone events repeat their timestamp: they say nothing about jitter.
      const units = Math.round((facts.nowMs * (words[base + field.CLOCK_RATE] as number)) / 1000) | 0;
      countJitter(words, state, (units - facts.timestamp) | 0);
    }
    words[base + field.IN_SILENCE] = facts.payloadType === words[base + field.COMFORT_NOISE_PAYLOAD_TYPE] ? 1 : 0;
    region.setDouble(
      base,
      field.RX_OCTETS,
      region.double(base, field.RX_OCTETS) + rtpPayloadLength(buffer, offset, length),
    );
    if (region.double(base, field.RX_FIRST_MS) === 0) region.setDouble(base, field.RX_FIRST_MS, facts.nowMs);
    region.setDouble(base, field.RX_LAST_MS, facts.nowMs);
    this.#lives(base, facts.nowMs);
    return true;
  }

  /** The source has begun a new numbering: whoever hears it needs new offsets. */
  #forgetOffsets(base: number): void {
    const words = this.#region.words;
    const to = words[base + field.ECHO] === 1 ? base : (words[base + field.PEER] as number);
    if (to >= 0 && words[to + field.TX_SOURCE_KIND] === sourceKind.RELAY)
      words[to + field.TX_SOURCE_KIND] = sourceKind.NONE;
  }

  #sendOn(base: number): void {
    const words = this.#region.words;
    const echo = words[base + field.ECHO] === 1;
    const to = echo ? base : (words[base + field.PEER] as number);
    if (to < 0) return;
    // A player or keys cover what comes from here; so does the far leg's own echo.
    if (words[to + field.PLAYING] !== 0 || (!echo && words[to + field.ECHO] === 1)) return;
    if (!echo) {
      const mapped = this.#region.bytes[4 * (base + field.PAYLOAD_MAP) + this.#facts.payloadType] as number;
      if (mapped === dropPayloadType) {
        this.#drop(base);
        return;
      }
      if (mapped !== this.#facts.payloadType) setRtpPayloadType(this.#buffer, this.#offset, mapped);
    }
    this.#source.id = base;
    this.#source.ssrc = this.#facts.ssrc;
    this.#outgoing.place(this.#buffer, this.#offset, this.#length);
    this.#outgoing.sendRtp(to, this.#source);
  }

  #onRtcp(base: number, muxed: boolean): void {
    if (!isRtcpCompound(this.#buffer, this.#offset, this.#length)) {
      this.#drop(base);
      return;
    }
    const facts = this.#facts;
    facts.ssrc = rtcpSenderSsrc(this.#buffer, this.#offset);
    facts.nowMs = this.#io.nowMs();
    const source = this.#io.source;
    const admitted = muxed
      ? admitMuxedRtcp(this.#region, base, source)
      : admitRtcp(this.#region, base, source, facts.ssrc);
    if (admitted < verdict.ACCEPT) {
      if (admitted === verdict.REFUSE) this.#telling.refused(base, source, facts);
      return;
    }
    if (admitted !== verdict.ACCEPT) this.#telling.latched(base, 'rtcp', admitted);
    this.#lives(base, facts.nowMs);
    this.#readCompound(base);
  }

  #readCompound(base: number): void {
    const buffer = this.#buffer;
    const end = this.#offset + this.#length;
    const peer = this.#region.words[base + field.PEER] as number;
    for (let at = this.#offset; at < end; at += rtcpPacketBytes(buffer, at)) {
      const type = rtcpPacketType(buffer, at);
      if (type === rtcpType.SR || type === rtcpType.RR) {
        readReport(this.#region, base, { bytes: buffer, at, nowMs: this.#facts.nowMs, utcMs: this.#io.utcMs() });
      } else if (peer >= 0 && rewriteForPeer(this.#region, buffer, at, { from: base, to: peer })) {
        this.#outgoing.place(buffer, at, rtcpPacketBytes(buffer, at));
        this.#outgoing.sendRtcp(peer);
      }
    }
  }

  #lives(base: number, nowMs: number): void {
    this.#region.setDouble(base, field.LIFE_MS, nowMs);
    this.#region.words[base + field.TIMED_OUT] = 0;
  }

  #drop(base: number): void {
    const words = this.#region.words;
    words[base + field.DROPPED] = (words[base + field.DROPPED] as number) + 1;
  }
}
