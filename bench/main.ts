/**
 * `npm run bench -- calls register relay parser start [--runs 3] [--seconds 10] [--rate 500] [--relay-calls 200]`: each measurement beside a
 * peer in the same run; writes bench/results/*.json and *.md. The method stands in method.md.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Ports } from '../interop/peers/ports.ts';
import type { BenchSettings } from './bench-settings.ts';
import { benchCalls } from './calls.ts';
import { benchParser } from './parser.ts';
import { benchRegister } from './register.ts';
import { benchRelay } from './relay.ts';
import { writeResult } from './result.ts';
import { benchStart } from './start.ts';

const benches = {
  calls: benchCalls,
  register: benchRegister,
  relay: benchRelay,
  parser: benchParser,
  start: benchStart,
} as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '500' },
    'relay-calls': { type: 'string', default: '200' },
    'peer-only': { type: 'boolean', default: false },
  },
});
const folder = join(fileURLToPath(new URL('.', import.meta.url)), 'out', String(process.pid));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const settings: BenchSettings = {
  ports: new Ports(),
  folder,
  runs: Number(values.runs),
  seconds: Number(values.seconds),
  rate: Number(values.rate),
  relayCalls: Number(values['relay-calls']),
  peerOnly: values['peer-only'],
};
const names = positionals.length === 0 ? Object.keys(benches) : positionals;
let failed = false;
for (const name of names) {
  const bench = benches[name as keyof typeof benches];
  if (bench === undefined) {
    console.log(`no bench ${name}; there are ${Object.keys(benches).join(', ')}`);
    failed = true;
    continue;
  }
  console.log(writeResult(await bench(settings)));
}
process.exit(failed ? 1 : 0);
