/**
 * Sizes and offsets of the kernel's structures, per architecture: what the code has against the table, and the table against the C compiler where there is
 * one. `node tools/struct-layout.ts` writes the table.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { structsOf } from '../packages/media/src/io/ffi/struct-layout.ts';
import { askCompiler } from './struct-layout/ask-compiler.ts';
import { readTable } from './struct-layout/table.ts';

const table = readTable();

for (const architecture of ['x64', 'arm64'])
  test(`${architecture}: the code has the sizes and offsets of the table`, () => {
    assert.deepEqual(structsOf(architecture), table[architecture]?.structs);
  });

test('epoll_event alone differs: it is packed on x64', () => {
  const [x64, arm64] = [table.x64?.structs ?? {}, table.arm64?.structs ?? {}];
  const different = Object.keys(x64).filter((name) => JSON.stringify(x64[name]) !== JSON.stringify(arm64[name]));
  assert.deepEqual(different, ['epoll_event']);
  assert.deepEqual([x64.epoll_event?.SIZE, arm64.epoll_event?.SIZE], [12, 16]);
});

test('the C compiler of this machine says the same, where there is one', (context) => {
  const structs = askCompiler();
  // In CI a missing compiler is a failure: .ci/run installs one.
  if (structs === null && (process.env.CI ?? '') === '')
    context.skip('there is no cc here: the table alone was looked at');
  else assert.deepEqual(structs, table[process.arch]?.structs);
});
