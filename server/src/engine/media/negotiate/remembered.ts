/**
 * What was negotiated before. A phone says the same in every call but for its ports, and so does whoever answers it: what is made of two such descriptions differs in nothing but our
 * ports, and in the address that the session's c= line names. So it is made once, and its parts are shared by all these calls (docs/adr/0026). Lines are compared by identity, which
 * descriptions of one phone share (known-sections.ts of @ringdown/sdp); all else by what it says. Nothing is changed in place.
 *
 * Leaves out: descriptions with many lines, which are of browsers and have keys and addresses in them that no other call has.
 */
import { isNowhere, type MediaDescription, readConnection, type SdpLine, type SessionDescription } from '@ringdown/sdp';
import type { CodecPolicy } from './codec-policy.ts';
import { problemOfAddress } from './media-address.ts';
import type { LocalPort } from './negotiation.ts';

/** Of one phone's lines: with so many kinds of others it speaks, by so many policies. */
const mostOfEach = 16;
const longestSection = 24;
/** Of characters; lines of longer ones are not shared. */
const largestSection = 1_000;

/** The last so many of each list of lines or codecs, for as long as that lives; the oldest gives way. */
export class Remembered<Made> {
  readonly #made = new WeakMap<object, Made[]>();

  /** Undefined: none was made of that. `of` is a part of what was asked that is compared by identity. */
  find<Asked>(of: object, asked: Asked, isMadeOf: (made: Made, asked: Asked) => boolean): Made | undefined {
    const made = this.#made.get(of);
    if (made === undefined) return undefined;
    for (let at = 0; at < made.length; at++) {
      const one = made[at] as Made;
      if (isMadeOf(one, asked)) return one;
    }
    return undefined;
  }

  keep(of: object, made: Made): void {
    const others = this.#made.get(of);
    if (others === undefined) this.#made.set(of, [made]);
    else if (others.push(made) > mostOfEach) others.shift();
  }
}

/** Where what was made of a description is remembered. */
export function firstLines(sdp: SessionDescription): Lines {
  return sdp.media[0]?.lines ?? sdp.lines;
}

/** Whether it may be seen again, and takes little room. */
export function isUsual(sdp: SessionDescription): boolean {
  if (!isShort(sdp.lines) || sdp.media.length > longestSection) return false;
  for (const line of sdp.media) if (!isShort(line.lines)) return false;
  return true;
}

function isShort(lines: Lines): boolean {
  if (lines.length > longestSection) return false;
  let size = 0;
  for (const { value } of lines) size += value.length;
  return size <= largestSection;
}

/** They say the same, but for who wrote them and on which ports. */
export function isAlike(a: SessionDescription, b: SessionDescription): boolean {
  if (a === b) return true;
  if (a.media.length !== b.media.length) return false;
  for (let at = 0; at < a.media.length; at++)
    if (!isAlikeLine(a.media[at] as MediaDescription, b.media[at] as MediaDescription)) return false;
  return areSameLines(a.lines, b.lines);
}

function isAlikeLine(a: MediaDescription, b: MediaDescription): boolean {
  return (
    a.lines === b.lines &&
    (a.port === 0) === (b.port === 0) &&
    a.kind === b.kind &&
    a.protocol === b.protocol &&
    a.portCount === b.portCount &&
    areSameWords(a.formats, b.formats)
  );
}

type Lines = readonly SdpLine[];

/** What a section says of where media goes, and the rest of it. */
interface Section {
  /** Null: no c= line that can be read. */
  readonly address: string | null;
  /** It is one like any other, that media can be sent to. */
  readonly isSound: boolean;
  readonly rest: string;
}

const sections = new WeakMap<Lines, Section>();

function sectionOf(lines: Lines): Section {
  const known = sections.get(lines);
  if (known !== undefined) return known;
  const connection = lines.find(({ type }) => type === 'c');
  const address = connection === undefined ? null : (readConnection(connection.value)?.address ?? null);
  const rest = lines.map((line) => (line === connection ? 'c' : `${line.type}=${line.value}`)).join('\n');
  const isSound = address !== null && !isNowhere(address) && problemOfAddress(address) === null;
  const section = { address, isSound, rest };
  sections.set(lines, section);
  return section;
}

/** Another address than the session's makes no other description, where both are sound. */
function areSameLines(a: Lines, b: Lines): boolean {
  if (a === b) return true;
  const [one, other] = [sectionOf(a), sectionOf(b)];
  return one.rest === other.rest && (one.address === other.address || (one.isSound && other.isSound));
}

/** As `connectionAddress`, for lines that come again. */
export function addressOf(sdp: SessionDescription, media: MediaDescription): string | null {
  const own = sectionOf(media.lines);
  return own.address ?? sectionOf(sdp.lines).address;
}

export function areSameWords(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

export function isSamePolicy(a: CodecPolicy | undefined, b: CodecPolicy | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && areSameWords(a, b));
}

type Ports = readonly (LocalPort | null)[];

/** RTCP one above RTP, as it nearly always is: then no line says where. */
export function areUsualPorts(ports: Ports): boolean {
  return ports.every((port) => port === null || port.rtcpPort === port.port + 1);
}

/** The same but for their numbers. Both are usual. */
export function areAlikePorts(a: Ports, b: Ports): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    const [one, other] = [a[at] ?? null, b[at] ?? null];
    if (one === null || other === null) {
      if (one !== other) return false;
    } else if (one.address !== other.address || (one.rtcpMux === true) !== (other.rtcpMux === true)) return false;
  }
  return true;
}

/** What was made before, on these ports: n-th line, n-th port. */
export function onPorts(made: SessionDescription, ports: Ports): SessionDescription {
  const media = made.media.map((line, at) => {
    if (line.port === 0) return line;
    const { kind, portCount, protocol, formats, lines } = line;
    return { kind, port: ports[at]?.port ?? 0, portCount, protocol, formats, lines };
  });
  return { origin: made.origin, lines: made.lines, media };
}
