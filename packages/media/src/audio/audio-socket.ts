/**
 * One end of a voice call for a program: an UDP socket that says G.711 at 20 ms and hears, with the SDP for it (RFC 8866, RFC 3551 §4.5.14). Paced by the
 * monotonic clock: a late timer is made up for at once, so the rate is exact.
 *
 * Leaves out: RTCP, jitter buffer, every other codec, SRTP: the media engine does those.
 */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { aLawToLinear, encodeALaw, encodeMuLaw, muLawToLinear } from '@ringdown/rtc/audio';
import {
  addToSequence,
  addToTimestamp,
  encodeRtpHeader,
  isRtp,
  rtpHeaderBytes,
  rtpHeaderLength,
  rtpPayloadLength,
  rtpPayloadType,
} from '@ringdown/rtc/rtp';
import { connectionAddress, createSdp, encodeText, formatSdp, parseSdp } from '@ringdown/sdp';
import { AudioError } from './audio-error.ts';

/** A session description as a SIP message carries it. */
export interface Description {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface AudioSocketOptions {
  /** IP address to bind and to be told to the other side. */
  readonly address: string;
}

/** 20 ms as they came. */
export interface HeardFrame {
  /** 8 kHz. */
  readonly pcm: Int16Array;
  /** Monotonic (`performance.now()`), when the packet was read. */
  readonly atMs: number;
}

const frameSamples = 160;
const frameMs = 20;
const muLaw = 0;
const aLaw = 8;
const codecs = [
  { payloadType: muLaw, name: 'PCMU', clockRate: 8000, channels: 1, fmtp: '' },
  { payloadType: aLaw, name: 'PCMA', clockRate: 8000, channels: 1, fmtp: '' },
];

export class AudioSocket {
  readonly address: string;
  readonly port: number;
  /** Called with each 20 ms that are heard. */
  onFrame: (frame: HeardFrame) => void = () => undefined;
  readonly #socket: Socket;
  readonly #sessionId = String(randomInt(2 ** 31));
  readonly #ssrc = randomInt(2 ** 32) | 0;
  #sequence = randomInt(2 ** 16);
  #timestamp = randomInt(2 ** 31);
  #payloadType = muLaw;
  #to: { readonly address: string; readonly port: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #startMs = 0;
  #sent = 0;
  #queue: { readonly pcm: Int16Array; readonly onBegin: (atMs: number) => void; at: number }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.address = address;
    this.port = port;
    socket.on('message', (bytes) => this.#hear(bytes));
    // A far side that is not there (ICMP) is no reason to end: it may come.
    socket.on('error', () => undefined);
  }

  static async open({ address }: AudioSocketOptions): Promise<AudioSocket> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, address, resolve);
    });
    socket.removeAllListeners('error');
    return new AudioSocket(socket);
  }

  /** Our side, as offer; as an answer too, since it names nothing that {@link connect} would not take. */
  get description(): Description {
    const origin = { sessionId: this.#sessionId, sessionVersion: '1' };
    const media = [{ port: this.port, codecs, ptimeMs: frameMs }];
    return {
      type: 'application/sdp',
      bytes: encodeText(formatSdp(createSdp({ origin, address: this.address, media }))),
    };
  }

  /** Speaks to where the other side's description says; silence until something is said. @throws AudioError `audio_no_common_codec`. */
  connect(theirs: Description | null): void {
    const parsed = theirs === null ? undefined : parseSdp(theirs.bytes);
    const sdp = parsed?.ok === true ? parsed.sdp : undefined;
    const media = sdp?.media.find(({ kind, port }) => kind === 'audio' && port !== 0);
    const payloadType = media?.formats.map(Number).find((format) => format === muLaw || format === aLaw);
    const address = sdp === undefined || media === undefined ? null : connectionAddress(sdp, media);
    if (media === undefined || payloadType === undefined || address === null)
      throw new AudioError('audio_no_common_codec', 'the other side has no audio in G.711 for us');
    this.#payloadType = payloadType;
    this.#to = { address, port: media.port };
    if (this.#timer !== null) return;
    this.#startMs = performance.now() - this.#sent * frameMs;
    this.#pace();
  }

  /** Says it after what is being said. @param pcm 8 kHz. @returns when its first sample left, monotonic. */
  say(pcm: Int16Array): Promise<number> {
    return new Promise((resolve) => {
      this.#queue.push({ pcm, onBegin: resolve, at: 0 });
    });
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#to = null;
    this.#socket.close();
  }

  #pace(): void {
    const dueFrames = Math.floor((performance.now() - this.#startMs) / frameMs) + 1;
    while (this.#sent < dueFrames) this.#sendFrame();
    const nextMs = this.#startMs + this.#sent * frameMs - performance.now();
    this.#timer = setTimeout(() => this.#pace(), Math.max(0, nextMs));
  }

  #sendFrame(): void {
    const packet = new Uint8Array(rtpHeaderBytes + frameSamples);
    encodeRtpHeader(packet, 0, {
      payloadType: this.#payloadType,
      marker: this.#sent === 0,
      sequence: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.#ssrc,
    });
    const frame = this.#nextFrame();
    if (this.#payloadType === muLaw) encodeMuLaw(frame, packet, rtpHeaderBytes);
    else encodeALaw(frame, packet, rtpHeaderBytes);
    this.#sequence = addToSequence(this.#sequence, 1);
    this.#timestamp = addToTimestamp(this.#timestamp, frameSamples);
    this.#sent += 1;
    if (this.#to !== null) this.#socket.send(packet, this.#to.port, this.#to.address, () => undefined);
  }

  /** Each sound begins at a frame's first sample, so that the time at which it left is known. */
  #nextFrame(): Int16Array {
    const frame = new Int16Array(frameSamples);
    const sound = this.#queue[0];
    if (sound === undefined) return frame;
    if (sound.at === 0) sound.onBegin(performance.now());
    frame.set(sound.pcm.subarray(sound.at, sound.at + frameSamples));
    sound.at += frameSamples;
    if (sound.at >= sound.pcm.length) this.#queue.shift();
    return frame;
  }

  #hear(bytes: Uint8Array): void {
    const atMs = performance.now();
    if (!isRtp(bytes, 0, bytes.length)) return;
    const payloadType = rtpPayloadType(bytes, 0);
    if (payloadType !== muLaw && payloadType !== aLaw) return;
    const table = payloadType === muLaw ? muLawToLinear : aLawToLinear;
    const start = rtpHeaderLength(bytes, 0, bytes.length);
    const pcm = new Int16Array(rtpPayloadLength(bytes, 0, bytes.length));
    for (let index = 0; index < pcm.length; index++) pcm[index] = table[bytes[start + index] as number] as number;
    this.onFrame({ pcm, atMs });
  }
}
