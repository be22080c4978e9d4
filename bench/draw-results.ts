/** The graphs of docs/performance, drawn again from the stored results: `node bench/draw-results.ts`, and after every bench. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawGraph, type Line } from './draw-graph.ts';
import { type Result, type Row, readResult } from './result.ts';

const folder = fileURLToPath(new URL('../docs/performance/', import.meta.url));

interface Drawing {
  readonly file: string;
  readonly bench: string;
  readonly title: string;
  readonly across: string;
  readonly up: string;
  readonly valuesOf: (row: Row) => readonly number[] | undefined;
}

const cpu = (row: Row) => row.values;
const relay = { bench: 'relay', across: 'calls at once, 100 packets a second each' } as const;
const drawings: readonly Drawing[] = [
  { ...relay, file: 'relay-cpu', title: 'RTP relay, CPU', up: 'us of CPU per packet', valuesOf: cpu },
  {
    ...relay,
    file: 'relay-delay',
    title: 'RTP relay, delay of the slowest hundredth',
    up: 'ms, p99',
    valuesOf: (row) => row.also?.delayP99Ms,
  },
  {
    file: 'calls-cpu',
    bench: 'calls',
    title: 'Calls, CPU (a B2BUA beside a proxy)',
    across: 'calls a second',
    up: 'us of CPU per call',
    valuesOf: cpu,
  },
  {
    file: 'overload-goodput',
    bench: 'overload',
    title: 'Calls beyond capacity: what is done',
    across: 'calls a second offered',
    up: 'calls a second done',
    valuesOf: (row) => row.also?.goodput,
  },
  {
    file: 'overload-delay',
    bench: 'overload',
    title: 'Calls beyond capacity: the slowest hundredth of the answers',
    across: 'calls a second offered',
    up: 'ms, p99',
    valuesOf: cpu,
  },
  {
    file: 'register-cpu',
    bench: 'register',
    title: 'REGISTER with digest, CPU',
    across: 'registrations a second',
    up: 'us of CPU per registration',
    valuesOf: cpu,
  },
];

/** Above it the generator, not the relay, is what is measured; such a row stays in the table. */
const generatorLateMs = 20;

function isSound(row: Row): boolean {
  const late = Number.parseFloat(String(row.counted['generator late p99'] ?? 0));
  return row.values.length > 0 && late <= generatorLateMs;
}

function linesOf(result: Result, valuesOf: Drawing['valuesOf']): Line[] {
  const lines = new Map<string, { name: string; points: { at: number; values: readonly number[] }[] }>();
  for (const row of result.rows) {
    const values = valuesOf(row);
    if (row.at === undefined || values === undefined || !isSound(row)) continue;
    const line = lines.get(row.server) ?? { name: row.server, points: [] };
    line.points.push({ at: row.at, values });
    lines.set(row.server, line);
  }
  return [...lines.values()];
}

/** A graph needs two loads: of results with fewer none is drawn. */
export function drawResults(): void {
  mkdirSync(folder, { recursive: true });
  for (const { file, bench, title, across, up, valuesOf } of drawings) {
    const result = readResult(bench);
    const lines = result === undefined ? [] : linesOf(result, valuesOf);
    if (lines.every((line) => line.points.length < 2)) continue;
    writeFileSync(join(folder, `${file}.svg`), drawGraph({ title, across, up, lines }));
  }
}

if (import.meta.main) drawResults();
