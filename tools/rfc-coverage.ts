/**
 * `npm run rfc-coverage` writes docs/rfc-coverage.md: each cited section of each RFC, the code that implements it, the tests
 * that show it. `--check` fails when the committed file says something else than the code does.
 *
 * Line numbers are left out on purpose: the file changes only when a citation comes or goes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { findFiles, root } from './find-files.ts';
import { compareSections, findCitations } from './rfc/find-citations.ts';
import { titles } from './rfc/titles.ts';

interface Places {
  readonly code: Set<string>;
  readonly tests: Set<string>;
}

const target = `${root}docs/rfc-coverage.md`;
const written = render(collect());

if (!process.argv.includes('--check')) writeFileSync(target, written);
else {
  const committed = readFileSync(target, 'utf8');
  if (committed !== written) {
    console.log('docs/rfc-coverage.md is stale: run `npm run rfc-coverage` and commit it.');
    for (const line of difference(committed, written).slice(0, 20)) console.log(`  ${line}`);
    process.exitCode = 1;
  }
}

function collect(): Map<number, Map<string, Places>> {
  const rfcs = new Map<number, Map<string, Places>>();
  for (const path of findFiles(['packages', 'server', 'tools/fuzz', 'interop'], (name) => name.endsWith('.ts'))) {
    const isTest =
      path.endsWith('.test.ts') || !/^(?:packages|server)\//.test(path) || path.startsWith('packages/testkit/');
    for (const { rfc, section } of findCitations(readFileSync(root + path, 'utf8'))) {
      const sections = rfcs.get(rfc) ?? new Map<string, Places>();
      const places = sections.get(section) ?? { code: new Set(), tests: new Set() };
      (isTest ? places.tests : places.code).add(path);
      rfcs.set(rfc, sections.set(section, places));
    }
  }
  return rfcs;
}

function render(rfcs: Map<number, Map<string, Places>>): string {
  const numbers = [...rfcs.keys()].sort((a, b) => a - b);
  const sections = numbers.reduce((sum, rfc) => sum + (rfcs.get(rfc)?.size ?? 0), 0);
  const lines = [
    '# RFC coverage',
    '',
    'Made by `npm run rfc-coverage` from the citations in comments and test titles; do not edit. A section that is cited by code',
    'but by no test is not therefore untested, and one that is cited is not therefore complete: see the `Deviation:` and',
    '`Unimplemented:` notes in the code. Tests include the testkit, the fuzzer and the interop runs.',
    '',
    `${numbers.length} RFCs, ${sections} sections.`,
  ];
  for (const rfc of numbers) {
    lines.push(
      '',
      `## RFC ${rfc}${titles[rfc] === undefined ? '' : `: ${titles[rfc]}`}`,
      '',
      '| section | code | tests |',
      '| --- | --- | --- |',
    );
    for (const [section, { code, tests }] of [...(rfcs.get(rfc) ?? [])].sort(([a], [b]) => compareSections(a, b)))
      lines.push(`| ${section === '' ? 'as a whole' : `§${section}`} | ${list(code)} | ${list(tests)} |`);
  }
  return `${lines.join('\n')}\n`;
}

function list(paths: ReadonlySet<string>): string {
  return [...paths]
    .sort()
    .map((path) => `\`${path.replace('/src/', '/')}\``)
    .join('<br>');
}

/** Lines that only one side has. */
function difference(before: string, after: string): string[] {
  const [old, fresh] = [new Set(before.split('\n')), new Set(after.split('\n'))];
  return [
    ...[...old].filter((line) => !fresh.has(line)).map((line) => `- ${line}`),
    ...[...fresh].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}
