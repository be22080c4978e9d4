/**
 * Words that must not stand in code of a kind: clocks and chance where they are arguments, nameless errors in the product,
 * sleeps and sockets in unit tests.
 */
import { blankSource } from './blank-source.ts';
import type { SourceFile } from './read-tree.ts';
import { type Breach, isBelow, type Rules } from './rules.ts';

const clocksAndChance: readonly RegExp[] = [
  /\bDate\.now\b/g,
  /\bnew Date\(\s*\)/g,
  /\bperformance\.now\b/g,
  /\bset(?:Timeout|Interval|Immediate)\b/g,
  /\bMath\.random\b/g,
  /\bqueueMicrotask\b/g,
];
const platform: readonly RegExp[] = [
  /\bBuffer\b/g,
  /\b(?:globalThis\.)?crypto\.\w+/g,
  /\bprocess\.\w+/g,
  /\brequire\(/g,
];

export function checkWords(rules: Rules, files: readonly SourceFile[]): Breach[] {
  const found: Breach[] = [];
  for (const file of files) {
    const code = blankSource(file.text);
    if (file.isTest) {
      if (!file.path.endsWith('.integration.test.ts')) {
        look(file, code, 'unit-test', [/\bset(?:Timeout|Interval)\(/g]);
        sockets(file);
      }
      continue;
    }
    const isSansIo = isBelow(file.path, rules.sansIo.paths) && !isBelow(file.path, rules.sansIo.except);
    if (isSansIo) look(file, code, 'sans-io', [...clocksAndChance, ...platform]);
    if (isBelow(file.path, rules.ownClock.paths)) look(file, code, 'own-clock', clocksAndChance);
    if (isBelow(file.path, rules.product)) look(file, code, 'bare-error', [/\bthrow new Error\(/g]);
  }
  return found;

  function sockets(file: SourceFile): void {
    for (const { specifier, line } of file.imports)
      if (/^node:(?:net|dgram|tls|http2?|https|timers\/promises)$/.test(specifier))
        found.push({ rule: 'unit-test', file: file.path, line, what: `${specifier} belongs into an integration test` });
  }

  function look(file: SourceFile, code: string, rule: string, patterns: readonly RegExp[]): void {
    for (const pattern of patterns)
      for (const match of code.matchAll(pattern)) {
        const line = code.slice(0, match.index).split('\n').length;
        found.push({ rule, file: file.path, line, what: match[0] });
      }
  }
}
