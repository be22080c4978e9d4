/**
 * Presses keys towards one leg: RFC 4733 §2.5.1. A packet per tick with the event's growing duration and the timestamp of its beginning, the marker
 * bit on the first, the last one three times with the end bit. Meanwhile the leg hears nothing else.
 *
 * Leaves out: events longer than 8 s (§2.5.1.3), which the protocol does not let through.
 */
import {
  addToSequence,
  addToTimestamp,
  encodeRtpHeader,
  encodeTelephoneEvent,
  eventOfDigit,
  type RtpHeader,
  rtpHeaderBytes,
  type TelephoneEvent,
  telephoneEventBytes,
} from '@ringdown/rtc/rtp';
import { tickMs } from '../io/packet-io.ts';
import { field, type Region, sourceKind } from '../region/layout.ts';
import type { Outgoing, PacketSource } from './outgoing.ts';

const frameSamples = 160;
const endPackets = 3;
const pauseMs = 500;
const packet = new Uint8Array(rtpHeaderBytes + telephoneEventBytes);

let senders = 0;

interface Press {
  /** -1: a pause. */
  readonly event: number;
  readonly durationMs: number;
  readonly gapMs: number;
}

export class DtmfSender {
  readonly #base: number;
  readonly #presses: Press[] = [];
  readonly #header: RtpHeader = { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0 };
  readonly #event: TelephoneEvent = { event: 0, ended: false, volume: 10, duration: 0 };
  readonly #source: PacketSource;
  /** Time since the current press began. */
  #elapsedMs = 0;

  constructor(base: number) {
    this.#base = base;
    senders = (senders + 1) & 0x7fffffff;
    this.#source = { kind: sourceKind.DTMF, id: senders, ssrc: 0 };
  }

  press(digits: string, durationMs: number, gapMs: number): void {
    for (const digit of digits) {
      if (digit === ',') this.#presses.push({ event: -1, durationMs: pauseMs, gapMs: 0 });
      else this.#presses.push({ event: eventOfDigit(digit), durationMs, gapMs });
    }
  }

  /** @returns false when all keys were pressed. */
  tick(region: Region, outgoing: Outgoing, nowMs: number): boolean {
    const press = this.#presses[0];
    if (press === undefined) return false;
    const first = this.#elapsedMs === 0;
    this.#elapsedMs += tickMs;
    if (press.event >= 0 && this.#elapsedMs - tickMs < press.durationMs)
      this.#send(region, outgoing, { press, first, nowMs });
    if (this.#elapsedMs >= press.durationMs + press.gapMs) {
      this.#presses.shift();
      this.#header.timestamp = addToTimestamp(this.#header.timestamp, (this.#elapsedMs / tickMs) * frameSamples);
      this.#elapsedMs = 0;
    }
    return this.#presses.length > 0;
  }

  #send(region: Region, outgoing: Outgoing, what: { press: Press; first: boolean; nowMs: number }): void {
    this.#event.event = what.press.event;
    this.#event.duration = (this.#elapsedMs / tickMs) * frameSamples;
    this.#event.ended = this.#elapsedMs >= what.press.durationMs;
    this.#header.payloadType = region.words[this.#base + field.DTMF_PAYLOAD_TYPE] as number;
    for (let copies = this.#event.ended ? endPackets : 1; copies > 0; copies--) {
      this.#header.marker = what.first;
      encodeRtpHeader(packet, 0, this.#header);
      encodeTelephoneEvent(packet, rtpHeaderBytes, this.#event);
      outgoing.place(packet, 0, packet.length);
      outgoing.sendRtp(this.#base, this.#source);
      this.#header.sequence = addToSequence(this.#header.sequence, 1);
    }
  }
}
