import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TimerOwner } from './clock.ts';
import { TimerWheel } from './timer-wheel.ts';

class Recorder implements TimerOwner {
  readonly fired: { kind: number; atMs: number }[] = [];
  readonly wheel: TimerWheel;
  constructor(wheel: TimerWheel) {
    this.wheel = wheel;
  }
  onTimer(kind: number): void {
    this.fired.push({ kind, atMs: this.wheel.nowMs() });
  }
}

/** Advances as a driver would: sleeps exactly to nextDueMs. */
function runTo(wheel: TimerWheel, endMs: number): number {
  let wakes = 0;
  for (;;) {
    const due = wheel.nextDueMs();
    if (due > endMs) break;
    wheel.advance(due);
    wakes++;
  }
  wheel.advance(endMs);
  return wakes;
}

const distances: readonly number[] = [
  1, 4, 5, 6, 499, 500, 1_000, 1_279, 1_280, 1_281, 4_000, 32_000, 81_915, 81_920, 81_925, 180_000, 3_600_000,
  5_242_880, 5_242_885, 86_400_000, 335_544_315, 335_544_320, 700_000_000,
];

for (const startMs of [0, 3, 1_277, 123_456_789]) {
  test(`a timer fires once, not early and at most one tick late, at every distance (from ${startMs})`, () => {
    for (const [kind, afterMs] of distances.entries()) {
      const wheel = new TimerWheel({ startMs, tickMs: 5 });
      const owner = new Recorder(wheel);
      wheel.arm(afterMs, owner, kind);
      runTo(wheel, startMs + afterMs + 10_000);
      assert.equal(owner.fired.length, 1, `after ${afterMs}`);
      const fired = owner.fired[0]!;
      assert.equal(fired.kind, kind);
      assert.ok(fired.atMs >= startMs + afterMs, `after ${afterMs}: early, at ${fired.atMs}`);
      assert.ok(fired.atMs < startMs + afterMs + 5, `after ${afterMs}: late, at ${fired.atMs}`);
      assert.equal(wheel.armedCount, 0);
    }
  });
}

test('nextDueMs wakes the driver a handful of times for a timer one hour off, not once a tick', () => {
  const wheel = new TimerWheel({ tickMs: 5 });
  wheel.arm(3_600_000, new Recorder(wheel), 1);
  assert.ok(runTo(wheel, 3_600_000) <= 4);
});

test('nextDueMs is Infinity with nothing armed, and never before now', () => {
  const wheel = new TimerWheel({ startMs: 777 });
  assert.equal(wheel.nextDueMs(), Infinity);
  const id = wheel.arm(0, new Recorder(wheel), 1);
  assert.ok(wheel.nextDueMs() > 777);
  wheel.disarm(id);
  assert.equal(wheel.nextDueMs(), Infinity);
});

test('timers of one tick fire in the order in which they were armed', () => {
  const wheel = new TimerWheel();
  const owner = new Recorder(wheel);
  for (let kind = 0; kind < 5; kind++) wheel.arm(500, owner, kind);
  wheel.advance(500);
  assert.deepEqual(
    owner.fired.map((timer) => timer.kind),
    [0, 1, 2, 3, 4],
  );
});

test('a disarmed timer does not fire; disarming 0, twice, or after it fired is harmless', () => {
  const wheel = new TimerWheel();
  const owner = new Recorder(wheel);
  const first = wheel.arm(100, owner, 1);
  const second = wheel.arm(100, owner, 2);
  wheel.disarm(first);
  wheel.disarm(first);
  wheel.disarm(0);
  wheel.advance(100);
  assert.deepEqual(
    owner.fired.map((timer) => timer.kind),
    [2],
  );
  wheel.disarm(second);
  assert.equal(wheel.armedCount, 0);
});

test('a stale id never disarms the timer that took its place', () => {
  const wheel = new TimerWheel({ capacity: 1 });
  const owner = new Recorder(wheel);
  const stale: number[] = [];
  for (let round = 0; round < 5_000; round++) {
    const id = wheel.arm(10, owner, 1);
    stale.push(id);
    wheel.disarm(id);
  }
  wheel.arm(10, owner, 2);
  for (const id of stale) wheel.disarm(id);
  wheel.advance(10);
  assert.deepEqual(
    owner.fired.map((timer) => timer.kind),
    [2],
  );
});

test('an owner may disarm a neighbour of the same tick and arm again from inside onTimer', () => {
  const wheel = new TimerWheel();
  const log: string[] = [];
  let neighbour = 0;
  const owner: TimerOwner = {
    onTimer(kind) {
      log.push(`${kind}@${wheel.nowMs()}`);
      if (kind === 1) {
        wheel.disarm(neighbour);
        wheel.arm(0, owner, 3);
      }
    },
  };
  wheel.arm(10, owner, 1);
  neighbour = wheel.arm(10, owner, 2);
  wheel.advance(10);
  assert.deepEqual(log, ['1@10'], 'a timer of 0 ms waits for the next tick');
  wheel.advance(15);
  assert.deepEqual(log, ['1@10', '3@15']);
});

test('after an owner threw, the rest of its tick fires on the next advance', () => {
  const wheel = new TimerWheel();
  const owner = new Recorder(wheel);
  wheel.arm(10, { onTimer: () => assert.fail('thrown by an owner') }, 1);
  wheel.arm(10, owner, 2);
  wheel.arm(20, owner, 3);
  assert.throws(() => wheel.advance(30), /thrown by an owner/);
  wheel.advance(30);
  assert.deepEqual(
    owner.fired.map((timer) => timer.kind),
    [2, 3],
  );
});

test('time that goes back is ignored', () => {
  const wheel = new TimerWheel({ startMs: 1_000 });
  wheel.advance(400);
  assert.equal(wheel.nowMs(), 1_000);
});

test('twenty thousand timers, armed, disarmed and fired at random, agree with a plain list', () => {
  let seed = 42;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const wheel = new TimerWheel({ capacity: 16 });
  const due = new Map<number, { dueMs: number; id: number }>();
  let nowMs = 0;
  let fired = 0;
  const owner: TimerOwner = {
    onTimer(kind) {
      const timer = due.get(kind);
      assert.ok(timer, `timer ${kind} fired twice or after disarm`);
      assert.ok(timer.dueMs <= nowMs, `timer ${kind} early`);
      due.delete(kind);
      fired++;
    },
  };
  for (let kind = 0; kind < 20_000; kind++) {
    const afterMs = random(10) === 0 ? random(400_000) : random(5_000);
    due.set(kind, { dueMs: nowMs + afterMs, id: wheel.arm(afterMs, owner, kind) });
    if (random(3) === 0) {
      const victim = random(kind + 1);
      const timer = due.get(victim);
      if (timer) wheel.disarm(timer.id);
      due.delete(victim);
    }
    if (random(4) === 0) {
      nowMs += random(100);
      wheel.advance(nowMs);
      for (const timer of due.values()) assert.ok(timer.dueMs > nowMs - 5, 'a timer was left behind');
    }
    assert.equal(wheel.armedCount, due.size);
  }
  nowMs += 500_000;
  wheel.advance(nowMs);
  assert.equal(due.size, 0);
  assert.ok(fired > 10_000);
});
