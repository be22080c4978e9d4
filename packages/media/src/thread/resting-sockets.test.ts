import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestingSockets } from './resting-sockets.ts';

test('a pair has rested when neither of its sockets has heard anything for two seconds, and is told once', () => {
  const resting = new RestingSockets();
  resting.add({ rtp: 0, rtcp: 1 }, 0);
  resting.add({ rtp: 2, rtcp: 3 }, 0);
  resting.add({ rtp: 4, rtcp: 5 }, 1500);
  resting.heard(3, 1000);
  assert.deepEqual(resting.takeRested(1999), []);
  assert.deepEqual(resting.takeRested(2000), [0]);
  assert.deepEqual(resting.takeRested(3000), [2]);
  assert.deepEqual(resting.takeRested(3499), []);
  resting.forget(4);
  assert.deepEqual(resting.takeRested(9000), []);
});

test('what a socket heard before counts for nothing', () => {
  const resting = new RestingSockets();
  resting.heard(0, 500);
  resting.add({ rtp: 0, rtcp: 1 }, 10_000);
  assert.deepEqual(resting.takeRested(12_000), [0]);
});
