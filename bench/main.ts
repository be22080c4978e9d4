/**
 * `npm run bench -- calls register relay parser state start overload [--runs 3] [--seconds 10] [--rate 100,500] [--highest] [--relay-calls 50,200]`: each
 * measurement beside a peer in the same run; writes bench/results/*.json and *.md, and the graphs of docs/performance from them. With
 * --against-baseline nothing is written: told is what has become more than a tenth worse than the stored results. The method stands
 * in method.md.
 */
import { readArguments } from './bench-settings.ts';
import { benchCalls } from './calls.ts';
import { compareWithBaseline } from './compare-baseline.ts';
import { drawResults } from './draw-results.ts';
import { benchOverload } from './overload.ts';
import { benchParser } from './parser.ts';
import { benchRegister } from './register.ts';
import { benchRelay } from './relay.ts';
import { formatTable, readResult, writeResult } from './result.ts';
import { benchStart } from './start.ts';
import { benchState } from './state.ts';

const benches = {
  calls: benchCalls,
  register: benchRegister,
  relay: benchRelay,
  parser: benchParser,
  state: benchState,
  start: benchStart,
  overload: benchOverload,
} as const;

const { settings, names, againstBaseline } = readArguments();
let failed = false;
for (const name of names.length === 0 ? Object.keys(benches) : names) {
  const bench = benches[name as keyof typeof benches];
  if (bench === undefined) {
    console.log(`no bench ${name}; there are ${Object.keys(benches).join(', ')}`);
    failed = true;
    continue;
  }
  const result = await bench(settings);
  if (!againstBaseline) {
    console.log(writeResult(result));
    drawResults();
    continue;
  }
  const worse = compareWithBaseline(result, readResult(name));
  console.log(formatTable(result));
  console.log(worse.length === 0 ? `${name}: nothing is more than 10% worse` : worse.join('\n'));
  if (worse.length > 0) failed = true;
}
process.exit(failed ? 1 : 0);
