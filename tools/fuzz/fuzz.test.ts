import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type CampaignPart, runCampaign } from './campaign.ts';
import { fuzz, tryInput } from './fuzz.ts';
import { elsewhere, findParsers, textsTarget } from './parsers.ts';
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

const spentMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

test('canary: the fuzzer finds a throw, a broken invariant and a slow input', () => {
  const bad: FuzzTarget = {
    name: 'canary',
    corpus: ['a;b', 'c<d'],
    check(input) {
      ensure(!input.includes('<<'), 'no double bracket');
      if (input.includes(';;')) throw new RangeError('double semicolon');
      // Of the processor's time: on a busy machine the clock runs on without us.
      if (input.includes('\0')) for (const untilMs = spentMs() + 12; spentMs() < untilMs; );
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

test('every parser of a public door is fuzzed: those of texts by being there, the others by a target that calls them', () => {
  const found = findParsers();
  assert.ok(found.length > 40, 'the doors have been looked through');
  for (const { door, name, read } of found) {
    if (read !== undefined) continue;
    const source = readFileSync(new URL(elsewhere[name] ?? '', import.meta.url), 'utf8');
    assert.match(
      source,
      new RegExp(`(?:^|[^\\w'])(?:new )?${name}\\(`, 'm'),
      `${elsewhere[name]} calls ${name} of ${door}`,
    );
  }
  const promised = ['sip', 'sdp', 'rtc', 'media']
    .map((one) => readFileSync(new URL(`../../api/ringdown-${one}.d.ts.txt`, import.meta.url), 'utf8'))
    .join('\n');
  for (const { name, read } of found) {
    if (read === undefined) continue;
    const [, type] = new RegExp(`declare function ${name}\\(\\w+\\??: ([^,)]+)`).exec(promised) ?? [];
    assert.match(type ?? '', /^string\b|\| string\b/, `${name} takes ${type}, no text: it must stand in \`elsewhere\``);
  }
  const gone = Object.keys(elsewhere).filter((name) => !found.some((one) => one.name === name));
  assert.deepEqual(gone, [], 'what stands elsewhere is exported still');
});

test('canary: a new parser that throws, and one that takes no text, are found without being named', () => {
  const parseNew = (text: string): void => {
    if (text.includes('<!')) throw new RangeError('new');
  };
  const readThing = (thing: { readonly rows: readonly string[] }): number => thing.rows.length;
  const found = findParsers({ door: { parseNew, readThing, formatNew: parseNew, parse: 1 } });
  assert.deepEqual(
    found.map(({ name }) => name),
    ['parseNew', 'readThing'],
  );
  for (const { read } of found) {
    const target: FuzzTarget = { ...textsTarget, check: (input) => void read?.(input) };
    assert.equal(fuzz(target, { seed: 1, count: 2_000 }).findings.length > 0, true);
  }
});

test('a campaign that is broken off goes on, and finds the same as one that is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const run = (seed: number, slices: number): Promise<CampaignPart[] | undefined> => {
    const seen: string[] = [];
    const check = (input: string): void => ensure(!input.includes('b;c'), 'no b;c');
    const target: FuzzTarget = { name: 'x', corpus: ['a', 'b'], check };
    let left = slices;
    return runCampaign({
      seed,
      count: 250_000,
      targets: [
        { target, share: 0.5 },
        { target: { ...target, name: 'y' }, share: 0.5 },
      ],
      stamp: 'x',
      folder: pathToFileURL(`${folder}/`),
      tell: (line) => void seen.push(line),
      onFinding: () => undefined,
      isStopping: () => left-- <= 0,
    });
  };
  assert.deepEqual([await run(3, 1), await run(3, 2)], [undefined, undefined]);
  const resumed = await run(3, 9);
  const whole = await run(3, 9);
  const bare = (parts: CampaignPart[] | undefined) => parts?.map(({ report: { slowestMs: _, ...report } }) => report);
  assert.deepEqual(bare(resumed), bare(whole));
  assert.deepEqual(
    whole?.map(({ report }) => report.inputs),
    [125_000, 125_000],
  );
  rmSync(folder, { recursive: true });
});
