/**
 * Documents against the code, both ways: every error code stands in docs/errors.md and nothing else does; every file that
 * ARCHITECTURE.md, README.md and the guides name exists; docs/features.md is well-formed and its evidence exists.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { readRules } from './architecture/rules.ts';
import { codesOf, findErrorCodes, parts } from './find-error-codes.ts';
import { findFiles, root } from './find-files.ts';

const read = (path: string): string => readFileSync(root + path, 'utf8');
const codes = findErrorCodes();

/** The codes of each `## …(`path`)` section, from the first cells of its tables. */
function documentedCodes(text: string): Map<string, string[]> {
  const sections = text.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => [
      /\(`([^`]+)`\)/.exec(section)?.[1] ?? '',
      [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code ?? ''),
    ]),
  );
}

const documented = documentedCodes(read('docs/errors.md'));

test('the guard is not blind', () => {
  const count = (part: string): number => codes.get(part)?.size ?? 0;
  assert.ok(count('server') >= 30 && count('packages/sip') >= 30 && count('packages/media') >= 20);
  assert.ok(count('server/src/engine/calls/end-cause.ts') >= 25);
});

for (const part of parts)
  test(`docs/errors.md: ${part}`, () => {
    const inCode = [...(codes.get(part)?.keys() ?? [])].sort();
    const inDocs = (documented.get(part) ?? []).sort();
    const where = (code: string): string => `${code} (${codes.get(part)?.get(code)})`;
    assert.deepEqual(
      inCode.filter((code) => !inDocs.includes(code)).map(where),
      [],
      'in the code, not in docs/errors.md',
    );
    assert.deepEqual(
      inDocs.filter((code) => !inCode.includes(code)),
      [],
      'in docs/errors.md, not in the code',
    );
    assert.equal(new Set(inDocs).size, inDocs.length, 'a code stands twice');
  });

const samples: readonly [string, boolean, string[]][] = [
  ["class A extends Error { readonly code = 'a_b'; }", false, ['a_b']],
  ["fail({ code: 'a.b-c', fault: 'us' })", false, ['a.b-c']],
  ["interface F { readonly code: 'a' | 'b'; }", false, ['a', 'b']],
  ["interface F {\n  code: /** why */\n    | 'a'\n    /** because */\n    | 'b';\n}", false, ['a', 'b']],
  ["type FailureCode =\n  | 'x'\n  | 'y';", false, ['x', 'y']],
  ["export const endCauses = {\n  busy: { q: 1 },\n  'no-route': { q: 2 },\n} as const;", false, ['busy', 'no-route']],
  ["return refused('area.what-happened', text);", true, ['area.what-happened']],
  ["emit('user.created');", false, []],
  ["// code: 'commented'", false, []],
  ["if (failure.code === 'a') return;", false, []],
];
for (const [text, isErrorsFile, expected] of samples)
  test(`codes in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(codesOf(text, isErrorsFile), expected);
  });

/** Back-ticked paths and links. A guide may shorten paths by saying once where they begin: "Paths are below `X`". */
function namedFiles(document: string): string[] {
  const text = read(document).replaceAll(/^```[\s\S]*?^```/gm, '');
  const below = /Paths are below `([^`]+)`/.exec(text)?.[1];
  const found = new Set<string>();
  for (const [, path = ''] of text.matchAll(/`([\w@.-]*\/[\w@./-]+\.(?:ts|js|json|md|wav|sh|yaml))`/g))
    found.add(
      path.startsWith('.')
        ? path.slice(2)
        : below === undefined || existsSync(root + path)
          ? path
          : posix.join(below, path),
    );
  for (const [, path = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
    found.add(posix.join(posix.dirname(document), path));
  return [...found];
}

/** Decisions may name what was or will be; the coverage table is made from what is there. */
const guides = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'].concat(
  findFiles(['docs'], (path) => path.endsWith('.md') && !/^docs\/(?:adr\/|rfc-coverage)/.test(path)),
);
for (const guide of guides)
  test(`every file that ${guide} names exists`, () => {
    assert.deepEqual(
      namedFiles(guide).filter((path) => !existsSync(root + path) && !isOfADataFolder(path)),
      [],
    );
  });

/** Files that exist only where Ringdown runs. */
function isOfADataFolder(path: string): boolean {
  return /^(?:ringdown\.yaml|data\/)/.test(path);
}

/** The inventory is fixed: each letter's ids run from 1 to this. */
const lastIds = { A: 25, B: 21, C: 24, D: 26, E: 8, F: 9, G: 8, H: 8, I: 10, J: 7, K: 15, L: 11, M: 12, N: 5 };
const states = new Set(['works', 'part', 'open']);
const features = [...read('docs/features.md').matchAll(/^\| ([A-N]\d+) \| (.+?) \| (\w*) \| (.*?) ?\|$/gm)];

test('docs/features.md: all ids once, a known state, and evidence for what works', () => {
  const expected = Object.entries(lastIds).flatMap(([letter, last]) =>
    Array.from({ length: last }, (_, i) => `${letter}${i + 1}`),
  );
  assert.deepEqual(
    features.map(([, id]) => id),
    expected,
  );
  for (const [, id, , state = '', shownBy = ''] of features) {
    assert.ok(states.has(state), `${id}: state "${state}"`);
    if (state !== 'open') assert.notEqual(shownBy, '', `${id} is said to be "${state}" and nothing shows it`);
  }
});

test('ARCHITECTURE.md: the table of rooms is the one of layers.json', () => {
  const { rooms } = readRules(root);
  const rows = [...read('ARCHITECTURE.md').matchAll(/^\| `([\w/-]+)` \| `([\w/-]+)` \| (.*?) \|/gm)];
  assert.deepEqual(
    rows.map(([, name, path, may]) => [name, path, may]),
    rooms.map(({ name, path, may }) => [name, path, may.length === 0 ? 'nothing' : may.join(', ')]),
  );
});

test('docs/crossing.md: the headers that cross are those of the code', () => {
  const source = read('server/src/faces/sip-edge/crossing.ts');
  const list = /crossingHeaders\b[^=]*=\s*\[([\s\S]*?)\n\];/.exec(source)?.[1] ?? '';
  const inCode = [...list.matchAll(/\[\s*'([\w-]+)'/g)].map(([, name]) => name);
  const inDocs = [...read('docs/crossing.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
  assert.ok(inCode.length >= 5);
  assert.deepEqual(inDocs, inCode);
});

const exampleTexts = findFiles(['examples'], (path) => path.endsWith('.ts')).map((path) => read(path).trim());

test('a program shown in README.md is, to the letter, one of examples/, and examples are short', () => {
  for (const [, program = ''] of read('README.md').matchAll(/^```ts\n([\s\S]*?)^```/gm))
    assert.ok(exampleTexts.includes(program.trim()), `not in examples/:\n${program}`);
  for (const text of exampleTexts) assert.ok(text.split('\n').length < 60, `60 lines or more:\n${text.slice(0, 200)}`);
});

test('every npm script that a document names is there', () => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  const named = guides.flatMap((guide) =>
    [...read(guide).matchAll(/\bnpm run ([\w-]+)/g)].map(([, name = '']) => name),
  );
  assert.ok(named.length >= 10);
  assert.deepEqual(
    [...new Set(named)].filter((name) => !scripts.includes(name)),
    [],
  );
});

test('the program in README.md is the one that CI runs', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
  assert.equal(shown, read('examples/echo-round-trip.ts'));
  assert.ok((shown ?? '').split('\n').filter((line) => line !== '').length <= 15, 'a program of fifteen lines');
});
