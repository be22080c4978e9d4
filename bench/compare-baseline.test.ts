import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithBaseline } from './compare-baseline.ts';
import type { Result } from './result.ts';

function resultOf(ours: readonly number[], peer: readonly number[], load = '500 calls/s'): Result {
  const common = { load, unit: 'us', counted: {} };
  const rows = [
    { server: 'ringdown', values: ours, ...common },
    { server: 'peer', values: peer, ...common },
  ];
  return { name: 'calls', title: '', rows, generator: {} };
}

test('a row that is more than a tenth worse is told with the peer of the same run', () => {
  const told = compareWithBaseline(resultOf([120, 118, 130], [50, 51, 52]), resultOf([100, 101, 99], [50, 50, 50]));
  assert.deepEqual(told, [
    'calls: ringdown, 500 calls/s: 100.0 us [99.0-101.0] -> 120.0 us [118.0-130.0], +20.0% (in the same run: peer +2.0%)',
  ]);
});

test('a tenth or less, and what is better, is not told', () => {
  assert.deepEqual(compareWithBaseline(resultOf([109], [10]), resultOf([100], [50])), []);
});

test('no stored result, or none of that load, is said', () => {
  assert.match(compareWithBaseline(resultOf([1], [1]), undefined)[0] ?? '', /no stored result/);
  assert.match(compareWithBaseline(resultOf([1], [1], '9/s'), resultOf([1], [1]))[0] ?? '', /no row of these loads/);
});

test('a load that is not carried any more is told', () => {
  const told = compareWithBaseline(resultOf([], [50]), resultOf([100], [50]));
  assert.deepEqual(told, ['calls: ringdown, 500 calls/s: 100.0 us [100.0-100.0] -> not carried any more']);
});
