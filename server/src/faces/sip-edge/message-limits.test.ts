/** How many messages one sender may send, in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrunkId, UserId } from '#base/ids';
import { MessageLimits } from './message-limits.ts';

const user = (id: string) => ({ kind: 'user', userId: id as UserId }) as const;

test('a minute’s worth at once, then one after the other as time passes', () => {
  const limits = new MessageLimits(60);
  const taken = Array.from({ length: 61 }, () => limits.take('t', user('u'), 0));
  assert.deepEqual([taken.filter((wait) => wait === null).length, taken.at(-1)], [60, 1]);
  assert.equal(limits.take('t', user('u'), 900), 1, 'asking does not make it longer');
  assert.equal(limits.take('t', user('u'), 1_000), null);
  assert.equal(limits.take('t', user('u'), 1_000), 1);
  assert.equal(
    Array.from({ length: 61 }, () => limits.take('t', user('u'), 500_000)).filter((wait) => wait === null).length,
    60,
  );
});

test('each sender by itself: users, tenants, trunks; few a minute wait longer; 0 is no limit', () => {
  const limits = new MessageLimits(1);
  assert.equal(limits.take('t', user('u'), 0), null);
  assert.equal(limits.take('t', user('u'), 0), 60);
  assert.equal(limits.take('t', user('v'), 0), null);
  assert.equal(limits.take('other', user('u'), 0), null);
  assert.equal(limits.take('t', { kind: 'trunk', trunkId: 'u' as TrunkId }, 0), null);
  const none = new MessageLimits(0);
  assert.ok(Array.from({ length: 1_000 }, () => none.take('t', user('u'), 0)).every((wait) => wait === null));
});

test('senders are forgotten, the oldest first, before they fill the memory', () => {
  const limits = new MessageLimits(1);
  for (let at = 0; at <= 10_000; at += 1) limits.take('t', user(`u${at}`), 0);
  assert.equal(limits.take('t', user('u0'), 0), null, 'forgotten');
  assert.equal(limits.take('t', user('u10000'), 0), 60);
});
