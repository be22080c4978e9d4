/**
 * Every module a source file names: `import … from`, `import type`, `import '…'`, `export … from`, `import('…')` (also in a
 * type), and `new URL('…', import.meta.url)`, which is how a worker is found. A dynamic import of something computed is
 * reported as computed, so that it cannot slip by unseen.
 */
import { blankSource } from './blank-source.ts';

export interface ImportMention {
  readonly specifier: string;
  readonly line: number;
  /** `load` takes part in load order (and so in cycles), `type` vanishes, `later` is loaded when the code asks for it. */
  readonly kind: 'load' | 'type' | 'later' | 'computed';
}

const statement = /\b(import|export)\b\s*(type\b)?([^;'"`=()]*?)(?:\bfrom\s*)?(['"])/g;
const dynamic = /\bimport\s*\(\s*(['"`])?/g;
const workerUrl = /\bnew\s+URL\(\s*(['"`])([^;]*?)import\.meta\.url/g;

export function findImports(text: string): ImportMention[] {
  const code = blankSource(text);
  const found: ImportMention[] = [];
  for (const match of code.matchAll(statement)) {
    const names = match[3] ?? '';
    if (names.trim() !== '' && !/\bfrom\s*['"]$/.test(match[0])) continue;
    if (match[1] === 'export' && names.trim() === '') continue;
    const onlyTypes =
      match[2] !== undefined || /^\s*\{(?:\s*type\s+[\w$]+(?:\s+as\s+[\w$]+)?\s*,?)+\s*\}\s*$/.test(names);
    push(match.index + match[0].length, onlyTypes ? 'type' : 'load', match.index);
  }
  for (const match of code.matchAll(dynamic)) {
    if (match[1] === undefined || match[1] === '`')
      found.push({ specifier: '', line: lineOf(match.index), kind: 'computed' });
    else
      push(
        match.index + match[0].length,
        /\btypeof\s*$/.test(code.slice(0, match.index)) ? 'type' : 'later',
        match.index,
      );
  }
  for (const match of code.matchAll(workerUrl))
    push(code.indexOf(match[1] ?? '', match.index) + 1, 'later', match.index);
  return found.sort((a, b) => a.line - b.line);

  function push(start: number, kind: ImportMention['kind'], index: number): void {
    const quote = text[start - 1] ?? "'";
    found.push({ specifier: text.slice(start, text.indexOf(quote, start)), line: lineOf(index), kind });
  }

  function lineOf(index: number): number {
    return text.slice(0, index).split('\n').length;
  }
}
