/**
 * The m-lines of one leg over its whole life, as plain data stored with the call: which line of the other leg each is tied to, and what every payload type
 * means. RFC 3264 §8: lines never get fewer and keep their order, whatever the other leg does or whoever it is by now; §8.3.2: a payload type
 * keeps its codec.
 */
import { type Codec, type MediaDescription, readCodecs, type SessionDescription } from '@ringdown/sdp';

export interface LegLine {
  readonly kind: string;
  readonly protocol: string;
  readonly formats: readonly string[];
  /** The m-line of the other leg that this one carries; null: none now, it is off. */
  readonly far: number | null;
  /** All that we ever named to this leg in this line, the latest first. */
  readonly codecs: readonly Codec[];
}

export interface LegMediaState {
  readonly lines: readonly LegLine[];
}

export const noLines: LegMediaState = { lines: [] };

/** More would be refused by the other side's limits. */
export const maxLines = 64;

/** The state of a leg of which only the last description of ours is known: line n is tied to line n. */
export function legLinesOf(ours: SessionDescription | null): LegMediaState {
  if (ours === null) return noLines;
  return said({ lines: ours.media.map((line, at) => ({ ...head(line), far: at, codecs: [] })) }, ours);
}

/** For a leg that gets another partner: its lines stay, tied to nothing. */
export function untied(state: LegMediaState): LegMediaState {
  return { lines: state.lines.map((line) => ({ ...line, far: null })) };
}

/**
 * Ties each line of the other leg's description to one of this leg: to the one it has, else to a free one of its kind, else to any free one (a line that is off
 * may be used anew, RFC 3264 §8.1), else to a new one at the end.
 * @param isCarried whether media will flow; what is not carried gets a line of its own only while both legs still count alike
 */
export function tieLines(
  state: LegMediaState,
  source: SessionDescription,
  isCarried: (line: MediaDescription) => boolean,
): LegMediaState {
  const count = source.media.length;
  const lines = state.lines.map((line) => (line.far !== null && line.far >= count ? { ...line, far: null } : line));
  const waiting = [...source.media.entries()].filter(([at]) => !lines.some((line) => line.far === at));
  for (const byKind of [true, false]) {
    for (const entry of waiting.splice(0)) {
      const [far, line] = entry;
      const free = lines.findIndex((row) => row.far === null && (byKind ? row.kind === line.kind : isCarried(line)));
      const row = lines[free];
      if (row !== undefined) lines[free] = { ...row, far };
      else if (byKind) waiting.push(entry);
      else if (isCarried(line) || lines.length <= far) lines.push({ ...head(line), far, codecs: [] });
    }
  }
  return { lines };
}

/** The line of this leg that carries the other leg's line `far`. */
export function lineTiedTo(state: LegMediaState, far: number): number {
  return state.lines.findIndex((line) => line.far === far);
}

/** Remembers what a description of ours says to the leg. */
export function said(state: LegMediaState, ours: SessionDescription): LegMediaState {
  return {
    lines: ours.media.map((line, at) => {
      const before = state.lines[at];
      const { kind, protocol, formats } = line;
      if (line.port === 0 && before !== undefined)
        return { kind, protocol, formats, far: before.far, codecs: before.codecs };
      const named = readCodecs(line);
      const older = (before?.codecs ?? []).filter(
        (codec) => !named.some((other) => other.payloadType === codec.payloadType),
      );
      const far = before === undefined ? at : before.far;
      return { kind, protocol, formats, far, codecs: [...named, ...older] };
    }),
  };
}

function head({ kind, protocol, formats }: MediaDescription): Pick<LegLine, 'kind' | 'protocol' | 'formats'> {
  return { kind, protocol, formats };
}
