/**
 * `npm test`: every suite with node:test. `*.test.ts` run together in one process, `*.integration.test.ts` (sockets, child
 * processes) each in a process of its own, one after the other. Words after `--` choose files whose path holds one of them.
 *
 * Prints failures in full, then node's own counts, then `N passed, N failed`. A run without a test, a file without a test
 * and a file whose process does not end by itself are failures; in CI (the variable CI is set) so is a skipped test.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isAbsolute, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { findFiles, root } from './find-files.ts';
import { type CommandResult, runCommand, seconds } from './run-command.ts';
import { marker, type TestRun } from './test-reporter.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { unit: { type: 'boolean' }, integration: { type: 'boolean' } },
});

const total: Record<string, number> = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
/** In CI every foreign program is there, so a skipped test shows that something is missing. */
const inCi = (process.env.CI ?? '') !== '';
const startMs = performance.now();

const chosen = (path: string): boolean => positionals.length === 0 || positionals.some((word) => path.includes(word));
const folders = ['packages', 'server', 'tools', 'interop', 'examples', 'bench'];
const all = findFiles(folders, (path) => path.endsWith('.test.ts') && isSuite(path));
const isIntegration = (path: string): boolean => path.endsWith('.integration.test.ts');
const unit = values.integration === true ? [] : all.filter((path) => !isIntegration(path) && chosen(path));
const integration = values.unit === true ? [] : all.filter((path) => isIntegration(path) && chosen(path));

await Promise.all(shares(unit).map((files, i, { length }) => runFiles(`unit ${i + 1}/${length}`, files)));
for (const file of integration) await runFiles(file, [file]);

for (const name of ['tests', 'suites', 'passed', 'failed', 'cancelled', 'skipped', 'todo'])
  console.log(`ℹ ${name} ${total[name]}`);
console.log(`ℹ duration ${seconds(performance.now() - startMs)}`);
const failed = (total.failed ?? 0) + (total.cancelled ?? 0);
const passed = total.passed ?? 0;
if (passed === 0) console.log('no test ran: a run that shows nothing is a failed run');
console.log(`${passed} passed, ${failed + (passed === 0 && failed === 0 ? 1 : 0)} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** What a suite shares with others may be called `*.test.ts` too, to stay out of the built form: it exports and tests nothing. */
function isSuite(path: string): boolean {
  const text = readFileSync(root + path, 'utf8');
  return text.includes("'node:test'") || !/^export /m.test(text);
}

/** Two processes at most: the suites are many and short. */
function shares(files: readonly string[]): string[][] {
  const count = Math.min(2, availableParallelism(), files.length);
  return Array.from({ length: count }, (_, share) => files.filter((_file, i) => i % count === share));
}

async function runFiles(name: string, files: readonly string[]): Promise<void> {
  const { run, result } = await runTests(files);
  const complaints = await problems(files, run, result);
  for (const [key, count] of Object.entries(run.counts)) total[key] = (total[key] ?? 0) + count;
  const bad = (run.counts.failed ?? 0) + (run.counts.cancelled ?? 0) + complaints.length;
  const said = result.output.replaceAll(new RegExp(`^${marker}.*\n?`, 'gm'), '').trim();
  if (bad > 0 && said !== '') console.log(said);
  for (const note of run.notes) console.log(`· ${note}`);
  for (const complaint of complaints) {
    total.failed = (total.failed ?? 0) + 1;
    console.log(`✖ ${complaint}`);
  }
  console.log(
    `${bad === 0 ? '✔' : '✖'} ${name}: ${run.counts.passed ?? 0} passed, ${bad} failed (${plural(files.length, 'file')}, ${seconds(result.ms)})`,
  );
}

async function runTests(files: readonly string[]): Promise<{ run: TestRun; result: CommandResult }> {
  const result = await runCommand({
    command: process.execPath,
    args: [
      '--conditions=ringdown-source',
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-isolation=none',
      '--test-timeout=60000',
      `--test-reporter=${root}tools/test-reporter.ts`,
      ...files,
      'tools/test-loads.ts',
    ],
    env: { RINGDOWN_TEST_FILES: JSON.stringify(files.map((file) => root + file)) },
    withinMs: 300_000,
  });
  const last = result.output.split('\n').findLast((line) => line.startsWith(marker));
  const run: TestRun =
    last === undefined ? { counts: {}, files: [], notes: [], skipped: [] } : JSON.parse(last.slice(marker.length));
  return { run, result };
}

/** What the counts themselves do not say. */
async function problems(files: readonly string[], run: TestRun, result: CommandResult): Promise<string[]> {
  const found: string[] = [];
  if (result.timedOut) found.push(`${files.join(' ')}: did not end by itself within ${seconds(result.ms)}`);
  else for (const file of unseen(files, run)) if (await isEmpty(file)) found.push(`${file}: no test of this file ran`);
  if (inCi) for (const name of run.skipped) found.push(`skipped, which CI does not allow: ${name}`);
  const failures = (run.counts.failed ?? 0) + (run.counts.cancelled ?? 0);
  if (result.code !== 0 && failures === 0 && found.length === 0)
    found.push(`${files[0]}: ended with code ${result.code}`);
  return found;
}

function unseen(files: readonly string[], run: TestRun): string[] {
  const seen = new Set(run.files.map((file) => (isAbsolute(file) ? relative(root, file) : file)));
  return files.filter((file) => !seen.has(file));
}

/** A file whose tests all stand in a contract suite is not named by node: run alone, it shows whether it has any. */
async function isEmpty(file: string): Promise<boolean> {
  const { run } = await runTests([file]);
  return run.files.length === 0;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
