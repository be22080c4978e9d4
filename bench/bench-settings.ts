/** What every bench is told: how long, how often, how much; and the one place that reads it from the command line. */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Ports } from '../interop/peers/ports.ts';

export interface BenchSettings {
  readonly ports: Ports;
  readonly folder: string;
  /** At least three for a figure that is published. */
  readonly runs: number;
  readonly seconds: number;
  /** Calls or registrations a second: the loads of a signalling bench, one row for each. */
  readonly rates: readonly number[];
  /** Whether the highest rate is looked for as well. */
  readonly highest: boolean;
  /** Calls at once: the loads of the relay. */
  readonly relayCalls: readonly number[];
  /** 2: ours as it is shipped, and the peer; more: our other kinds of packet I/O as well, in the order of bench/relay.ts. */
  readonly relaySides: number;
  /** Without Ringdown: the peer and the generator alone. */
  readonly peerOnly: boolean;
  /** Registered contacts, and calls at once that stay up, of which the memory is measured. */
  readonly bindings: number;
  readonly idleCalls: readonly number[];
  /** Where heap snapshots go; undefined: none is made. */
  readonly snapshots: string | undefined;
}

/** Calls or registrations before the measurement, at its rate: a server runs for weeks, its just-in-time compiler for the first seconds of them. */
export const warmUpUnits = 5000;
/** Whatever the load is: a server that is not compiled yet refuses part of a high one, and the far end takes what is left over for calls of the measurement. */
export const warmUpRate = 500;
export const warmUpGraceMs = 8_000;

export interface BenchArguments {
  readonly settings: BenchSettings;
  /** The words that are no options. */
  readonly names: readonly string[];
  readonly againstBaseline: boolean;
  /** Where V8's profiles go: bench/profile.ts alone. */
  readonly cpuProf: string | undefined;
}

const options = {
  runs: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '10' },
  rate: { type: 'string', default: '500' },
  highest: { type: 'boolean', default: false },
  'relay-calls': { type: 'string', default: '50,200,400,1000,1200' },
  'relay-sides': { type: 'string', default: '5' },
  'peer-only': { type: 'boolean', default: false },
  bindings: { type: 'string', default: '100000' },
  'idle-calls': { type: 'string', default: '5000,2000' },
  snapshots: { type: 'string' },
  'against-baseline': { type: 'boolean', default: false },
  'cpu-prof': { type: 'string' },
} as const;

/** Reads the command line and makes a folder for the run. Several loads are parted by commas. */
export function readArguments(): BenchArguments {
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const folder = join(fileURLToPath(new URL('.', import.meta.url)), 'out', String(process.pid));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const settings: BenchSettings = {
    ports: new Ports(),
    folder,
    runs: Number(values.runs),
    seconds: Number(values.seconds),
    rates: numbersOf(values.rate),
    highest: values.highest,
    relayCalls: numbersOf(values['relay-calls']),
    relaySides: Number(values['relay-sides']),
    peerOnly: values['peer-only'],
    bindings: Number(values.bindings),
    idleCalls: numbersOf(values['idle-calls']),
    snapshots: values.snapshots === undefined ? undefined : resolve(values.snapshots),
  };
  const againstBaseline = values['against-baseline'];
  return { settings, names: positionals, againstBaseline, cpuProf: values['cpu-prof'] };
}

function numbersOf(text: string): number[] {
  return text.split(',').filter(Boolean).map(Number);
}
