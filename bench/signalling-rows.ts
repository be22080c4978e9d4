/** What the benches of calls and of registrations have in common: each load, each side in turn, some runs; a row for each. */
import type { BenchSettings } from './bench-settings.ts';
import { searchHighest } from './highest-rate.ts';
import { cpuBetweenUs, readCpu } from './process-cpu.ts';
import { median, type Row } from './result.ts';
import type { Side } from './sides.ts';
import { type Load, type Loaded, percentile, type Signalling, sidesOf, warmUp } from './signalling-load.ts';

interface Measured {
  readonly cpuUs: number;
  readonly counts: Loaded;
  readonly stallMs: number | undefined;
}

async function measure(settings: BenchSettings, side: Side, make: Load, rate: number): Promise<Measured> {
  const count = rate * settings.seconds;
  await warmUp(make);
  await side.longestStallMs?.();
  const before = readCpu(side.pids());
  const counts = await make(count, rate);
  const cpuUs = cpuBetweenUs(before, readCpu(side.pids())) / count;
  const stallMs = await side.longestStallMs?.();
  await side.expectMedia?.();
  return { cpuUs, counts, stallMs };
}

async function rowsAt(settings: BenchSettings, bench: Signalling, rate: number): Promise<Row[]> {
  const found = new Map<string, Measured[]>();
  const failures = new Map<string, string>();
  for (let run = 0; run < settings.runs; run += 1) {
    for (const start of sidesOf(settings, bench)) {
      const side = await start(settings);
      try {
        if (!found.has(side.name)) found.set(side.name, []);
        if (failures.has(side.name)) continue;
        found.get(side.name)?.push(await measure(settings, side, await bench.prepare(settings, side), rate));
      } catch (error) {
        // A rate that a server does not carry is a result as well; the other loads go on.
        failures.set(side.name, firstLine(error));
      } finally {
        await stopped(side, failures);
      }
    }
  }
  return [...found].map(([server, all]) => {
    const failure = failures.get(server);
    const row = rowOf(server, bench.describe(rate), rate, failure === undefined ? all : []);
    return failure === undefined ? row : { ...row, counted: { 'not carried': failure } };
  });
}

/** A server that was given too much may not end in good order either. */
async function stopped(side: Side, failures: ReadonlyMap<string, string>): Promise<void> {
  await side.stop().catch((error: unknown) => {
    if (!failures.has(side.name)) throw error;
  });
}

export function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}

function rowOf(server: string, load: string, at: number, all: readonly Measured[]): Row {
  const last = all.at(-1)?.counts;
  const stallsMs = all.flatMap(({ stallMs }) => stallMs ?? []);
  const timed = all.filter(({ counts }) => counts.setUpMs.length > 0).map(({ counts }) => counts.setUpMs);
  const setUpP50Ms = timed.map((values) => percentile(values, 50));
  const setUpP99Ms = timed.map((values) => percentile(values, 99));
  return {
    server,
    load,
    at,
    unit: 'us',
    values: all.map(({ cpuUs }) => cpuUs),
    counted: {
      failed: last?.failed ?? 0,
      retransmissions: last?.retransmissions ?? 0,
      ...(timed.length === 0 ? {} : { 'set-up p50': `${median(setUpP50Ms)} ms`, p99: `${median(setUpP99Ms)} ms` }),
      ...(stallsMs.length === 0 ? {} : { 'longest stall': `${median(stallsMs).toFixed(0)} ms` }),
    },
    also: {
      ...(timed.length === 0 ? {} : { setUpP50Ms, setUpP99Ms }),
      ...(stallsMs.length === 0 ? {} : { stallMs: stallsMs }),
    },
  };
}

export async function signallingRows(settings: BenchSettings, bench: Signalling): Promise<Row[]> {
  const rows: Row[] = [];
  for (const rate of settings.rates) rows.push(...(await rowsAt(settings, bench, rate)));
  if (settings.highest) rows.push(...(await searchHighest(settings, bench)));
  return rows;
}
