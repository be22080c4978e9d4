import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualTime, createSystemTime, createTimeSource, fromUtcDeadline, toUtcDeadline } from './index.ts';

test('a time source is made from the protocol core clock and a wall clock', () => {
  let now = 5;
  const time = createTimeSource({ nowMs: () => now }, () => 1_700_000_000_000);
  now = 9;
  assert.equal(time.nowMs(), 9);
  assert.equal(time.nowUtcMs(), 1_700_000_000_000);
});

test('the system time is monotonic and near the wall clock', () => {
  const time = createSystemTime();
  const first = time.nowMs();
  assert.ok(time.nowMs() >= first);
  assert.ok(Math.abs(time.nowUtcMs() - Date.now()) < 1_000);
});

test('a stored deadline comes back as the same moment', () => {
  const time = createManualTime();
  const deadlineMs = time.nowMs() + 60_000;
  const utc = toUtcDeadline(time, deadlineMs);
  time.advance(10_000);
  assert.equal(fromUtcDeadline(time, utc, 60_000), deadlineMs);
});

test('a wall clock set back an hour never prolongs a stored deadline beyond what was granted', () => {
  const time = createManualTime();
  const utc = toUtcDeadline(time, time.nowMs() + 60_000);
  time.stepWall(-3_600_000);
  assert.equal(fromUtcDeadline(time, utc, 60_000), time.nowMs() + 60_000);
  time.stepWall(2 * 3_600_000);
  assert.ok(fromUtcDeadline(time, utc, 60_000) < time.nowMs());
});
