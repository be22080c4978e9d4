/** What the benches of calls and of registrations have in common: each load, each side in turn, some runs; a row for each. */
import type { SippCounts } from '../interop/peers/sipp.ts';
import { type BenchSettings, warmUpUnits } from './bench-settings.ts';
import { cpuBetweenUs, readCpu } from './process-cpu.ts';
import { median, type Row } from './result.ts';
import { type Side, startRingdownSide } from './sides.ts';

/** Makes so many calls or registrations at the rate it was prepared for. */
export type Load = (count: number) => Promise<SippCounts>;

export interface Signalling {
  prepare(settings: BenchSettings, side: Side, rate: number): Promise<Load>;
  startPeer(settings: BenchSettings): Promise<Side>;
  /** `500 calls/s, 10 s` */
  describe(rate: number): string;
}

interface Measured {
  readonly cpuUs: number;
  readonly counts: SippCounts;
  readonly stallMs: number | undefined;
}

async function measure(settings: BenchSettings, side: Side, make: Load, rate: number): Promise<Measured> {
  const count = rate * settings.seconds;
  // A second of load before: what is measured is a server at work, not one that is being compiled.
  await make(Math.max(rate, warmUpUnits));
  await side.longestStallMs?.();
  const before = readCpu(side.pids());
  const counts = await make(count);
  const cpuUs = cpuBetweenUs(before, readCpu(side.pids())) / count;
  return { cpuUs, counts, stallMs: await side.longestStallMs?.() };
}

async function rowsAt(settings: BenchSettings, bench: Signalling, rate: number): Promise<Row[]> {
  const sides = [...(settings.peerOnly ? [] : [startRingdownSide]), bench.startPeer];
  const found = new Map<string, Measured[]>();
  const failures = new Map<string, string>();
  for (let run = 0; run < settings.runs; run += 1) {
    for (const start of sides) {
      const side = await start(settings);
      try {
        if (!found.has(side.name)) found.set(side.name, []);
        if (failures.has(side.name)) continue;
        found.get(side.name)?.push(await measure(settings, side, await bench.prepare(settings, side, rate), rate));
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
  return {
    server,
    load,
    at,
    unit: 'us',
    values: all.map(({ cpuUs }) => cpuUs),
    counted: {
      failed: last?.failed ?? 0,
      retransmissions: last?.retransmissions ?? 0,
      ...(stallsMs.length === 0 ? {} : { 'longest stall': `${median(stallsMs).toFixed(0)} ms` }),
    },
    ...(stallsMs.length === 0 ? {} : { also: { stallMs: stallsMs } }),
  };
}

export async function signallingRows(settings: BenchSettings, bench: Signalling): Promise<Row[]> {
  const rows: Row[] = [];
  for (const rate of settings.rates) rows.push(...(await rowsAt(settings, bench, rate)));
  return rows;
}
