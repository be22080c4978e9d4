/** Names and limits of RTP streams: a=rid (RFC 8851 §4, §5, §10). */
import { attributes } from './attributes.ts';
import { wholeNumber } from './fields.ts';
import type { MediaDescription } from './session-description.ts';

export interface Rid {
  readonly id: string;
  readonly direction: 'send' | 'recv';
  /** pt=: payload types that it is limited to; empty: all of the line. */
  readonly payloadTypes: readonly number[];
  /** max-width, max-fps … with their values as written; '' where one has none. */
  readonly restrictions: ReadonlyMap<string, string>;
}

/** A malformed line, and one that repeats an id, is left out (RFC 8851 §4). */
export function mediaRids(media: MediaDescription): Rid[] {
  const seen = new Set<string>();
  return attributes(media.lines, 'rid').flatMap((value) => {
    const rid = readRid(value);
    if (rid === null || seen.has(rid.id)) return [];
    seen.add(rid.id);
    return [rid];
  });
}

export function isRidId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,255}$/.test(text);
}

/** <id> send|recv [pt=<n>[,<n>…];][<name>[=<value>];…] */
export function readRid(value: string): Rid | null {
  const match = /^(\S+) (send|recv)(?: +(\S.*))?$/.exec(value.trimEnd());
  if (match?.[1] === undefined || !isRidId(match[1])) return null;
  const restrictions = new Map<string, string>();
  const payloadTypes: number[] = [];
  for (const part of match[3]?.split(';') ?? []) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim();
    const text = equals < 0 ? '' : part.slice(equals + 1).trim();
    if (name === '' || restrictions.has(name)) return null;
    if (name !== 'pt') {
      restrictions.set(name, text);
      continue;
    }
    for (const type of text.split(',')) {
      const number = wholeNumber(type, 127);
      if (number === null) return null;
      payloadTypes.push(number);
    }
  }
  return { id: match[1], direction: match[2] === 'send' ? 'send' : 'recv', payloadTypes, restrictions };
}

/** The value of an a=rid line. */
export function formatRid({ id, direction, payloadTypes, restrictions }: Rid): string {
  const parts = [
    ...(payloadTypes.length === 0 ? [] : [`pt=${payloadTypes.join(',')}`]),
    ...[...restrictions].map(([name, text]) => (text === '' ? name : `${name}=${text}`)),
  ];
  return `${id} ${direction}${parts.length === 0 ? '' : ` ${parts.join(';')}`}`;
}
