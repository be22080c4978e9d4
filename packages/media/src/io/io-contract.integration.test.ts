/** Every kind of packet I/O keeps the same contract; each in a process of its own, as node:ffi may take one along. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ProbeOutcome, probeIo } from '../program/probe-io.ts';
import { rows, ways } from './contract-rows.test.ts';

const script = fileURLToPath(new URL('./contract-rows.test.ts', import.meta.url));
const works: ProbeOutcome = { verdict: 'works' };

for (const [name, { needs }] of Object.entries(ways)) {
  const probed = needs === null ? works : await probeIo(needs);
  // Where the machine refuses it there is nothing to test, and the engine says so in its log.
  const skip = probed.verdict === 'refused' ? probed.why : false;
  test(`packet I/O by ${name}`, { skip }, async (context) => {
    assert.deepEqual(probed, works);
    const args = ['--disable-warning=ExperimentalWarning', '--conditions=ringdown-source', script, name];
    const said = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
    const found = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { title: string; verdict: string; why: string });
    assert.deepEqual(
      found.map(({ title }) => title),
      Object.keys(rows),
    );
    for (const { title, verdict, why } of found) await context.test(title, () => assert.equal(verdict, 'passed', why));
  });
}
