import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceMeters } from './source-meters.ts';

test('an address may send so many messages in a second, another as many, and again in the next', () => {
  const meters = new SourceMeters(3);
  const [one, two] = [meters.of('192.0.2.1'), meters.of('192.0.2.2')];
  assert.equal(meters.of('192.0.2.1'), one);
  assert.deepEqual(
    Array.from({ length: 5 }, () => meters.takes(one)),
    [true, true, true, false, false],
  );
  assert.equal(meters.takes(two), true);
  assert.equal(meters.exceeded, 2);
  meters.nextSecond();
  assert.equal(meters.isActive, false);
  assert.equal(meters.takes(one), true);
  assert.equal(meters.isActive, true);
});

test('0 is no limit', () => {
  const meters = new SourceMeters(0);
  const meter = meters.of('192.0.2.1');
  for (let times = 0; times < 10_000; times++) assert.ok(meters.takes(meter));
});

test('a flood of forged addresses displaces itself, not those that have connections', () => {
  const meters = new SourceMeters(1);
  const kept = meters.of('192.0.2.1');
  kept.connections = 1;
  for (let at = 0; at < 250_000; at++) meters.of(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
  assert.equal(meters.of('192.0.2.1'), kept);
});
