/** The codecs of an m-line: payload types, rtpmap and fmtp (RFC 8866 §6.6, §6.15), static types of RFC 3551 §6 where no rtpmap stands. */
import { attributes } from './attributes.ts';
import type { MediaDescription } from './session-description.ts';

export interface Codec {
  readonly payloadType: number;
  /** As registered, upper case: PCMU, OPUS, TELEPHONE-EVENT. */
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  /** The fmtp parameters, raw; '' where there are none. */
  readonly fmtp: string;
}

const staticTypes: Readonly<Record<number, readonly [name: string, clockRate: number]>> = {
  0: ['PCMU', 8000],
  3: ['GSM', 8000],
  4: ['G723', 8000],
  5: ['DVI4', 8000],
  6: ['DVI4', 16000],
  7: ['LPC', 8000],
  8: ['PCMA', 8000],
  9: ['G722', 8000],
  12: ['QCELP', 8000],
  13: ['CN', 8000],
  15: ['G728', 8000],
  18: ['G729', 8000],
  26: ['JPEG', 90000],
  31: ['H261', 90000],
  32: ['MPV', 90000],
  33: ['MP2T', 90000],
  34: ['H263', 90000],
};

/** An fmtp's `name=value` pairs, names in lower case; what has no `=` (the events of telephone-event) is left to `fmtp` itself. */
export function formatParameters(codec: Codec): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of codec.fmtp.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) found.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  return found;
}

interface Read {
  readonly formats: readonly string[];
  readonly codecs: readonly Codec[];
}

/** A negotiation asks for the codecs of a line a dozen times, and a phone says the same lines in every call (known-sections.ts); lines never change. */
const known = new WeakMap<MediaDescription['lines'], Read>();

/**
 * In the order of the m-line, which is the order of preference, each number once. A dynamic payload type without an rtpmap is left out.
 */
export function readCodecs(media: MediaDescription): readonly Codec[] {
  const { formats, lines } = media;
  const before = known.get(lines);
  if (before !== undefined && isSame(before.formats, formats)) return before.codecs;
  const codecs = read(media);
  known.set(lines, { formats, codecs });
  return codecs;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((format, at) => format === b[at]));
}

function read(media: MediaDescription): Codec[] {
  const maps = byPayloadType(attributes(media.lines, 'rtpmap'));
  const parameters = byPayloadType(attributes(media.lines, 'fmtp'));
  const numbers = media.formats.map((format) => (/^\d{1,3}$/.test(format) ? Number(format) : 128));
  return [...new Set(numbers)].flatMap((payloadType) => {
    if (payloadType > 127) return [];
    const map = parseMap(maps.get(payloadType)) ?? staticMap(payloadType);
    if (map === undefined) return [];
    const { name, clockRate, channels } = map;
    return [{ payloadType, name, clockRate, channels, fmtp: parameters.get(payloadType) ?? '' }];
  });
}

type CodecMap = Omit<Codec, 'payloadType' | 'fmtp'>;

/** <encoding name>/<clock rate>[/<channels>] */
function parseMap(text: string | undefined): CodecMap | undefined {
  const [name, rate, channels] = (text ?? '').trim().split('/');
  const clockRate = Number(rate);
  if (!name || !Number.isInteger(clockRate) || clockRate <= 0) return undefined;
  return { name: name.toUpperCase(), clockRate, channels: Number(channels) > 0 ? Number(channels) : 1 };
}

function staticMap(payloadType: number): CodecMap | undefined {
  const row = staticTypes[payloadType];
  return row === undefined ? undefined : { name: row[0], clockRate: row[1], channels: 1 };
}

function byPayloadType(values: readonly string[]): Map<number, string> {
  const map = new Map<number, string>();
  for (const value of values) {
    const space = value.indexOf(' ');
    if (space > 0 && /^\d+$/.test(value.slice(0, space)))
      map.set(Number(value.slice(0, space)), value.slice(space + 1));
  }
  return map;
}
