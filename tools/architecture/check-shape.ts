/** Names that say nothing, and sizes: HOUSE rules on kebab-case, on words to avoid, on lines per file. */
import type { SourceFile } from './read-tree.ts';
import type { Breach, Rules } from './rules.ts';

/** Forbidden as any word of a name. */
const emptyWords = new Set(['util', 'utils', 'helper', 'helpers', 'misc', 'manager', 'impl']);
/** Forbidden as the whole name. */
const emptyNames = new Set(['common', 'types', 'data', 'info', 'shared', 'lib', 'constants']);

export interface Sizes {
  readonly files: number;
  readonly median: number;
  readonly p90: number;
  readonly longest: { readonly path: string; readonly lines: number };
}

export function checkNames(paths: readonly string[]): Breach[] {
  const found: Breach[] = [];
  for (const path of paths) {
    for (const part of path.split('/').slice(1)) {
      const name = part.replace(/(\.(?:integration|test|bench|case|config|d))*\.[a-z]+$/, '');
      const words = name.split(/[-.]/);
      if (emptyNames.has(name) || words.some((word) => emptyWords.has(word)))
        found.push({ rule: 'name', file: path, line: 1, what: `"${part}" says nothing about what is inside` });
      else if (part.endsWith('.ts') && !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))
        found.push({ rule: 'name', file: path, line: 1, what: `"${part}" is not kebab-case` });
    }
  }
  return found;
}

export function checkSizes(rules: Rules, files: readonly SourceFile[]): Breach[] {
  return files
    .filter(({ path, lines }) => lines > rules.size.lines && !rules.size.tables.includes(path))
    .map(({ path, lines }) => ({
      rule: 'size',
      file: path,
      line: rules.size.lines,
      what: `${lines} lines, ${rules.size.lines} at most`,
    }));
}

export function measureSizes(files: readonly SourceFile[]): Sizes {
  const sorted = files.toSorted((a, b) => a.lines - b.lines);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)]?.lines ?? 0;
  const last = sorted.at(-1);
  return {
    files: files.length,
    median: at(0.5),
    p90: at(0.9),
    longest: { path: last?.path ?? '', lines: last?.lines ?? 0 },
  };
}
