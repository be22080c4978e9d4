/** Every kind of packet I/O keeps the same contract; each in a process of its own, as node:ffi may take one along. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chooseIo } from '../program/choose-io.ts';
import { rows } from './contract-rows.test.ts';

const script = fileURLToPath(new URL('./contract-rows.test.ts', import.meta.url));
/** Where the kernel or a sandbox forbids it there is nothing to test, and the engine says so in its log. */
const forbidden = (await chooseIo('auto')).why;

for (const kind of ['dgram', 'io_uring']) {
  test(`packet I/O by ${kind}`, {
    skip: kind === 'io_uring' && forbidden !== null ? forbidden : false,
  }, async (context) => {
    const args = ['--disable-warning=ExperimentalWarning', '--conditions=ringdown-source', script, kind];
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
