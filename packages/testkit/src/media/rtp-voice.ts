/**
 * One voice on RTP, without a network: makes the packets of a tone, a recording or silence as G.711, and keeps what it hears in the order of sequence
 * numbers. RtpTalker (real sockets) and VirtualTalker (virtual time) speak and listen by it.
 */
import {
  aLawToLinear,
  encodeALaw,
  encodeMuLaw,
  measureTone,
  muLawToLinear,
  ToneGenerator,
  type ToneMeasurement,
} from '@ringdown/rtc/audio';
import {
  addToSequence,
  addToTimestamp,
  encodeRtpHeader,
  encodeTelephoneEvent,
  eventOfDigit,
  isRtp,
  rtpHeaderBytes,
  rtpHeaderLength,
  rtpMarker,
  rtpPayloadLength,
  rtpPayloadType,
  rtpSequence,
  rtpSsrc,
  rtpTimestamp,
} from '@ringdown/rtc/rtp';

export const frameSamples = 160;
export const frameMs = 20;

export type Utterance =
  | { readonly kind: 'tone'; readonly hz: number; readonly levelDbm0: number }
  /** 8 kHz, repeated. */
  | { readonly kind: 'pcm'; readonly pcm: Int16Array }
  | { readonly kind: 'silence' };

export interface RtpVoiceOptions {
  /** 0 PCMU (default) or 8 PCMA. */
  readonly payloadType?: 0 | 8;
  readonly ssrc: number;
  readonly says: Utterance;
  /** Default 101. */
  readonly dtmfPayloadType?: number;
  readonly firstSequence?: number;
  readonly firstTimestamp?: number;
}

/** One packet as heard. */
export interface HeardPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
  readonly atMs: number;
}

export class RtpVoice {
  readonly ssrc: number;
  readonly heard: HeardPacket[] = [];
  readonly #options: RtpVoiceOptions;
  readonly #payloadType: 0 | 8;
  readonly #frame = new Int16Array(frameSamples);
  #says: Utterance;
  #generator: ToneGenerator | null = null;
  #at = 0;
  #sequence: number;
  #timestamp: number;
  #first = true;

  constructor(options: RtpVoiceOptions) {
    this.#options = options;
    this.ssrc = options.ssrc;
    this.#payloadType = options.payloadType ?? 0;
    this.#sequence = options.firstSequence ?? 1000;
    this.#timestamp = options.firstTimestamp ?? 160_000;
    this.#says = options.says;
    this.say(options.says);
  }

  say(utterance: Utterance): void {
    this.#says = utterance;
    this.#at = 0;
    this.#generator = utterance.kind === 'tone' ? new ToneGenerator([utterance], 8000) : null;
  }

  /** The next 20 ms as a packet. */
  nextPacket(): Uint8Array {
    this.#fillFrame();
    const packet = new Uint8Array(rtpHeaderBytes + frameSamples);
    this.#header(packet, { payloadType: this.#payloadType, marker: this.#first, timestamp: this.#timestamp });
    if (this.#payloadType === 0) encodeMuLaw(this.#frame, packet, rtpHeaderBytes);
    else encodeALaw(this.#frame, packet, rtpHeaderBytes);
    this.#first = false;
    this.skipFrame();
    return packet;
  }

  /** Lets 20 ms pass in which nothing is sent (silence suppression, loss before us). */
  skipFrame(): void {
    this.#timestamp = addToTimestamp(this.#timestamp, frameSamples);
  }

  /** The packets of one key press (RFC 4733 §2.5.1): one per 20 ms, the last one three times. */
  dtmfPackets(digit: string, durationMs = 100): Uint8Array[] {
    const packets: Uint8Array[] = [];
    const start = this.#timestamp;
    const steps = Math.round(durationMs / frameMs);
    for (let step = 1; step <= steps; step++) {
      for (let copies = step === steps ? 3 : 1; copies > 0; copies--) {
        const packet = new Uint8Array(rtpHeaderBytes + 4);
        this.#header(packet, {
          payloadType: this.#options.dtmfPayloadType ?? 101,
          marker: step === 1,
          timestamp: start,
        });
        encodeTelephoneEvent(packet, rtpHeaderBytes, {
          event: eventOfDigit(digit),
          ended: step === steps,
          volume: 10,
          duration: step * frameSamples,
        });
        packets.push(packet);
      }
      this.skipFrame();
    }
    return packets;
  }

  /** @returns false for what is no RTP. */
  hear(bytes: Uint8Array, atMs: number): boolean {
    if (!isRtp(bytes, 0, bytes.length)) return false;
    const from = rtpHeaderLength(bytes, 0, bytes.length);
    this.heard.push({
      payloadType: rtpPayloadType(bytes, 0),
      marker: rtpMarker(bytes, 0),
      sequence: rtpSequence(bytes, 0),
      timestamp: rtpTimestamp(bytes, 0),
      ssrc: rtpSsrc(bytes, 0) >>> 0,
      payload: bytes.slice(from, from + rtpPayloadLength(bytes, 0, bytes.length)),
      atMs,
    });
    return true;
  }

  /** What was heard as 8 kHz PCM, telephone events left out. @param packets only the last so many. */
  heardPcm(packets = Number.MAX_SAFE_INTEGER): Int16Array {
    const audio = this.heard.filter((packet) => packet.payloadType === 0 || packet.payloadType === 8).slice(-packets);
    const pcm = new Int16Array(audio.reduce((sum, packet) => sum + packet.payload.length, 0));
    let at = 0;
    for (const packet of audio) {
      const table = packet.payloadType === 0 ? muLawToLinear : aLawToLinear;
      for (const octet of packet.payload) pcm[at++] = table[octet] as number;
    }
    return pcm;
  }

  /** The tone in the last so many packets (default 50: one second). */
  heardTone(packets = 50): ToneMeasurement {
    return measureTone(this.heardPcm(packets));
  }

  #header(packet: Uint8Array, what: { payloadType: number; marker: boolean; timestamp: number }): void {
    encodeRtpHeader(packet, 0, { ...what, sequence: this.#sequence, ssrc: this.ssrc });
    this.#sequence = addToSequence(this.#sequence, 1);
  }

  #fillFrame(): void {
    if (this.#generator !== null) this.#generator.fill(this.#frame);
    else if (this.#says.kind === 'pcm' && this.#says.pcm.length > 0) {
      for (let index = 0; index < frameSamples; index++) {
        this.#frame[index] = this.#says.pcm[this.#at] as number;
        this.#at = (this.#at + 1) % this.#says.pcm.length;
      }
    } else this.#frame.fill(0);
  }
}
