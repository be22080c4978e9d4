/**
 * `npm run api-report` writes api/<package>.d.ts.txt: for each public door of each public package, the declarations that
 * `tsc -b` emitted for it and for every file of the package it reaches. `--check` fails when a committed report differs, and
 * when a report has changed since the last commit while the Unreleased section of CHANGELOG.md has not.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { findImports } from './architecture/find-imports.ts';
import { findFiles, root } from './find-files.ts';
import { runCommand } from './run-command.ts';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | { readonly types?: string }>>;
}

const isCheck = process.argv.includes('--check');
const build = await runCommand({ command: `${root}node_modules/.bin/tsc`, args: ['-b'], withinMs: 120_000 });
if (build.code !== 0) {
  console.log(`tsc -b fails, so there is no form to report on:\n${build.output}`);
  process.exit(1);
}

let stale = 0;
mkdirSync(`${root}api`, { recursive: true });
for (const path of findFiles(['packages', 'server'], (name) =>
  /^(?:packages\/[^/]+|server)\/package\.json$/.test(name),
)) {
  const manifest: Manifest = JSON.parse(readFileSync(root + path, 'utf8'));
  if (manifest.private === true) continue;
  const target = `api/${manifest.name.replace('@', '').replace('/', '-')}.d.ts.txt`;
  const report = reportOf(posix.dirname(path), manifest);
  const committed = existsSync(root + target) ? readFileSync(root + target, 'utf8') : '';
  if (!isCheck) writeFileSync(root + target, report);
  else if (committed !== report) {
    stale += 1;
    console.log(`${target} is stale: run \`npm run api-report\`, say in CHANGELOG.md what changed, commit both.`);
  }
}
if (
  isCheck &&
  stale === 0 &&
  changed('api/') &&
  unreleased(readFileSync(`${root}CHANGELOG.md`, 'utf8')) === unreleased(committedChangelog())
) {
  stale += 1;
  console.log('A report in api/ has changed and the Unreleased section of CHANGELOG.md has not.');
}
process.exitCode = stale === 0 ? 0 : 1;

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
  if (seen.has(file) || !existsSync(root + file)) return [];
  seen.add(file);
  const next = findImports(readFileSync(root + file, 'utf8'))
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => posix.join(posix.dirname(file), specifier.replace(/\.(?:ts|js)$/, '.d.ts')));
  return [file, ...next.flatMap((path) => reach(path, seen))];
}

/** Without the links to source maps. Comments stay: they are part of the promise. */
function declarations(file: string): string {
  return readFileSync(root + file, 'utf8').replaceAll(/^\/\/# sourceMappingURL=.*\n?/gm, '');
}

function changed(path: string): boolean {
  return execFileSync('git', ['-C', root, 'status', '--porcelain', '--', path], { encoding: 'utf8' }) !== '';
}

function committedChangelog(): string {
  return execFileSync('git', ['-C', root, 'show', 'HEAD:CHANGELOG.md'], { encoding: 'utf8' });
}

function unreleased(changelog: string): string {
  return /^## Unreleased\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(changelog)?.[1]?.trim() ?? '';
}
