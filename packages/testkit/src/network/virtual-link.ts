/** What happens to a datagram, or to a stream's bytes, between two hosts. */
import type { SeededRandom } from '../clock/seeded-random.ts';

export interface LinkSettings {
  /** One way. */
  readonly delayMs: number;
  /** Up to this many whole milliseconds are added to each datagram's delay. */
  readonly jitterMs: number;
  /** 0..1: the share of datagrams that vanish. On a stream a loss costs 200 ms instead. */
  readonly loss: number;
  /** 0..1: the share of datagrams that come twice. */
  readonly duplication: number;
  /** 0..1: the share of datagrams that are overtaken by those of the next `reorderMs`. */
  readonly reorder: number;
  readonly reorderMs: number;
  /** False: everything vanishes, on streams too, and nobody is told. */
  readonly up: boolean;
}

export const PERFECT_LINK: LinkSettings = {
  delayMs: 1,
  jitterMs: 0,
  loss: 0,
  duplication: 0,
  reorder: 0,
  reorderMs: 30,
  up: true,
};

const STREAM_LOSS_COST_MS = 200;

/** The delays at which the copies of one datagram arrive: none, one or two. */
export function datagramDelays(link: LinkSettings, random: SeededRandom): readonly number[] {
  if (!link.up || random.fraction() < link.loss) return [];
  const first = oneDelay(link, random);
  return random.fraction() < link.duplication ? [first, oneDelay(link, random) + 1] : [first];
}

function oneDelay(link: LinkSettings, random: SeededRandom): number {
  const overtaken = random.fraction() < link.reorder ? link.reorderMs : 0;
  return link.delayMs + random.integer(link.jitterMs + 1) + overtaken;
}

/** The delay of a segment of a stream; undefined: it never arrives. */
export function streamDelay(link: LinkSettings, random: SeededRandom): number | undefined {
  if (!link.up || link.loss >= 1) return undefined;
  let delayMs = link.delayMs + random.integer(link.jitterMs + 1);
  while (random.fraction() < link.loss) delayMs += STREAM_LOSS_COST_MS;
  return delayMs;
}
