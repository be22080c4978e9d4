import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleRegistration, type RegistrationNews, stepRegistration } from './trunk-registration.ts';

const after = (...news: readonly RegistrationNews[]) =>
  news.reduce((state, one, at) => stepRegistration(state, one, at * 1_000), idleRegistration);
const taken: RegistrationNews = { kind: 'taken', expiresSec: 300 };
const failed: RegistrationNews = { kind: 'failed', why: '503 Busy' };

test('what is taken is registered until it expires', () => {
  assert.deepEqual(after({ kind: 'trying' }, taken), { phase: 'registered', registeredUntilMs: 301_000, trouble: '' });
});

test('a refresh that fails leaves us registered for what is left, and says why', () => {
  assert.deepEqual(after(taken, { kind: 'trying' }, failed), {
    phase: 'waiting',
    registeredUntilMs: 300_000,
    trouble: '503 Busy',
  });
});

test('the trouble stands while it is tried again, and success ends it', () => {
  assert.equal(after(failed, { kind: 'trying' }).trouble, '503 Busy');
  assert.equal(after(failed, { kind: 'trying' }, taken).trouble, '');
});
