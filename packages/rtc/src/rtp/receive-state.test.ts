import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countJitter,
  countSequence,
  cumulativeLost,
  expectedPackets,
  extendedHighest,
  interarrivalJitter,
  received,
  receiveState,
  receiveStateWords,
} from './receive-state.ts';

const base = 3;
const fresh = () => new Int32Array(base + receiveStateWords);
const feed = (state: Int32Array, sequences: number[]) =>
  sequences.map((sequence) => countSequence(state, base, sequence));

test('RFC 3550 §A.1: sequence numbers wrap into the next cycle and nothing counts as lost', () => {
  const state = fresh();
  feed(state, [65_534, 65_535, 0, 1]);
  assert.equal(extendedHighest(state, base), 65_536 + 1);
  assert.equal(expectedPackets(state, base), 4);
  assert.equal(cumulativeLost(state, base), 0);
});

test('RFC 3550 §A.3: a gap is loss until the late packet comes; duplicates make it negative', () => {
  const state = fresh();
  feed(state, [10, 11, 13, 14]);
  assert.equal(cumulativeLost(state, base), 1);
  assert.deepEqual(feed(state, [12]), [received.MISORDERED]);
  assert.equal(cumulativeLost(state, base), 0);
  feed(state, [14, 14]);
  assert.equal(cumulativeLost(state, base), -2);
});

test('RFC 3550 §A.1: a big jump is not believed until the next packet follows it', () => {
  const state = fresh();
  assert.deepEqual(feed(state, [100, 101, 40_000, 102]), [
    received.IN_ORDER,
    received.IN_ORDER,
    received.JUMPED,
    received.IN_ORDER,
  ]);
  assert.equal(cumulativeLost(state, base), 0);
  assert.deepEqual(feed(state, [50_000, 50_001, 50_002]), [received.JUMPED, received.RESTARTED, received.IN_ORDER]);
  assert.equal(expectedPackets(state, base), 2);
});

test('nothing received: nothing expected, nothing lost', () => {
  assert.equal(expectedPackets(fresh(), base), 0);
  assert.equal(cumulativeLost(fresh(), base), 0);
});

test('RFC 3550 §A.8: jitter follows the running mean of the differences of transit times', () => {
  const state = fresh();
  // Every second packet 8 ms (64 units) late: the mean difference is 64 units.
  let exact = 0;
  for (let index = 0; index < 400; index++) {
    countSequence(state, base, index);
    countJitter(state, base, 1000 + (index % 2) * 64);
    if (index > 0) exact += (64 - exact) / 16;
  }
  assert.ok(Math.abs(exact - 64) < 1e-6);
  assert.ok(Math.abs(interarrivalJitter(state, base) - 64) <= 1, String(interarrivalJitter(state, base)));
});

test('a steady source has no jitter, whatever its transit time, across the wrap of 32 bits', () => {
  const state = fresh();
  for (const [sequence, transit] of [0x7fffffff, 0x7fffffff, 0x7fffffff].entries()) {
    countSequence(state, base, sequence);
    countJitter(state, base, transit | 0);
  }
  assert.equal(interarrivalJitter(state, base), 0);
  countSequence(state, base, 3);
  countJitter(state, base, (0x7fffffff + 16) | 0);
  assert.equal(state[base + receiveState.JITTER_16], 16);
});

test('the first transit time is a beginning, not a jump: after the start, after a late first audio packet, after a restart', () => {
  const state = fresh();
  const hear = (sequence: number, transit: number | null) => {
    countSequence(state, base, sequence);
    if (transit !== null) countJitter(state, base, transit);
    return interarrivalJitter(state, base);
  };
  assert.deepEqual([hear(1, null), hear(2, 5_000_000), hear(3, 5_000_000)], [0, 0, 0]);
  assert.deepEqual([hear(40_000, null), hear(40_001, -9_000_000), hear(40_002, -9_000_000)], [0, 0, 0]);
});
