import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pair, StandingPairs } from './standing-pairs.ts';

const address = '192.0.2.1';
const pair = (rtp: number, more: Partial<Pair> = {}): Pair => ({
  thread: 0,
  address,
  dscp: 46,
  rtpPort: 10_000 + rtp,
  rtp,
  rtcp: rtp + 1,
  ...more,
});
const pairs = (most = 10) => new StandingPairs({ most, random: (below) => below - 1 });

test('a pair is given to the next stream once it has rested, and only where it fits', () => {
  const standing = pairs();
  standing.rest(pair(0), 0);
  assert.equal(standing.take(0, address, 46), null, 'late packets may still come');
  standing.rested(0, 0, 2000);
  for (const [thread, at, dscp] of [
    [1, address, 46],
    [0, '192.0.2.2', 46],
    [0, address, 0],
  ] as const)
    assert.equal(standing.take(thread, at, dscp), null);
  assert.equal(standing.take(0, address, 46)?.rtp, 0);
  assert.equal(standing.take(0, address, 46), null);
  assert.equal(standing.count, 0);
});

test('sockets of two threads may have the same number', () => {
  const standing = pairs();
  standing.rest(pair(0), 0);
  standing.rest(pair(0, { thread: 1, rtpPort: 20_000 }), 0);
  standing.rested(1, 0, 2000);
  assert.equal(standing.take(0, address, 46), null);
  assert.equal(standing.take(1, address, 46)?.rtpPort, 20_000);
});

test('more than the most are not kept', () => {
  const standing = pairs(2);
  assert.deepEqual(
    [0, 2, 4].map((rtp) => standing.rest(pair(rtp), 0)),
    [true, true, false],
  );
  assert.equal(standing.count, 2);
});

test('where ports are short, free ones are given up first, then those that rest, of that address alone', () => {
  const standing = pairs();
  standing.rest(pair(0), 0);
  standing.rest(pair(2), 0);
  standing.rest(pair(4, { address: '192.0.2.2' }), 0);
  standing.rested(0, 2, 2000);
  assert.deepEqual(
    [1, 2, 3].map(() => standing.reclaim(address)?.rtp),
    [2, 0, undefined],
  );
  assert.equal(standing.count, 1);
});

test('what nobody took for half a minute, and what never came to rest, is to be shut', () => {
  const standing = pairs();
  standing.rest(pair(0), 0);
  standing.rest(pair(2), 0);
  standing.rest(pair(4), 30_000);
  standing.rested(0, 2, 2000);
  const unusedAt = (ms: number) => standing.takeUnused(ms).map(({ rtp }) => rtp);
  assert.deepEqual(unusedAt(31_999), []);
  assert.deepEqual(unusedAt(32_000), [2]);
  assert.deepEqual(unusedAt(60_000), [0]);
  assert.deepEqual(unusedAt(90_000), [4]);
  assert.equal(standing.count, 0);
});
