/** Event packages by name, and when two usages of a dialog are the same (RFC 6665 §4.1.3, §8.2.1). */
import { parseEvent } from '../message/event.ts';
import type { SipRequest } from '../message/request.ts';
import type { EventName } from './event-port.ts';

export function formatEvent({ package: name, id }: EventName): string {
  return id === undefined ? name : `${name};id=${id}`;
}

/** Undefined: the request has no Event that can be read. */
export function eventOf(request: SipRequest): EventName | undefined {
  const text = request.header('Event');
  return text === undefined ? undefined : parseEvent(text);
}

/** RFC 3515 §2.4.6: the first REFER of a dialog may go without its id. */
export function isSameEvent(one: EventName, other: EventName): boolean {
  if (one.package.toLowerCase() !== other.package.toLowerCase()) return false;
  if (one.id === other.id) return true;
  return one.package.toLowerCase() === 'refer' && (one.id === undefined || other.id === undefined);
}
