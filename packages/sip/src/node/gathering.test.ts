import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gathering } from './gathering.ts';

/** Turns as fast as they are asked for, every `everyMs`; @returns the sum of the waits of the last hundred. */
function run(gathering: Gathering, everyMs: number): number {
  let nowMs = 0;
  let waitedMs = 0;
  for (let turn = 0; turn < 200; turn++) {
    nowMs += everyMs;
    const waitMs = gathering.waitMs(nowMs);
    nowMs += waitMs;
    if (turn >= 100) waitedMs += waitMs;
    gathering.turnBegan(nowMs);
  }
  return waitedMs;
}

test('turns that come faster than the bound are drawn apart to it', () => {
  const waitedMs = run(new Gathering(1), 0.2);
  assert.ok(Math.abs(waitedMs - 80) < 0.01, `${waitedMs} ms for a hundred turns`);
});

test('turns that come slower than that are not held up', () => {
  assert.equal(run(new Gathering(1), 1.1), 0);
});

test('a call on a quiet server, a few turns at once, does not wait', () => {
  const gathering = new Gathering(1);
  for (let call = 0; call < 20; call++) {
    for (let turn = 0; turn < 8; turn++) {
      const nowMs = call * 100 + turn * 0.1;
      assert.equal(gathering.waitMs(nowMs), 0);
      gathering.turnBegan(nowMs);
    }
  }
});

test('0 switches it off', () => {
  assert.equal(run(new Gathering(0), 0.01), 0);
});
