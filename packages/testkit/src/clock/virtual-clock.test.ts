import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

function recordOn(clock: VirtualClock) {
  const fired: string[] = [];
  return { fired, onTimer: (kind: number) => void fired.push(`${kind}@${clock.nowMs()}`) };
}

test('timers run at their exact time, in order of due time, then of arming', () => {
  const clock = new VirtualClock();
  const owner = recordOn(clock);
  clock.arm(32_000, owner, 1);
  clock.arm(500, owner, 2);
  clock.arm(500, owner, 3);
  clock.disarm(clock.arm(501, owner, 4));
  clock.advance(499);
  assert.deepEqual(owner.fired, []);
  clock.advance(31_501);
  assert.deepEqual(owner.fired, ['2@500', '3@500', '1@32000']);
  assert.equal(clock.nowMs(), 32_000);
  assert.equal(clock.nextDueMs(), Infinity);
});

test('a timer armed by a timer runs in the same advance when it falls due within it', () => {
  const clock = new VirtualClock();
  const fired: number[] = [];
  const owner = {
    onTimer(kind: number) {
      fired.push(clock.nowMs());
      if (kind < 3) clock.arm(10, owner, kind + 1);
    },
  };
  clock.arm(10, owner, 1);
  clock.advance(25);
  assert.deepEqual(fired, [10, 20]);
  assert.equal(clock.armedCount, 1);
});

test('a step of the wall clock leaves monotonic time and timers alone', () => {
  const clock = new VirtualClock({ startUtcMs: 1_000_000 });
  const owner = recordOn(clock);
  clock.arm(100, owner, 1);
  clock.stepUtc(-3_600_000);
  clock.advance(100);
  assert.equal(clock.utcMs(), 1_000_000 - 3_600_000 + 100);
  assert.deepEqual(owner.fired, ['1@100']);
});

test('advanceUntil stops at the first moment that fits, or at its limit', () => {
  const clock = new VirtualClock();
  const owner = recordOn(clock);
  for (const at of [10, 20, 30]) clock.arm(at, owner, at);
  assert.equal(
    clock.advanceUntil(() => owner.fired.length === 2),
    true,
  );
  assert.equal(clock.nowMs(), 20);
  assert.equal(
    clock.advanceUntil(() => owner.fired.length === 9, 1_000),
    false,
  );
  assert.equal(clock.nowMs(), 1_020);
});

test('timers that arm timers of 0 ms for ever are reported, not waited for', () => {
  const clock = new VirtualClock();
  const owner = { onTimer: () => void clock.arm(0, owner, 1) };
  clock.arm(0, owner, 1);
  assert.throws(() => clock.advance(1), { code: 'runaway_timers' });
});

test('the same seed gives the same chances, another seed others', () => {
  const run = (seed: number) => new SeededRandom(seed).token(20);
  assert.equal(run(7), run(7));
  assert.notEqual(run(7), run(8));
  assert.match(run(7), /^[a-z0-9]{20}$/);
});
