/**
 * Plays a source to one leg: every tick a frame of 160 samples, encoded and sent under the player's own sequence numbers and timestamps, which
 * outgoing.ts makes a continuation of whatever the leg heard before.
 */

import { encodeALaw, encodeMuLaw } from '@ringdown/rtc/audio';
import { addToSequence, addToTimestamp, encodeRtpHeader, type RtpHeader, rtpHeaderBytes } from '@ringdown/rtc/rtp';
import { hasAddress } from '../io/address.ts';
import { field, type Region, sourceKind } from '../region/layout.ts';
import type { Outgoing, PacketSource } from './outgoing.ts';
import type { FrameSource } from './sources/frame-source.ts';

const frameSamples = 160;
const pcm = new Int16Array(frameSamples);
const packet = new Uint8Array(rtpHeaderBytes + frameSamples);

let players = 0;

export class Player {
  readonly playId: string;
  readonly #base: number;
  readonly #frames: FrameSource;
  readonly #header: RtpHeader = { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0 };
  readonly #source: PacketSource;

  constructor(base: number, playId: string, frames: FrameSource) {
    this.#base = base;
    this.playId = playId;
    this.#frames = frames;
    players = (players + 1) & 0x7fffffff;
    this.#source = { kind: sourceKind.PLAYER, id: players, ssrc: 0 };
  }

  /** @returns false when the source has ended. `muted`: keys are being sent; time goes on, nothing is sent. */
  tick(region: Region, outgoing: Outgoing, now: { readonly nowMs: number; readonly muted: boolean }): boolean {
    const words = region.words;
    // Before the peer's address is known nobody would hear the beginning: wait.
    if (!hasAddress(words, this.#base + field.RTP_TO)) return true;
    if (!this.#frames.fill(pcm)) return false;
    if (!now.muted && words[this.#base + field.PLAY_LAW] !== 0) {
      this.#header.payloadType = words[this.#base + field.PLAY_PAYLOAD_TYPE] as number;
      encodeRtpHeader(packet, 0, this.#header);
      if (words[this.#base + field.PLAY_LAW] === 1) encodeMuLaw(pcm, packet, rtpHeaderBytes);
      else encodeALaw(pcm, packet, rtpHeaderBytes);
      outgoing.place(packet, 0, packet.length);
      outgoing.sendRtp(this.#base, this.#source);
      this.#header.sequence = addToSequence(this.#header.sequence, 1);
    }
    this.#header.timestamp = addToTimestamp(this.#header.timestamp, frameSamples);
    return true;
  }
}
