import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crashes } from './crashes.ts';

test('two deaths within a minute are too many, and are told once', () => {
  const crashes = new Crashes();
  assert.deepEqual([crashes.died(0), crashes.died(61_000), crashes.hasRepeated], [false, false, false]);
  assert.deepEqual([crashes.died(121_000), crashes.died(122_000), crashes.hasRepeated], [true, false, true]);
});
