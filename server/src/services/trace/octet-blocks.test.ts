import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OctetBlocks } from './octet-blocks.ts';

const bytesOf = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff);

test('whatever is kept and dropped, what is kept is read as it was', () => {
  const step = fc.record({ length: fc.nat(1200), drops: fc.option(fc.nat(20), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const blocks = new OctetBlocks();
      const kept: { first: number; bytes: Uint8Array }[] = [];
      for (const [seed, { length, drops }] of steps.entries()) {
        const bytes = bytesOf(length, seed);
        kept.push({ first: blocks.keep(bytes), bytes });
        if (drops === undefined) continue;
        const [gone] = kept.splice(drops % kept.length, 1);
        if (gone !== undefined) blocks.drop(gone.first);
      }
      for (const { first, bytes } of kept) assert.deepEqual(blocks.read(first, bytes.length), bytes);
    }),
    { numRuns: 200 },
  );
});

test('more than one page, and a message across the end of one', () => {
  const blocks = new OctetBlocks();
  const large = bytesOf(3 * 1024 * 1024 + 17, 5);
  const [small, first] = [blocks.keep(bytesOf(300, 1)), blocks.keep(large)];
  assert.deepEqual(blocks.read(first, large.length), large);
  blocks.drop(first);
  assert.deepEqual(blocks.read(blocks.keep(large), large.length), large);
  assert.deepEqual(blocks.read(small, 300), bytesOf(300, 1));
});
