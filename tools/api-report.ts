/**
 * `npm run api-report` writes api/<package>.d.ts.txt: for each public door of each public package, the declarations that
 * `tsc -b` emitted for it and for every file of the package it reaches. `--check` fails when a committed report differs, and
 * when a report has changed since the last commit while the Unreleased section of CHANGELOG.md has not.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseArgs } from 'node:util';
import { findImports } from './architecture/find-imports.ts';
import { findFiles, root } from './find-files.ts';
import { runCommand } from './run-command.ts';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | { readonly types?: string }>>;
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, root: { type: 'string' } } });
/** Another tree, already built: for the canary. */
const base = values.root ?? root;
const complaints: string[] = [];

mkdirSync(`${base}api`, { recursive: true });
const isManifest = (path: string): boolean => /^(?:packages\/[^/]+|server)\/package\.json$/.test(path);
for (const path of findFiles(['packages', 'server'], isManifest, base)) await treat(posix.dirname(path));
if (
  values.check &&
  complaints.length === 0 &&
  hasChanged('api/') &&
  unreleased(changelog('now')) === unreleased(changelog('HEAD'))
)
  complaints.push('A report in api/ has changed and the Unreleased section of CHANGELOG.md has not.');
for (const complaint of complaints) console.log(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;

async function treat(folder: string): Promise<void> {
  const manifest: Manifest = JSON.parse(readFileSync(`${base}${folder}/package.json`, 'utf8'));
  if (manifest.private === true) return;
  const problem = values.root === undefined ? await build(folder) : '';
  if (problem !== '') {
    complaints.push(`${folder} does not compile, so there is no report on it:\n${problem}`);
    return;
  }
  const target = `api/${manifest.name.replace('@', '').replace('/', '-')}.d.ts.txt`;
  const report = reportOf(folder, manifest);
  const committed = existsSync(base + target) ? readFileSync(base + target, 'utf8') : '';
  if (!values.check) writeFileSync(base + target, report);
  else if (committed !== report)
    complaints.push(`${target} is stale: run \`npm run api-report\`, say in CHANGELOG.md what changed, commit both.`);
}

async function build(folder: string): Promise<string> {
  const { code, output } = await runCommand({
    command: `${root}node_modules/.bin/tsc`,
    args: ['-b', folder, '--pretty', 'false'],
    withinMs: 120_000,
  });
  return code === 0 ? '' : output.split('\n').slice(0, 5).join('\n');
}

function reportOf(folder: string, manifest: Manifest): string {
  const parts: string[] = [`The public doors of ${manifest.name}. Made by \`npm run api-report\`; do not edit.\n`];
  const seen = new Set<string>();
  for (const [door, target] of Object.entries(manifest.exports).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const types = typeof target === 'string' ? undefined : target.types;
    parts.push(`\n=== ${manifest.name}${door.slice(1)}\n`);
    if (types === undefined) parts.push('a file, not a module\n');
    else
      for (const file of reach(posix.join(folder, types), seen))
        parts.push(`\n--- ${posix.relative(folder, file)}\n${declarations(file)}`);
  }
  return parts.join('');
}

/** The file and what it imports within its package, each once in a report, in order of first mention. */
function reach(file: string, seen: Set<string>): string[] {
  if (seen.has(file) || !existsSync(base + file)) return [];
  seen.add(file);
  const next = findImports(readFileSync(base + file, 'utf8'))
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => posix.join(posix.dirname(file), specifier.replace(/\.(?:ts|js)$/, '.d.ts')));
  return [file, ...next.flatMap((path) => reach(path, seen))];
}

/** Without the links to source maps. Comments stay: they are part of the promise. */
function declarations(file: string): string {
  return readFileSync(base + file, 'utf8').replaceAll(/^\/\/# sourceMappingURL=.*\n?/gm, '');
}

function hasChanged(path: string): boolean {
  return execFileSync('git', ['-C', base, 'status', '--porcelain', '--', path], { encoding: 'utf8' }) !== '';
}

function changelog(when: 'now' | 'HEAD'): string {
  if (when === 'now') return readFileSync(`${base}CHANGELOG.md`, 'utf8');
  return execFileSync('git', ['-C', base, 'show', 'HEAD:CHANGELOG.md'], { encoding: 'utf8' });
}

function unreleased(changelog: string): string {
  return /^## Unreleased\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(changelog)?.[1]?.trim() ?? '';
}
