/** How long the built form takes from its start to the first answered OPTIONS, and what all its processes hold when nobody does anything. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { answersOptions } from '../interop/peers/options-probe.ts';
import { PeerProcess } from '../interop/peers/peer-process.ts';
import { processesNaming, treeOf } from '../interop/peers/process-tree.ts';
import type { BenchSettings } from './bench-settings.ts';
import type { Result, Row } from './result.ts';

const program = fileURLToPath(new URL('../server/bin/ringdown.js', import.meta.url));
const askEveryMs = 5;
const withinMs = 30_000;
/** After it the first collections of garbage are over. */
const idleMs = 10_000;

interface Started {
  readonly readyMs: number;
  readonly residentMb: number;
  /** Shared pages divided among those who share them: what it costs the machine. */
  readonly proportionalMb: number;
  readonly processes: number;
}

async function startOnce(settings: BenchSettings, folder: string, name: string): Promise<Started> {
  const { ports } = settings;
  const [sip, http] = [await ports.take('sip'), await ports.take('control')];
  const config = join(folder, 'ringdown.yaml');
  writeFileSync(
    config,
    [
      `dataFolder: ${join(folder, 'data')}`,
      `sip: {listen: ['127.0.0.1'], udpPort: ${sip}, tcpPort: ${sip}, tlsPort: 0}`,
      `http: {address: 127.0.0.1, port: ${http}}`,
      '',
    ].join('\n'),
  );
  const startMs = performance.now();
  // Without the condition that development runs under: what is built is run.
  const server = new PeerProcess({
    name,
    command: process.execPath,
    args: [program, 'start', '--config', config],
    folder,
  });
  try {
    await answersOptions(sip, { askEveryMs, withinMs, gone: () => server.gone(), tail: () => server.tail() });
    const readyMs = performance.now() - startMs;
    await pause(idleMs);
    const pids = [...new Set([...treeOf(server.pid), ...processesNaming(join(folder, 'data'))])];
    const sum = (file: string, field: string) =>
      pids.reduce((total, pid) => total + kilobytes(pid, file, field), 0) / 1024;
    return {
      readyMs,
      residentMb: sum('status', 'VmRSS'),
      proportionalMb: sum('smaps_rollup', 'Pss'),
      processes: pids.length,
    };
  } finally {
    await server.stop({ withinMs: 15_000 });
  }
}

function kilobytes(pid: number, file: string, field: string): number {
  const text = readFileSync(`/proc/${pid}/${file}`, 'latin1');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

export async function benchStart(settings: BenchSettings): Promise<Result> {
  const all: { readonly first: Started; readonly again: Started }[] = [];
  for (let run = 0; run < settings.runs; run += 1) {
    const folder = join(settings.folder, `start-${run}`);
    mkdirSync(folder, { recursive: true });
    all.push({ first: await startOnce(settings, folder, 'first'), again: await startOnce(settings, folder, 'again') });
  }
  const processes = all[0]?.again.processes ?? 0;
  const row = (load: string, unit: string, values: readonly number[]): Row => ({
    server: 'ringdown, built form',
    load,
    unit,
    values,
    counted: { processes },
  });
  const rows = [
    row(
      'start to the first answered OPTIONS, an empty data folder',
      'ms',
      all.map(({ first }) => first.readyMs),
    ),
    row(
      'the same, the folder is there',
      'ms',
      all.map(({ again }) => again.readyMs),
    ),
    row(
      'idle, resident memory of all processes',
      'MB',
      all.map(({ again }) => again.residentMb),
    ),
    row(
      'idle, proportional share (PSS)',
      'MB',
      all.map(({ again }) => again.proportionalMb),
    ),
  ];
  return { name: 'start', title: 'Start and idle memory', rows, generator: { 'OPTIONS every': `${askEveryMs} ms` } };
}
