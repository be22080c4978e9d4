/**
 * Recognises keys in the telephone-event packets of a peer (RFC 4733 §2.5.2): one key per timestamp, told when its end bit comes, when another key
 * begins, or when no packet came for a while (all three end packets lost).
 */
import { digitOfEvent, telephoneEventCode, telephoneEventDuration, telephoneEventEnded } from '@ringdown/rtc/rtp';
import { field, type Region } from '../region/layout.ts';
import type { PacketFacts } from './packet-facts.ts';

/** RFC 4733 §2.6.1 asks for patience; phones send every 20 to 50 ms. */
export const lostEndMs = 200;

export interface DtmfListener {
  onDigit(base: number, digit: string, durationMs: number): void;
}

/** @param payload where the payload begins; it has at least four octets. */
export function hearTelephoneEvent(
  region: Region,
  base: number,
  heard: {
    readonly buffer: Uint8Array;
    readonly payload: number;
    readonly packet: PacketFacts;
    readonly listener: DtmfListener;
  },
): void {
  const words = region.words;
  const sameKey =
    words[base + field.DTMF_TIMESTAMP] === heard.packet.timestamp &&
    (words[base + field.DTMF_ACTIVE] || words[base + field.DTMF_TOLD]);
  if (!sameKey) {
    endKey(region, base, heard.listener);
    words[base + field.DTMF_ACTIVE] = 1;
    words[base + field.DTMF_TOLD] = 0;
    words[base + field.DTMF_TIMESTAMP] = heard.packet.timestamp;
    words[base + field.DTMF_CODE] = telephoneEventCode(heard.buffer, heard.payload);
    words[base + field.DTMF_DURATION] = 0;
  }
  if (words[base + field.DTMF_TOLD] === 1) return;
  const duration = telephoneEventDuration(heard.buffer, heard.payload);
  if (duration > (words[base + field.DTMF_DURATION] as number)) words[base + field.DTMF_DURATION] = duration;
  region.setDouble(base, field.DTMF_LAST_MS, heard.packet.nowMs);
  if (telephoneEventEnded(heard.buffer, heard.payload)) endKey(region, base, heard.listener);
}

/** Tells a key whose end was lost. */
export function endLostKey(region: Region, base: number, nowMs: number, listener: DtmfListener): void {
  if (region.words[base + field.DTMF_ACTIVE] === 0) return;
  if (nowMs - region.double(base, field.DTMF_LAST_MS) >= lostEndMs) endKey(region, base, listener);
}

function endKey(region: Region, base: number, listener: DtmfListener): void {
  const words = region.words;
  if (words[base + field.DTMF_ACTIVE] === 0) return;
  words[base + field.DTMF_ACTIVE] = 0;
  words[base + field.DTMF_TOLD] = 1;
  const digit = digitOfEvent(words[base + field.DTMF_CODE] as number);
  const rate = words[base + field.CLOCK_RATE] as number;
  if (digit !== '')
    listener.onDigit(base, digit, Math.round(((words[base + field.DTMF_DURATION] as number) * 1000) / rate));
}
