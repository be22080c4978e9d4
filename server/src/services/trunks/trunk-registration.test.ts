import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  idleRegistration,
  type RegistrationInput,
  type RegistrationState,
  stepRegistration,
} from './trunk-registration.ts';

const settings = { expiresSec: 600, hasCredentials: true };
const answer = (status: number, more = {}): RegistrationInput => ({ kind: 'answer', status, reason: 'R', ...more });

/** Feeds inputs at given seconds; what was sent, and the last state. */
function run(inputs: readonly (readonly [sec: number, input: RegistrationInput])[], with_ = settings, chance = 0) {
  let state: RegistrationState = idleRegistration(with_);
  const sent: string[] = [];
  for (const [sec, input] of inputs) {
    const step = stepRegistration(state, input, { settings: with_, nowMs: sec * 1_000, chance });
    state = step.state;
    if (step.send !== undefined)
      sent.push(`${sec}: ${step.send.expiresSec}${step.send.withCredentials ? ' with credentials' : ''}`);
  }
  return { sent, phase: state.phase, dueSec: state.dueAtMs / 1_000, trouble: state.trouble, state };
}
const start = [0, { kind: 'start' }] as const;
const due = { kind: 'due' } as const;

test('RFC 3261 §10.2: challenged, registered, refreshed a minute before the end', () => {
  const { sent, phase, dueSec } = run([
    start,
    [0, answer(401)],
    [1, answer(200, { expiresSec: 300 })],
    [240, due],
    [241, due],
  ]);
  assert.deepEqual(sent, ['0: 600', '0: 600 with credentials', '241: 600']);
  assert.deepEqual([phase, dueSec], ['trying', Infinity]);
});

test('a short time is refreshed at its half', () => {
  assert.equal(run([start, [0, answer(200, { expiresSec: 60 })]]).dueSec, 30);
});

test('provisional answers change nothing', () => {
  const { phase, sent } = run([start, [0, answer(100)]]);
  assert.deepEqual([phase, sent.length], ['trying', 1]);
});

test('credentials that are refused are not tried again at once; a stale nonce is', () => {
  const refused = run([start, [0, answer(401)], [0, answer(401)]]);
  assert.deepEqual([refused.phase, refused.sent.length], ['waiting', 2]);
  assert.match(refused.trouble, /401 R: username or password refused/);
  assert.equal(run([start, [0, answer(401)], [0, answer(401, { stale: true })]]).sent.length, 3);
});

test('a challenge without credentials set says so', () => {
  assert.match(run([start, [0, answer(407)]], { ...settings, hasCredentials: false }).trouble, /none are set/);
});

test('RFC 3261 §10.2.8: 423 raises the time once; a minimum that is no higher is a failure', () => {
  assert.deepEqual(run([start, [0, answer(423, { minExpiresSec: 900 })]]).sent, ['0: 600', '0: 900']);
  assert.equal(run([start, [0, answer(423, { minExpiresSec: 600 })]]).phase, 'waiting');
});

test('RFC 5626 §4.5: waits double from 30 s to 30 min, spread over their upper half', () => {
  const waits = (chance: number) => {
    let state = idleRegistration(settings);
    const context = { settings, chance };
    const seen: number[] = [];
    for (let i = 0, nowMs = 0; i < 8; i++, nowMs = state.dueAtMs) {
      state = stepRegistration(state, i === 0 ? { kind: 'start' } : due, { ...context, nowMs }).state;
      state = stepRegistration(state, { kind: 'no-answer', why: 'timeout' }, { ...context, nowMs }).state;
      seen.push((state.dueAtMs - nowMs) / 1_000);
    }
    return seen;
  };
  assert.deepEqual(waits(0), [15, 30, 60, 120, 240, 480, 900, 900]);
  assert.deepEqual(waits(0.5), [22.5, 45, 90, 180, 360, 720, 1350, 1350]);
});

test('Retry-After is kept, and success forgets the failures', () => {
  const { dueSec } = run([start, [0, answer(503, { retryAfterSec: 300 })]]);
  assert.equal(dueSec, 300);
  const { state } = run([start, [0, answer(503)], [15, due], [15, answer(200)]]);
  assert.deepEqual([state.failures, state.trouble, state.phase], [0, '', 'registered']);
});

test('stopping unregisters only what is registered; late answers are ignored', () => {
  assert.deepEqual(run([start, [0, { kind: 'stop' }]]).sent, ['0: 600']);
  const { sent, phase } = run([start, [0, answer(200)], [9, { kind: 'stop' }], [9, answer(401)]]);
  assert.deepEqual([sent, phase], [['0: 600', '9: 0 with credentials'], 'idle']);
});
