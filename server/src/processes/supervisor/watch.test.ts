import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watch, type WatchSettings } from './watch.ts';

const settings: WatchSettings = {
  beatMs: 1000,
  missedBeats: 3,
  firstRestartMs: 100,
  slowestRestartMs: 400,
  calmMs: 10_000,
};

test('a child that is not there is started at once', () => {
  assert.equal(new Watch(0, settings).beatMissed(0, true), 'start');
});

test('a child that runs already is adopted, not started', () => {
  const watch = new Watch(0, settings);
  watch.beatSeen(0);
  assert.equal(watch.isAlive, true);
  assert.equal(watch.beatMissed(1000, false), 'none');
  watch.beatSeen(2000);
  assert.equal(watch.beatMissed(3000, false), 'none');
});

test('a process that exists but does not answer is killed after the missed beats', () => {
  const watch = new Watch(0, settings);
  watch.beatSeen(0);
  const actions = [1, 2, 3, 4].map((second) => watch.beatMissed(second * 1000, false));
  assert.deepEqual(actions, ['none', 'none', 'none', 'kill-and-start']);
});

test('a dead process is replaced after a pause that doubles up to its bound', () => {
  const watch = new Watch(0, settings);
  const pauses: number[] = [];
  let nowMs = 0;
  for (let death = 0; death < 4; death++) {
    watch.beatSeen(nowMs);
    const diedMs = nowMs;
    while (watch.beatMissed(nowMs, true) === 'none') nowMs += 1;
    pauses.push(nowMs - diedMs);
  }
  assert.deepEqual(pauses, [100, 200, 400, 400]);
});

test('after a calm time the pause is short again', () => {
  const watch = new Watch(0, settings);
  watch.beatSeen(0);
  assert.equal(watch.beatMissed(50, true), 'none');
  watch.beatSeen(1000);
  watch.beatSeen(12_000);
  assert.equal(watch.beatMissed(12_001, true), 'none');
  assert.equal(watch.beatMissed(12_101, true), 'start');
});

test('a child that never answers its first beat is killed and started again', () => {
  const watch = new Watch(0, settings);
  assert.equal(watch.beatMissed(0, true), 'start');
  const actions: string[] = [];
  for (let beat = 1; beat <= 14; beat++) actions.push(watch.beatMissed(beat * 1000, false));
  assert.ok(actions.includes('kill-and-start'));
});
