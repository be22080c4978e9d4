/**
 * Our parser beside drachtio-sip, JsSIP and sip.js: the same datagrams, the same routing fields read of each, one core, each parser in
 * a worker of its own, turn by turn. All must read the same fields, or there is no result.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from '../interop/peers/wait.ts';
import type { BenchSettings } from './bench-settings.ts';
import { type ForwardName, forwards } from './parser-forward.ts';
import { type ParserName, parsers } from './parser-peers.ts';
import { type Task, timeParser } from './parser-worker.ts';
import { median, type Result, type Row } from './result.ts';

const loads = { mixture: 'INVITE, 180, 200, ACK, BYE, REGISTER', invite: 'INVITE with SDP' } as const;

function versionOf(parser: ParserName): string {
  if (parser === 'ringdown') return '@ringdown/sip';
  const file = fileURLToPath(new URL(`../node_modules/${parser}/package.json`, import.meta.url));
  return `${parser} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
}

function perSecond(nanos: readonly number[]): string {
  return Math.round(1e9 / median(nanos)).toLocaleString('en');
}

async function timeAll(settings: BenchSettings, load: keyof typeof loads): Promise<Map<ParserName, number[]>> {
  const found = new Map<ParserName, number[]>();
  for (let run = 0; run < settings.runs; run += 1) {
    let ours: readonly string[] = [];
    for (const parser of Object.keys(parsers) as ParserName[]) {
      const { fields, nanosPerMessage } = await timeParser({ parser, load }, settings.seconds / 5);
      if (parser === 'ringdown') ours = fields;
      expect(String(fields) === String(ours), `${parser} reads ${fields}, and we read ${ours}`);
      found.set(parser, [...(found.get(parser) ?? []), nanosPerMessage]);
    }
  }
  return found;
}

async function rowsOf(settings: BenchSettings, load: keyof typeof loads): Promise<Row[]> {
  const found = await timeAll(settings, load);
  const ours = median(found.get('ringdown') ?? []);
  return [...found].map(([parser, values]) => {
    const ratio = parser === 'ringdown' ? {} : { ratio: (median(values) / ours).toFixed(1) };
    return {
      server: versionOf(parser),
      load: loads[load],
      unit: 'ns',
      values,
      counted: { 'a second': perSecond(values), ...ratio },
    };
  });
}

async function forwardRow(settings: BenchSettings, forward: ForwardName): Promise<Row> {
  const task: Task = { forward };
  const values: number[] = [];
  for (let run = 0; run < settings.runs; run += 1)
    values.push((await timeParser(task, settings.seconds / 5)).nanosPerMessage);
  const load = `INVITE with SDP parsed, ${forward}`;
  return { server: versionOf('ringdown'), load, unit: 'ns', values, counted: { 'a second': perSecond(values) } };
}

export async function benchParser(settings: BenchSettings): Promise<Result> {
  const rows = [...(await rowsOf(settings, 'mixture')), ...(await rowsOf(settings, 'invite'))];
  for (const forward of Object.keys(forwards) as ForwardName[]) rows.push(await forwardRow(settings, forward));
  return { name: 'parser', title: 'Parser, time per message with its routing fields read', rows, generator: {} };
}
