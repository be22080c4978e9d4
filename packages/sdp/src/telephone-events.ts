/** Which events an a=fmtp of telephone-event names (RFC 4733 §2.4.1), and which clock goes with which voice (§2.1). */
import type { Codec } from './codecs.ts';
import { wholeNumber } from './fields.ts';

/** RFC 4733 §2.1: key presses and tones as events. */
export function isTelephoneEvent(codec: Codec): boolean {
  return codec.name === 'TELEPHONE-EVENT';
}

/** Keys 0 to 9, *, #, A to D: what a telephone-event without an fmtp takes (§2.4.1). */
export const dtmfEvents: readonly number[] = Array.from({ length: 16 }, (_, at) => at);

/**
 * 0-15,66,70 as the events that it names, ascending; null where it is malformed. Interop: `events=` before the list is read too (RFC 4733 §7.1.1 names the parameter so).
 */
export function readEvents(fmtp: string): number[] | null {
  const list = fmtp
    .replace(/^events=/i, '')
    .replaceAll(' ', '')
    .replaceAll('"', '');
  const events = new Set<number>();
  for (const part of list.split(',')) {
    const [from, to = from, more] = part.split('-');
    const [first, last] = [wholeNumber(from, 255), wholeNumber(to, 255)];
    if (first === null || last === null || last < first || more !== undefined) return null;
    for (let event = first; event <= last; event++) events.add(event);
  }
  return [...events].sort((a, b) => a - b);
}

/** The events that a codec takes; the keys where nothing, or nonsense, is said. */
export function eventsOf(codec: Codec): readonly number[] {
  return (codec.fmtp.trim() === '' ? null : readEvents(codec.fmtp)) ?? dtmfEvents;
}

/** 0-15,66 */
export function formatEvents(events: readonly number[]): string {
  const parts: string[] = [];
  const sorted = [...new Set(events)].sort((a, b) => a - b);
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    parts.push(end === at ? `${sorted[at]}` : `${sorted[at]}-${sorted[end]}`);
    at = end + 1;
  }
  return parts.join(',');
}

/**
 * The telephone-event that goes with a voice (RFC 4733 §2.1: on its clock), among the codecs of a line. Interop: a phone that has one at another rate only (Opus with
 * 8000) is heard by that one. Undefined: the line has none.
 */
export function eventsBeside(voice: Codec, codecs: readonly Codec[]): Codec | undefined {
  const events = codecs.filter(isTelephoneEvent);
  return events.find(({ clockRate }) => clockRate === voice.clockRate) ?? events[0];
}
