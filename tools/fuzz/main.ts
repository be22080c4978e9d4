/**
 * `node --conditions=ringdown-source tools/fuzz/main.ts --seed N --count N [--target NAME] [--record] [--no-save]`
 *
 * Findings are written to tools/fuzz/crashers/, where the unit tests replay them. Exit code 1 when there are any, 3 when it was broken off (SIGINT, SIGTERM): the same
 * command goes on where it was. Progress and log are in tools/out/. With --record the campaign goes into bench/results/fuzz.json.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import type { Finding } from './fuzz.ts';
import { commitOfTree, recordCampaign } from './record.ts';
import { targets } from './targets.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '20000000' },
    target: { type: 'string' },
    'no-save': { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});

const chosen = targets.filter(({ target }) => values.target === undefined || target.name === values.target);
if (chosen.length === 0) {
  console.error(`no target "${values.target}": ${targets.map(({ target }) => target.name).join(', ')}`);
  process.exit(2);
}

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    isStopping = true;
  });

const parts = await runCampaign({
  seed: Number(values.seed),
  count: Number(values.count),
  targets: chosen,
  stamp: commitOfTree(),
  folder: new URL('../out/', import.meta.url),
  tell: (line) => console.log(line),
  onFinding: tell,
  isStopping: () => isStopping,
});
if (parts === undefined) process.exit(3);
if (values.record) recordCampaign(Number(values.seed), parts);
process.exitCode = parts.every(({ report }) => report.findings.length === 0) ? 0 : 1;

function tell(finding: Finding): void {
  const bytes = Buffer.from(finding.input, 'latin1');
  console.log(`  ${finding.why}`);
  console.log(`    ${JSON.stringify(finding.input.slice(0, 300))}`);
  if (values['no-save']) return;
  const name = `${finding.target}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`;
  writeFileSync(new URL(`crashers/${name}`, import.meta.url), bytes);
}
