/**
 * The highest rate with under 0.1% failed: from a rate that is carried upwards by halves until one is not, then between the two until they are a tenth apart.
 * A call that is not through 8 s after the last has begun is a failed one; so is all that SIPp could not even begin in time. A server that was given too
 * much is started anew.
 */
import type { BenchSettings } from './bench-settings.ts';
import type { Row } from './result.ts';
import type { Side } from './sides.ts';
import { type Load, percentile, type Signalling, type StartSide, sidesOf, warmUp } from './signalling-load.ts';

const graceMs = 8_000;
const failedShare = 0.001;
const step = 1.5;
const apart = 1.1;
/** SIPp's own limit on this kind of machine, alone. */
const topRate = 8_000;

interface Trial {
  readonly isCarried: boolean;
  readonly p99Ms: number;
}

interface Found {
  readonly name: string;
  readonly rate: number;
  readonly p99Ms: number;
}

/** One side, alive: tried until it fails, then another in its place. */
class Tried {
  readonly #settings: BenchSettings;
  readonly #bench: Signalling;
  readonly #start: StartSide;
  #side: Side | null = null;
  #make: Load | null = null;
  name = '';

  constructor(settings: BenchSettings, bench: Signalling, start: StartSide) {
    this.#settings = settings;
    this.#bench = bench;
    this.#start = start;
  }

  async try(rate: number): Promise<Trial> {
    const make = this.#make ?? (await this.#ready());
    const units = Math.ceil((rate * searchSeconds(this.#settings)) / 100) * 100;
    const { successful, setUpMs } = await make(units, rate, graceMs);
    const isCarried = units - successful < units * failedShare;
    if (!isCarried) await this.stop();
    return { isCarried, p99Ms: percentile(setUpMs, 99) };
  }

  async #ready(): Promise<Load> {
    this.#side = await this.#start(this.#settings);
    this.name = this.#side.name;
    this.#make = await this.#bench.prepare(this.#settings, this.#side);
    await warmUp(this.#make);
    return this.#make;
  }

  async stop(): Promise<void> {
    const side = this.#side;
    this.#side = null;
    this.#make = null;
    // One that was given too much may not end in good order.
    await side?.stop().catch(() => undefined);
  }
}

function searchSeconds({ seconds }: BenchSettings): number {
  return Math.min(seconds, 4);
}

async function search(tried: Tried, from: number): Promise<Found> {
  let [carried, refused] = [0, topRate * step];
  let p99Ms = Number.NaN;
  for (let rate = from; refused / Math.max(carried, 1) > apart; rate = next(carried, refused)) {
    const trial = await tried.try(rate);
    if (trial.isCarried) {
      carried = rate;
      p99Ms = trial.p99Ms;
      if (rate >= topRate) break;
    } else refused = rate;
    if (refused < 20) break;
  }
  return { name: tried.name, rate: carried, p99Ms };
}

function next(carried: number, refused: number): number {
  if (carried === 0) return Math.floor(refused / 2);
  const up = refused > topRate ? carried * step : (carried + refused) / 2;
  return Math.min(topRate, Math.round(up / 10) * 10);
}

export async function searchHighest(settings: BenchSettings, bench: Signalling): Promise<Row[]> {
  const from = Math.max(...settings.rates);
  const found: Found[] = [];
  for (let run = 0; run < settings.runs; run += 1) {
    for (const start of sidesOf(settings, bench)) {
      const tried = new Tried(settings, bench, start);
      found.push(await search(tried, from).finally(() => tried.stop()));
    }
  }
  return [...new Set(found.map(({ name }) => name))].map((server) => {
    const all = found.filter(({ name }) => name === server);
    const p99Ms = all.map((one) => one.p99Ms).filter((value) => !Number.isNaN(value));
    return {
      server,
      load: `highest rate with under 0.1% failed, ${searchSeconds(settings)} s each`,
      unit: '/s',
      isMoreBetter: true,
      values: all.map(({ rate }) => rate),
      counted: p99Ms.length === 0 ? {} : { 'set-up p99 there': `${p99Ms.join(', ')} ms` },
    };
  });
}
