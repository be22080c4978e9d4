/**
 * Each guard that is somebody else's program is shown something that it must report: tools go blind silently. They run on
 * copies in a folder of their own, with the rules of this repository's configuration.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from './find-files.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { marker } from './test-reporter.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ringdown-canaries-'));
after(() => rmSync(scratch, { recursive: true }));

/** A copy of a fixture with a tool's configuration beside it. */
function copy(name: string, file: string, config: Readonly<Record<string, unknown>>): string {
  const folder = join(scratch, name);
  cpSync(`${root}tools/fixtures/${name}`, folder, { recursive: true });
  writeFileSync(join(folder, file), JSON.stringify(config));
  return folder;
}

function runIn(cwd: string, command: string, ...args: string[]): Promise<CommandResult> {
  return runCommand({ command: `${root}node_modules/.bin/${command}`, args, cwd, withinMs: 60_000 });
}

const configuration = (file: string): Record<string, unknown> => JSON.parse(readFileSync(root + file, 'utf8'));

const biomeRules = { ...configuration('biome.json'), $schema: undefined, vcs: undefined, files: undefined };

test('canary: Biome reports promises that nobody waits for, and the other rules of the house', async () => {
  const folder = copy('biome', 'biome.json', biomeRules);
  const { code, output } = await runIn(folder, 'biome', 'lint', '--reporter=github', '.');
  const found = [...output.matchAll(/title=(lint\/[\w/]+),file=[^,]*?([\w-]+\.ts),line=(\d+)/g)].map(
    ([, rule, file, line]) => `${file}:${line} ${rule}`,
  );
  assert.deepEqual(found.sort(), [
    'any-and-enum.ts:2 lint/style/noEnum',
    'any-and-enum.ts:6 lint/suspicious/noExplicitAny',
    'any-and-enum.ts:7 lint/suspicious/noConsole',
    'any-and-enum.ts:8 lint/style/noNonNullAssertion',
    'floating-promise.ts:5 lint/nursery/noFloatingPromises',
    'floating-promise.ts:6 lint/nursery/noMisusedPromises',
    'floating-promise.ts:9 lint/nursery/noMisusedPromises',
    'http-module.ts:2 lint/style/noRestrictedImports',
    'long-function.ts:2 lint/complexity/noExcessiveLinesPerFunction',
  ]);
  assert.notEqual(code, 0);
});

test('canary: Biome follows a promise through the door of another package', async () => {
  const folder = copy('biome-doors', 'biome.json', biomeRules);
  const { output } = await runIn(folder, 'biome', 'lint', '--reporter=github', '.');
  for (const line of [6, 7])
    assert.match(output, new RegExp(`noFloatingPromises,file=[^,]*server/src/start\\.ts,line=${line}`));
});

test('canary: knip reports a dead export, a dead file and a dead dependency', async () => {
  const { ignoreExportsUsedInFile, exclude } = configuration('knip.json');
  const folder = copy('knip', 'knip.json', {
    entry: ['src/index.ts'],
    project: ['src/**/*.ts'],
    ignoreExportsUsedInFile,
    exclude,
  });
  const { code, output } = await runIn(folder, 'knip', '--no-progress');
  assert.match(output, /^dead\b.*src\/part\.ts:3/m);
  assert.match(output, /src\/unused\.ts/);
  assert.match(output, /^zod\b/m);
  assert.doesNotMatch(output, /\balive\b/);
  assert.notEqual(code, 0);
});

test('canary: publint reports a door that leads nowhere', async () => {
  const folder = join(scratch, 'publint');
  cpSync(`${root}tools/fixtures/publint`, folder, { recursive: true });
  const { code, output } = await runIn(folder, 'publint', 'run', '--strict');
  assert.match(output, /nowhere\.d\.ts/);
  assert.notEqual(code, 0);
});

test('canary: a changed promise of a package is reported, first as stale, then as missing from CHANGELOG.md', async () => {
  const folder = join(scratch, 'api');
  cpSync(`${root}tools/fixtures/api`, folder, { recursive: true });
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=canary', '-c', 'user.email=canary@example.com', ...args], {
      stdio: 'pipe',
    });
  const report = (...args: string[]): Promise<CommandResult> =>
    runCommand({
      command: process.execPath,
      args: [`${root}tools/api-report.ts`, '--root', `${folder}/`, ...args],
      withinMs: 30_000,
    });
  git('init', '-q');
  await report();
  git('add', '.');
  git('commit', '-qm', 'first');
  assert.equal((await report('--check')).code, 0);
  assert.match(readFileSync(join(folder, 'api/canary-one.d.ts.txt'), 'utf8'), /type Deep = 'first'/);

  writeFileSync(join(folder, 'packages/one/types/deep.d.ts'), "export type Deep = 'second';\n");
  assert.match((await report('--check')).output, /canary-one\.d\.ts\.txt is stale/);
  await report();
  const silent = await report('--check');
  assert.match(silent.output, /CHANGELOG\.md has not/);
  assert.equal(silent.code, 1);
  writeFileSync(join(folder, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n- First.\n- Deep says second.\n');
  assert.equal((await report('--check')).code, 0);
});

test('canary: the test runner counts failures, and a run without a test has failed', async () => {
  const failing = await runReporter('failing.test.ts');
  assert.equal(failing.counts.passed, 1);
  assert.equal(failing.counts.failed, 2);
  assert.match(failing.output, /fails on purpose[\s\S]*canary[\s\S]*sings/);
  const empty = await runReporter('empty.test.ts');
  assert.deepEqual(empty.files, []);
  assert.equal(empty.counts.passed, 0);
  const broken = await runReporter('broken.test.ts');
  assert.equal(broken.counts.failed, 1);
  assert.match(broken.output, /broken\.test\.ts loads[\s\S]*RangeError: a canary/);
  const { code, output } = await runIn(root, 'node', 'tools/test.ts', 'no-file-has-this-name');
  assert.equal(code, 1);
  assert.equal(output.trimEnd().split('\n').at(-1), '0 passed, 1 failed');
});

async function runReporter(file: string): Promise<{ output: string; files: string[]; counts: Record<string, number> }> {
  const path = `${root}tools/fixtures/tests/${file}`;
  const reporter = `--test-reporter=${root}tools/test-reporter.ts`;
  const { output } = await runCommand({
    command: process.execPath,
    args: ['--test', '--test-isolation=none', reporter, path, `${root}tools/test-loads.ts`],
    env: { RINGDOWN_TEST_FILES: JSON.stringify([path]) },
    withinMs: 60_000,
  });
  const line = output.split('\n').findLast((text) => text.startsWith(marker)) ?? marker;
  return { output, ...JSON.parse(line.slice(marker.length)) };
}
