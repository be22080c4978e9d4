import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fuzz, tryInput } from './fuzz.ts';
import { ensure, type FuzzTarget } from './target.ts';
import { targets } from './targets.ts';

const SLICE = 200_000;

for (const { target, share } of targets) {
  test(`seeded slice: ${target.name} survives ${Math.round(SLICE * share)} mutated inputs`, () => {
    const report = fuzz(target, { seed: 20_261_120, count: Math.round(SLICE * share) });
    assert.deepEqual(report.findings, []);
    assert.equal(report.inputs, Math.round(SLICE * share));
  });
}

const crashers = new URL('./crashers/', import.meta.url);
for (const file of readdirSync(crashers).filter((name) => name.endsWith('.bin'))) {
  test(`crasher stays mended: ${file}`, () => {
    const target = targets.find(({ target: { name } }) => file.startsWith(`${name}-`));
    assert.ok(target, 'a crasher is named after its target');
    assert.equal(tryInput(target.target, readFileSync(new URL(file, crashers)).toString('latin1'), 50).why, null);
  });
}

test('canary: the fuzzer finds a throw, a broken invariant and a slow input', () => {
  const bad: FuzzTarget = {
    name: 'canary',
    corpus: ['a;b', 'c<d'],
    check(input) {
      ensure(!input.includes('<<'), 'no double bracket');
      if (input.includes(';;')) throw new RangeError('double semicolon');
      if (input.includes('\0')) for (const untilMs = performance.now() + 12; performance.now() < untilMs; );
    },
  };
  const { findings } = fuzz(bad, { seed: 1, count: 5_000, slowMs: 10 });
  assert.deepEqual(findings.map(({ why }) => why.replace(/:.*/, '')).sort(), [
    'BrokenInvariantError',
    'RangeError',
    'slow',
  ]);
});

test('the same seed gives the same inputs', () => {
  const inputs: string[][] = [[], []];
  for (const list of inputs)
    fuzz({ name: 'x', corpus: ['abc', 'def'], check: (input) => list.push(input) }, { seed: 7, count: 500 });
  assert.deepEqual(inputs[0], inputs[1]);
  assert.ok(new Set(inputs[0]).size > 300);
});
