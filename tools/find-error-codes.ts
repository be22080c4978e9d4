/**
 * Every stable code that product code can hand out, by the part of the product that does. A code is a string literal at a
 * `code` (`code: 'x'`, `code = 'x'`, `code: 'x' | 'y'`), in a type named `…Code`, a key of a table named `…Errors` or
 * `…Causes`, or, in an errors.ts, any literal of the form `area.what-happened`.
 */
import { readFileSync } from 'node:fs';
import { blankSource } from './architecture/blank-source.ts';
import { findFiles, root } from './find-files.ts';

/** Parts of docs/errors.md, the longest path first. */
export const parts = [
  'packages/sip',
  'packages/sdp',
  'packages/rtc',
  'packages/media',
  'server/src/engine/calls/end-cause.ts',
  'server',
] as const;

const atCode = /\bcode\??\s*[:=]\s*(?=['|\s])/g;
const codeType = /\btype\s+\w*Code\s*=\s*(?=['|\s])/g;
const table = /\bconst\s+\w*(?:Errors|Causes)\b[^=;]*=\s*\{/g;

export function findErrorCodes(): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>(parts.map((part) => [part, new Map()]));
  const isProduct = (path: string): boolean =>
    path.endsWith('.ts') &&
    !path.endsWith('.test.ts') &&
    path.includes('/src/') &&
    !path.startsWith('packages/testkit/');
  for (const path of findFiles(['packages', 'server'], isProduct)) {
    const part = parts.find((prefix) => path.startsWith(prefix));
    if (part === undefined) continue;
    for (const code of codesOf(readFileSync(root + path, 'utf8'), path.endsWith('/errors.ts')))
      found.get(part)?.set(code, path);
  }
  forgetBorrowed(found);
  return found;
}

/** The server hands on what the media engine said, and ends calls with a cause: those codes have their own tables. */
function forgetBorrowed(found: Map<string, Map<string, string>>): void {
  for (const lender of ['packages/media', 'server/src/engine/calls/end-cause.ts'])
    for (const code of found.get(lender)?.keys() ?? []) if (!code.includes('.')) found.get('server')?.delete(code);
}

/** Exported for its test. */
export function codesOf(text: string, isErrorsFile: boolean): string[] {
  const code = blankSource(text);
  const found = new Set<string>();
  for (const pattern of [atCode, codeType])
    for (const match of code.matchAll(pattern))
      for (const literal of union(text, code, match.index + match[0].length)) found.add(literal);
  for (const match of code.matchAll(table))
    for (const key of keys(text, code, match.index + match[0].length)) found.add(key);
  if (isErrorsFile)
    for (const [, literal] of text.matchAll(/'([a-z][a-z-]*\.[a-z][a-z0-9-]*)'/g))
      if (literal !== undefined) found.add(literal);
  return [...found];
}

/** `'a' | 'b'` from a position, over line ends and comments. */
function union(text: string, code: string, from: number): string[] {
  const list = /^\s*\|?\s*' *'(?:\s*\|\s*' *')*/.exec(code.slice(from, from + 4_000))?.[0] ?? '';
  return [...list.matchAll(/' *'/g)].map((match) =>
    text.slice(from + match.index + 1, from + match.index + match[0].length - 1),
  );
}

/** The keys directly inside the braces that open before a position. */
function keys(text: string, code: string, from: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let begins = true;
  for (let at = from; at < code.length && depth >= 0; at += 1) {
    const c = code[at] ?? '';
    if (depth === 0 && begins && /[\w'"]/.test(c)) {
      const key = /^['"]?([\w.-]+)['"]?\s*:/.exec(text.slice(at))?.[1];
      if (key !== undefined) found.push(key);
      begins = false;
    }
    if ('{[('.includes(c)) depth += 1;
    if ('}])'.includes(c)) depth -= 1;
    if (depth === 0 && c === ',') begins = true;
  }
  return found;
}
