/** A measurement's record: what was run, how often, each value, the median and the spread; as JSON and as a markdown table. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Row {
  /** `kamailio 5.6, 1 worker` */
  readonly server: string;
  /** `500 calls/s` */
  readonly load: string;
  /** The load as a number, where a graph over it makes sense. */
  readonly at?: number;
  readonly unit: string;
  /** Default: less is better. */
  readonly isMoreBetter?: true;
  /** Of each run; none: the load was not carried. */
  readonly values: readonly number[];
  /** Whatever else was counted, last run. */
  readonly counted: Readonly<Record<string, number | string>>;
  /** What else was measured in every run. */
  readonly also?: Readonly<Record<string, readonly number[]>>;
}

export interface Result {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** The load generator against itself. */
  readonly generator: Readonly<Record<string, number | string>>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export function formatTable({ title, rows, generator }: Result): string {
  const lines = rows.map(({ server, load, unit, values, counted }) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const more = Object.entries(counted).map(([name, value]) => `${name} ${value}`);
    if (values.length === 0) return `| ${server} | ${load} | - | - | 0 | ${more.join(', ')} |`;
    const spread = `${low.toFixed(1)}-${high.toFixed(1)}`;
    return `| ${server} | ${load} | ${median(values).toFixed(1)} ${unit} | ${spread} | ${values.length} | ${more.join(', ')} |`;
  });
  const about = Object.entries(generator).map(([name, value]) => `${name} ${value}`);
  return [
    `### ${title}`,
    '',
    '| server | load | median | low-high | runs | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
    ...(about.length === 0 ? [] : [`Load generator against itself: ${about.join(', ')}.`, '']),
  ].join('\n');
}

const folder = join(fileURLToPath(new URL('.', import.meta.url)), 'results');

/** The stored result of a bench: what a new one is compared with. */
export function readResult(name: string): Result | undefined {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result) : undefined;
}

export function writeResult(result: Result): string {
  mkdirSync(folder, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    kernel: release(),
    node: process.version,
  };
  const record = { ...result, machine, measuredAt: new Date().toISOString() };
  writeFileSync(join(folder, `${result.name}.json`), `${JSON.stringify(record, null, 2)}\n`);
  const table = formatTable(result);
  writeFileSync(join(folder, `${result.name}.md`), table);
  return table;
}
