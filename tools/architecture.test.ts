/**
 * The architecture test: what layers.json says, held against every import of the workspaces, types too. Says how many files
 * it saw and fails when they are too few: a guard that is blind must fail. The fixtures are canaries that must be reported.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { checkLayers } from './architecture/check-layers.ts';
import { checkPlaces, trackedTexts } from './architecture/check-places.ts';
import { checkNames, checkSizes, measureSizes } from './architecture/check-shape.ts';
import { checkWords } from './architecture/check-words.ts';
import { findCycles } from './architecture/find-cycles.ts';
import { findImports } from './architecture/find-imports.ts';
import { readManifests, readTree } from './architecture/read-tree.ts';
import { type Breach, formatBreach, isBelow, readRules, roomOf } from './architecture/rules.ts';
import { root } from './find-files.ts';

const rules = readRules(root);
const files = readTree(root, rules.scanned);
const texts = trackedTexts(root);
const product = files.filter(({ path, isTest }) => !isTest && isBelow(path, rules.product));
const imports = files.reduce((sum, file) => sum + file.imports.length, 0);
const none = (breaches: readonly Breach[]): void => assert.deepEqual(breaches.map(formatBreach), []);

test('the guard is not blind', (t) => {
  t.diagnostic(`I saw ${files.length} files with ${imports} imports`);
  assert.ok(files.length >= rules.floor.files, `${files.length} files, at least ${rules.floor.files} expected`);
  assert.ok(imports >= rules.floor.imports, `${imports} imports, at least ${rules.floor.imports} expected`);
  const rooms = rules.rooms.filter(({ path }) => !files.some((file) => file.path.startsWith(`${path}/`)));
  assert.deepEqual(
    rooms.map(({ name }) => name).filter((name) => !name.includes('/')),
    [],
    'rooms without a file',
  );
});

test('direction: rooms, roots, faces apart, front doors, order of services', () => none(checkLayers(rules, files)));
test('node:ffi stands in one folder of a package', () => {
  const users = files.filter((file) => file.imports.some(({ specifier }) => specifier === 'node:ffi'));
  const outside = users.map(({ path }) => path).filter((path) => !isBelow(path, rules.ffi.paths));
  assert.ok(users.length > 0, 'the guard is blind');
  assert.deepEqual(outside, []);
});
test('no files import each other in a ring, types included', () => none(findCycles(files)));
test('names say what is inside', () =>
  none(
    checkNames(texts.map(({ path }) => path).filter((path) => /^(?!tools\/fixtures\/).*\.[cm]?[jt]sx?$/.test(path))),
  ));
test('time, chance and the network are arguments; no error without a name; no unit test sleeps or opens a socket', () =>
  none(checkWords(rules, files)));
test('nothing committed names a machine or a package registry', () => none(checkPlaces(texts)));

const sizes = measureSizes(product);
test('files stay small', (t) => {
  t.diagnostic(
    `${sizes.files} product files: median ${sizes.median} lines, 90th percentile ${sizes.p90}, longest ${sizes.longest.lines} (${sizes.longest.path})`,
  );
  none(checkSizes(rules, files));
  assert.ok(sizes.median <= rules.size.median);
  assert.ok(sizes.p90 <= rules.size.p90);
});

test('a root or a table that layers.json names and nobody has is a slip, unless it is yet to come', () => {
  for (const table of rules.size.tables)
    assert.ok(
      files.some(({ path }) => path === table),
      table,
    );
  for (const room of rules.rooms)
    for (const name of room.may)
      assert.ok(
        rules.rooms.some((other) => other.name === name),
        name,
      );
});

/** Biome reads neither `extends` nor our source condition; without these paths its promise rules end at every door. */
test('the paths of every tsconfig.json are the doors of the packages', () => {
  const manifests = readManifests(root);
  for (const folder of ['', ...manifests.map((manifest) => manifest.folder)]) {
    const expected: Record<string, string[]> = {};
    for (const manifest of manifests)
      for (const [key, door] of Object.entries(
        manifest.folder === folder ? (manifest.imports ?? {}) : (manifest.exports ?? {}),
      )) {
        if (typeof door === 'string') continue;
        const path = posix.relative(folder, posix.join(manifest.folder, door['ringdown-source'] ?? ''));
        expected[key.startsWith('#') ? key : manifest.name + key.slice(1)] = [
          path.startsWith('.') ? path : `./${path}`,
        ];
      }
    const { compilerOptions } = JSON.parse(readFileSync(posix.join(root, folder, 'tsconfig.json'), 'utf8'));
    assert.deepEqual(compilerOptions?.paths, expected, `${folder}/tsconfig.json`);
  }
});

const fixtures = `${root}tools/fixtures/architecture`;
const canaries = readTree(fixtures, rules.scanned);

test('canary: every breach of the fixtures is reported, and nothing else', () => {
  const found = [
    ...checkLayers(rules, canaries),
    ...findCycles(canaries),
    ...checkNames(canaries.map(({ path }) => path)),
    ...checkWords(rules, canaries),
  ];
  const expected = readFileSync(`${fixtures}/expected.txt`, 'utf8').trim().split('\n');
  assert.deepEqual(found.map(formatBreach).sort(), expected);
});

test('canary: a file above the size is reported unless it is a listed table', () => {
  const [file] = files;
  assert.ok(file);
  const long = { ...file, path: 'packages/sip/src/long.ts', lines: rules.size.lines + 1 };
  assert.equal(checkSizes(rules, [long]).length, 1);
  assert.equal(checkSizes({ ...rules, size: { ...rules.size, tables: [long.path] } }, [long]).length, 0);
});

test('canary: places of one machine and registry hosts are reported', () => {
  const bad = [
    'see /wor' + 'k/main/x',
    "from '../sha" + "red/x'",
    'https://registry.' + 'npmjs.org/x',
    ' /ro' + 'ot/.ssh',
    'innocent /worker',
  ];
  assert.deepEqual(
    checkPlaces(bad.map((text, i) => ({ path: `${i}`, text }))).map(({ file }) => file),
    ['0', '1', '2', '3'],
  );
});

const statements: readonly [string, string, string][] = [
  ["import a from './a.ts';", './a.ts', 'load'],
  ["import './a.ts';", './a.ts', 'load'],
  ["import * as a from 'node:fs';", 'node:fs', 'load'],
  ["import type { A } from './a.ts';", './a.ts', 'type'],
  ["import { type A, type B as C } from './a.ts';", './a.ts', 'type'],
  ["import { type A, b } from './a.ts';", './a.ts', 'load'],
  ["import a, {\n  b,\n} from './a.ts';", './a.ts', 'load'],
  ["export * from './a.ts';", './a.ts', 'load'],
  ["export type { A } from './a.ts';", './a.ts', 'type'],
  ["export { a as b } from './a.ts';", './a.ts', 'load'],
  ["const a = await import('./a.ts');", './a.ts', 'later'],
  ["type A = typeof import('./a.ts');", './a.ts', 'type'],
  ["new Worker(new URL('./a.ts', import.meta.url));", './a.ts', 'later'],
  ['const a = `$' + "{await import('./a.ts')}`;", './a.ts', 'later'],
  ['await import(name);', '', 'computed'],
];
for (const [text, specifier, kind] of statements)
  test(`the scanner sees ${JSON.stringify(text)}`, () => {
    assert.deepEqual(findImports(text), [{ specifier, kind, line: 1 }]);
  });

const silent = [
  "// import a from './a.ts'",
  "/* export * from './a.ts' */",
  'const a = "import b from \'./a.ts\'";',
  "const a = `import b from './a.ts'`;",
  "const a = /import '.'/;",
  "export const from = 'x'; export const b = Array.from('abc');",
  "export default 'x';",
  "export const a = { from: 'x' };",
];
for (const text of silent)
  test(`the scanner is not fooled by ${JSON.stringify(text)}`, () => {
    assert.deepEqual(findImports(text), []);
  });

test('the longest path decides the room', () => {
  assert.equal(roomOf(rules, 'packages/sip/src/node/udp.ts')?.name, 'sip/node');
  assert.equal(roomOf(rules, 'packages/sip/src/index.ts')?.name, 'sip');
  assert.equal(roomOf(rules, 'console/src/index.ts'), undefined);
});
