/** The same picture in several encodings: a=simulcast (RFC 8853 §5). Which encodings there are is said by a=rid. */
import { attribute } from './attributes.ts';
import { fields } from './fields.ts';
import { isRidId, mediaRids } from './rid.ts';
import type { MediaDescription } from './session-description.ts';

/** One encoding of a stream; a paused one is offered, but not sent at first. */
export interface SimulcastChoice {
  readonly rid: string;
  readonly isPaused: boolean;
}

/** Streams side by side; each with its encodings, the preferred one first. */
export type SimulcastStreams = readonly (readonly SimulcastChoice[])[];

export interface Simulcast {
  readonly send: SimulcastStreams;
  readonly recv: SimulcastStreams;
}

/** Null where the line has none, or a malformed one: it is then to be taken for absent (RFC 8853 §5.2). */
export function mediaSimulcast(media: MediaDescription): Simulcast | null {
  const value = attribute(media.lines, 'simulcast');
  return value === undefined ? null : readSimulcast(value);
}

/** send <streams> [recv <streams>], in either order. */
export function readSimulcast(value: string): Simulcast | null {
  const parts = fields(value);
  const found: { send: SimulcastStreams; recv: SimulcastStreams } = { send: [], recv: [] };
  if (parts.length !== 2 && parts.length !== 4) return null;
  if (parts.length === 4 && parts[0] === parts[2]) return null;
  for (let at = 0; at < parts.length; at += 2) {
    const direction = parts[at];
    const streams = readStreams(parts[at + 1] ?? '');
    if (streams === null || (direction !== 'send' && direction !== 'recv')) return null;
    found[direction] = streams;
  }
  return found;
}

function readStreams(text: string): SimulcastStreams | null {
  const streams = text.split(';').map((stream) =>
    stream.split(',').map((choice) => {
      const isPaused = choice.startsWith('~');
      return { rid: isPaused ? choice.slice(1) : choice, isPaused };
    }),
  );
  const ids = streams.flatMap((choices) => choices.map(({ rid }) => rid));
  return ids.every(isRidId) && new Set(ids).size === ids.length ? streams : null;
}

/** The value of an a=simulcast line. */
export function formatSimulcast({ send, recv }: Simulcast): string {
  const parts = [
    ...(send.length === 0 ? [] : [`send ${formatStreams(send)}`]),
    ...(recv.length === 0 ? [] : [`recv ${formatStreams(recv)}`]),
  ];
  return parts.join(' ');
}

function formatStreams(streams: SimulcastStreams): string {
  return streams.map((choices) => choices.map(({ rid, isPaused }) => (isPaused ? `~${rid}` : rid)).join(',')).join(';');
}

/**
 * What an answer may say to an offered line (RFC 8853 §5.3.2): directions turned round, only encodings that stand as a=rid in the offer (§5.2) and that `isWanted`; null:
 * nothing is left, and the answer has no a=simulcast.
 */
export function answerSimulcast(offered: MediaDescription, isWanted: (rid: string) => boolean): Simulcast | null {
  const simulcast = mediaSimulcast(offered);
  if (simulcast === null) return null;
  const known = new Set(mediaRids(offered).map(({ id }) => id));
  const kept = (streams: SimulcastStreams): SimulcastStreams =>
    streams
      .map((choices) => choices.filter(({ rid }) => known.has(rid) && isWanted(rid)))
      .filter((choices) => choices.length > 0);
  const answer = { send: kept(simulcast.recv), recv: kept(simulcast.send) };
  return answer.send.length + answer.recv.length === 0 ? null : answer;
}
