/** What a signalling bench makes its servers do: calls or registrations at a rate, on one side after the other. */
import type { SippCounts } from '../interop/peers/sipp.ts';
import { type BenchSettings, warmUpGraceMs, warmUpRate, warmUpUnits } from './bench-settings.ts';
import { type Side, startRingdownSide } from './sides.ts';

/**
 * Makes so many calls or registrations at a rate. Each must go well; or, with `graceMs`, those that have not by so long after the last has begun count as
 * failed.
 */
export type Load = (units: number, rate: number, graceMs?: number) => Promise<Loaded>;

export interface Loaded extends SippCounts {
  /** From the INVITE to its 200, of each call; empty: nobody looked. */
  readonly setUpMs: readonly number[];
}

export type StartSide = (settings: BenchSettings) => Promise<Side>;

export interface Signalling {
  prepare(settings: BenchSettings, side: Side): Promise<Load>;
  startPeer: StartSide;
  /** Ours beside the one in its defaults. */
  readonly more?: readonly StartSide[];
  /** `500 calls/s, 10 s` */
  describe(rate: number): string;
}

const restMs = 10_000;

/** What is measured is a server at work, not one that is being compiled; one that refuses some of this for overload is not judged by it. */
export async function warmUp(make: Load): Promise<void> {
  const units = warmUpUnits;
  const { successful } = await make(units, warmUpRate, warmUpGraceMs);
  // What was left half done comes to its end before anybody counts.
  if (successful < units) await new Promise((resolve) => setTimeout(resolve, restMs));
}

export function sidesOf(settings: BenchSettings, bench: Signalling): StartSide[] {
  return [...(settings.peerOnly ? [] : [startRingdownSide, ...(bench.more ?? [])]), bench.startPeer];
}

/** The value that so many of a hundred are not above; NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
