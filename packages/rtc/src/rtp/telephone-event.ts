/**
 * The telephone-event payload, RFC 4733 §2.3.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |     event     |E|R| volume    |          duration             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Leaves out: events other than DTMF (§3.2), several events in one packet (§2.5.1.5 allows, nobody sends it).
 */
import { readUint16, writeUint16 } from './rtp-packet.ts';

export const telephoneEventBytes = 4;

const endBit = 0x80;
const volumeMask = 0x3f;
const digits = '0123456789*#ABCD';

export function telephoneEventCode(bytes: Uint8Array, offset: number): number {
  return bytes[offset] as number;
}

export function telephoneEventEnded(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset + 1] as number) & endBit) !== 0;
}

/** In timestamp units since the packet's timestamp. */
export function telephoneEventDuration(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + 2);
}

export interface TelephoneEvent {
  event: number;
  ended: boolean;
  /** Level in dBm0 with the sign dropped: 10 is -10 dBm0. */
  volume: number;
  duration: number;
}

/** Writes 4 octets. */
export function encodeTelephoneEvent(bytes: Uint8Array, offset: number, event: TelephoneEvent): void {
  bytes[offset] = event.event;
  bytes[offset + 1] = (event.ended ? endBit : 0) | (event.volume & volumeMask);
  writeUint16(bytes, offset + 2, event.duration);
}

/** RFC 4733 §3.2 table 3; empty text for what is no DTMF key. */
export function digitOfEvent(event: number): string {
  return digits.charAt(event);
}

/** -1 for what is no DTMF key. */
export function eventOfDigit(digit: string): number {
  return digit.length === 1 ? digits.indexOf(digit.toUpperCase()) : -1;
}
