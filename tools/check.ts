/**
 * `npm run check`: everything that can be said of the code without running it as a product, in under a minute. Each step
 * is told with its time and verdict, a failing one with its whole output; the last line is `N passed, N failed`.
 * Words choose steps by name: `npm run check -- types biome`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { findFiles, root } from './find-files.ts';
import { type CommandResult, runCommand, seconds } from './run-command.ts';

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** A pattern the output must hold even when all is well: a tool that saw nothing has not passed. */
  readonly mustSay?: RegExp;
}

const bin = (name: string): string => `${root}node_modules/.bin/${name}`;
const node = (...args: string[]): Pick<Step, 'command' | 'args'> => ({ command: process.execPath, args });

/** Steps of one chain run one after the other (publint reads what `tsc -b` wrote); the chains run side by side. */
const chains: readonly (readonly Step[])[] = [
  [{ name: 'types', command: bin('tsc'), args: ['-b', '--pretty', 'false'] }, ...publicPackages().map(publint)],
  [
    {
      name: 'biome',
      command: bin('biome'),
      args: ['check', '--max-diagnostics=200'],
      mustSay: /Checked [1-9]\d+ files/,
    },
    { name: 'knip', command: bin('knip'), args: ['--no-progress'] },
    { name: 'types of tests', command: bin('tsc'), args: ['-p', 'tsconfig.tests.json', '--pretty', 'false'] },
    { name: 'guards', ...node('tools/test.ts', ...guards()), mustSay: /^[1-9]\d* passed, 0 failed$/m },
    { name: 'package-lock', ...node('tools/complete-lock.ts', '--check') },
    { name: 'rfc-coverage', ...node('tools/rfc-coverage.ts', '--check') },
  ],
];

const words = process.argv.slice(2);
const startMs = performance.now();
let passed = 0;
let failed = 0;
await Promise.all(chains.map(runChain));
console.log(`check took ${seconds(performance.now() - startMs)}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runChain(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (words.length > 0 && !words.some((word) => step.name.includes(word))) continue;
    tell(step, await runCommand({ ...step, withinMs: 300_000 }));
  }
}

function tell(step: Step, result: CommandResult): void {
  const silent = step.mustSay !== undefined && !step.mustSay.test(result.output);
  const good = result.code === 0 && !silent;
  if (good) passed += 1;
  else failed += 1;
  console.log(`${good ? '✔' : '✖'} ${step.name} (${seconds(result.ms)})`);
  if (good) for (const note of result.output.match(/^· .*/gm) ?? []) console.log(`  ${note}`);
  if (good) return;
  console.log(result.output.trimEnd());
  if (silent && result.code === 0)
    console.log(`${step.name} ended well but did not say ${step.mustSay}: it may be blind`);
  if (result.timedOut) console.log(`${step.name} did not end within its bound`);
}

/** The packages that strangers install: every workspace that is not private. */
function publicPackages(): string[] {
  const folders = [...readdirSync(`${root}packages`).map((name) => `packages/${name}`), 'server'];
  return folders.filter((folder) => JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')).private !== true);
}

function publint(folder: string): Step {
  return { name: `publint ${folder}`, command: bin('publint'), args: ['run', '--strict'], cwd: `${root}${folder}` };
}

/** The tests directly in tools/: architecture, documents, canaries. Those of the fuzzer belong to `npm test`. */
function guards(): string[] {
  return findFiles(['tools'], (path) => /^tools\/[^/]+\.test\.ts$/.test(path));
}
