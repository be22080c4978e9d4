/**
 * `node --conditions=ringdown-source tools/fuzz/main.ts --seed N --count N [--target message|uri|headers|sdp|digest|stream] [--record]`
 *
 * Findings are written to tools/fuzz/crashers/, where the unit tests replay them. Exit code 1 when there are any. With --record the
 * campaign goes into bench/results/fuzz.json.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Finding, fuzz } from './fuzz.ts';
import { type CampaignPart, recordCampaign } from './record.ts';
import { targets } from './targets.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '5000000' },
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

const shares = chosen.reduce((sum, { share }) => sum + share, 0);
let found = 0;
const parts: CampaignPart[] = [];
for (const { target, share } of chosen) {
  const startMs = performance.now();
  const report = fuzz(target, {
    seed: Number(values.seed),
    count: Math.round((Number(values.count) * share) / shares),
  });
  const seconds = (performance.now() - startMs) / 1_000;
  const findings = report.findings.length === 0 ? 'no findings' : `${report.findings.length} FINDINGS`;
  console.log(
    `${target.name}: ${report.inputs} inputs in ${seconds.toFixed(1)} s, slowest ${report.slowestMs.toFixed(1)} ms, ${findings}`,
  );
  for (const finding of report.findings) tell(finding);
  found += report.findings.length;
  parts.push({ report, seconds });
}
if (values.record) recordCampaign(Number(values.seed), parts);
process.exitCode = found === 0 ? 0 : 1;

function tell(finding: Finding): void {
  const bytes = Buffer.from(finding.input, 'latin1');
  console.log(`  ${finding.why}`);
  console.log(`    ${JSON.stringify(finding.input.slice(0, 300))}`);
  if (values['no-save']) return;
  const name = `${finding.target}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`;
  writeFileSync(new URL(`crashers/${name}`, import.meta.url), bytes);
}
