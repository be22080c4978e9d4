/**
 * The source files of the workspaces with every import resolved to a file of the tree, as Node would do it: relative paths,
 * the `imports` map of the file's own package, the `exports` of the other workspaces (their source condition).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { findFiles } from '../find-files.ts';
import { findImports, type ImportMention } from './find-imports.ts';

export interface ResolvedImport extends ImportMention {
  /** A file of the tree, `node:…`, the name of an installed package, or null when nothing is there. */
  readonly target: string | null;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly isTest: boolean;
  readonly imports: readonly ResolvedImport[];
}

type Door = string | { readonly 'ringdown-source'?: string; readonly default?: string };

interface Manifest {
  readonly folder: string;
  readonly name: string;
  readonly exports?: Readonly<Record<string, Door>>;
  readonly imports?: Readonly<Record<string, Door>>;
}

export function readTree(base: string, folders: readonly string[]): SourceFile[] {
  const manifests = readManifests(base);
  return findFiles(folders, (path) => path.endsWith('.ts') && path.includes('/src/'), base).map((path) => {
    const text = readFileSync(`${base}/${path}`, 'utf8');
    const imports = findImports(text)
      .map((mention) => ({ ...mention, target: resolve(base, manifests, path, mention) }))
      .filter(({ kind, specifier }) => kind !== 'later' || !specifier.startsWith('.') || specifier.endsWith('.ts'));
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    return { path, text, lines, isTest: path.endsWith('.test.ts'), imports };
  });
}

/** Packages below packages/, and the server; in the order of their folders. */
export function readManifests(base: string): Manifest[] {
  const folders = existsSync(`${base}/packages`)
    ? readdirSync(`${base}/packages`).map((name) => `packages/${name}`)
    : [];
  return [...folders, 'server']
    .filter((folder) => existsSync(`${base}/${folder}/package.json`))
    .map((folder) => ({ ...JSON.parse(readFileSync(`${base}/${folder}/package.json`, 'utf8')), folder }));
}

function resolve(base: string, manifests: readonly Manifest[], from: string, mention: ImportMention): string | null {
  const { specifier } = mention;
  if (mention.kind === 'computed') return null;
  if (specifier.startsWith('node:')) return specifier;
  if (specifier.startsWith('.')) return existing(base, posix.join(posix.dirname(from), specifier));
  const own = manifests.find(({ folder }) => from.startsWith(`${folder}/`));
  if (specifier.startsWith('#')) return throughDoor(base, own, own?.imports, specifier);
  const other = manifests.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (other === undefined)
    return specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
  return throughDoor(base, other, other.exports, `.${specifier.slice(other.name.length)}`);
}

function throughDoor(
  base: string,
  owner: Manifest | undefined,
  doors: Manifest['exports'],
  key: string,
): string | null {
  if (owner === undefined || doors === undefined) return null;
  for (const [pattern, door] of Object.entries(doors)) {
    const [head = '', tail] = pattern.split('*');
    if (tail === undefined ? key !== pattern : !(key.startsWith(head) && key.endsWith(tail))) continue;
    const star = tail === undefined ? '' : key.slice(head.length, key.length - tail.length);
    const target = typeof door === 'string' ? door : (door['ringdown-source'] ?? door.default ?? '');
    return existing(base, posix.join(owner.folder, target.replaceAll('*', star)));
  }
  return null;
}

function existing(base: string, path: string): string | null {
  return existsSync(`${base}/${path}`) ? path : null;
}
