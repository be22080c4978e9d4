import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputQueue } from './input-queue.ts';

function scene(options: { maxAgeMs?: number; maxLength?: number } = {}) {
  const time = { nowMs: 0, readings: 0 };
  const queue = new InputQueue<string>({
    nowMs: () => {
      time.readings++;
      return time.nowMs;
    },
    ...options,
  });
  return { time, queue };
}

test('what came first is taken first, and what was put before it before it', () => {
  const { queue } = scene();
  for (const input of ['a', 'b', 'c']) queue.push(input);
  queue.unshift('first');
  assert.deepEqual(queue.take(2), ['first', 'a']);
  assert.deepEqual(queue.take(9), ['b', 'c']);
  assert.deepEqual(queue.take(9), []);
});

test('the wait is that of the oldest, also of what a turn has left; the time is read once per batch', () => {
  const { time, queue } = scene();
  assert.equal(queue.waitedMs(100), 0);
  time.nowMs = 10;
  for (const input of ['a', 'b', 'c']) queue.push(input);
  time.nowMs = 30;
  queue.push('d');
  assert.equal(queue.waitedMs(40), 30);
  queue.take(2);
  time.nowMs = 50;
  queue.push('e');
  assert.equal(queue.waitedMs(60), 50, 'c came at 10');
  queue.take(2);
  assert.equal(queue.waitedMs(60), 10, 'e came at 50');
  assert.equal(time.readings, 2);
  queue.take(1);
  assert.equal(queue.waitedMs(99), 0);
});

test('RFC 6357 §5.2: the queue is full by age or by length, and after a pause that was ours its age begins anew', () => {
  const { time, queue } = scene({ maxAgeMs: 100, maxLength: 3 });
  queue.push('a');
  assert.equal(queue.isFull(100), false);
  assert.equal(queue.isFull(101), true);
  time.nowMs = 500;
  queue.restamp();
  assert.deepEqual([queue.isFull(500), queue.waitedMs(510)], [false, 10]);
  for (const input of ['b', 'c']) queue.push(input);
  assert.equal(queue.isFull(500), true);
  queue.clear();
  assert.deepEqual([queue.isFull(9_999), queue.length], [false, 0]);
});
