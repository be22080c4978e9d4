import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallId, LegId } from '#base/ids';
import { MessageRing } from './message-ring.ts';
import type { TraceEntry } from './trace-entry.ts';
import { callId, entriesOf, flowTo, legA, legB } from './trace-scene.test.ts';

const a = flowTo('192.0.2.10', 5062);
const roomy = { dialogMessages: 100, dialogBytes: 1e6, totalMessages: 1000, totalBytes: 1e7 };

function entry(n: number, sipCallId: string, start = 'OPTIONS 102', from = '101'): TraceEntry {
  const [made] = entriesOf([['<', n, a, { start, sipCallId, from }]]);
  assert.ok(made);
  return { ...made, n };
}

const numbers = (call: { entries: readonly TraceEntry[] } | undefined) => call?.entries.map(({ n }) => n);

test('the legs of a call are found together, by call id or by either Call-ID, in the order of arrival', () => {
  const ring = new MessageRing(roomy);
  ring.add(entry(1, 'one'));
  ring.bind('one', callId, legA);
  ring.bind('two', callId, legB);
  ring.add(entry(2, 'two'));
  ring.add(entry(3, 'one'));
  ring.add(entry(4, 'other'));
  for (const found of [ring.byCall(callId), ring.byDialog('one'), ring.byDialog('two')]) {
    assert.deepEqual(numbers(found), [1, 2, 3]);
    assert.deepEqual(found?.legs.map(({ legId }) => legId).sort(), [legA, legB]);
    assert.equal(found?.callId, callId);
  }
  assert.deepEqual(numbers(ring.byDialog('other')), [4]);
  assert.equal(ring.byDialog('none'), undefined);
});

test('an extension means its last INVITE, from or to it; without one its last REGISTER', () => {
  const ring = new MessageRing(roomy);
  ring.add(entry(1, 'register-old', 'REGISTER', '101'));
  ring.add(entry(2, 'first', 'INVITE 102', '101'));
  ring.add(entry(3, 'last', 'INVITE 102', '104'));
  ring.add(entry(4, 'register', 'REGISTER', '101'));
  ring.add(entry(5, 'only-register', 'REGISTER', '105'));
  ring.add(entry(6, 'ask', 'OPTIONS 102', '106'));
  const cases = { '101': [2], '102': [3], '104': [3], '105': [5] };
  for (const [user, wanted] of Object.entries(cases)) assert.deepEqual(numbers(ring.byName(user)), wanted, user);
  for (const user of ['106', '10', '']) assert.equal(ring.byName(user), undefined, user);
});

test('a dialog above its limit keeps its beginning and its end, and says how much is missing', () => {
  const ring = new MessageRing({ ...roomy, dialogMessages: 8 });
  for (let n = 1; n <= 20; n++) ring.add(entry(n, 'one'));
  const found = ring.byDialog('one');
  assert.deepEqual(numbers(found), [1, 2, 15, 16, 17, 18, 19, 20]);
  assert.equal(found?.dropped, 12);
  assert.equal(ring.counts.messages, 8);
});

test('the limit in octets holds for a dialog, down to a single message', () => {
  const size = entry(1, 'one').bytes.length + 300;
  const ring = new MessageRing({ ...roomy, dialogBytes: size * 4 + 300 });
  for (let n = 1; n <= 9; n++) ring.add(entry(n, 'one'));
  assert.equal(ring.counts.messages, 4);
  const tiny = new MessageRing({ ...roomy, dialogBytes: 1 });
  for (let n = 1; n <= 3; n++) tiny.add(entry(n, 'one'));
  assert.deepEqual(tiny.counts.messages, 1);
});

for (const [title, limits] of [
  ['messages', { ...roomy, totalMessages: 10 }],
  ['octets', { ...roomy, totalBytes: 10 * (entry(1, 'd1').bytes.length + 300) + 5 * 300 }],
] as const) {
  test(`above all ${title} the dialog that was silent longest goes, whole, and its binding with it`, () => {
    const ring = new MessageRing(limits);
    for (let d = 1; d <= 5; d++) {
      ring.bind(`d${d}`, `call_${d}` as CallId, `leg_${d}` as LegId);
      ring.add(entry(d * 10, `d${d}`));
      ring.add(entry(d * 10 + 1, `d${d}`));
    }
    assert.equal(ring.counts.evicted, 0);
    ring.add(entry(60, 'd1'));
    assert.equal(ring.byDialog('d2'), undefined);
    assert.equal(ring.byCall('call_2' as CallId), undefined);
    assert.deepEqual(numbers(ring.byCall('call_1' as CallId)), [10, 11, 60]);
    assert.equal(ring.counts.messages, 9);
  });
}

test('what is counted goes back to nothing but the last dialog', () => {
  const ring = new MessageRing({ ...roomy, totalMessages: 1 });
  for (let n = 1; n <= 50; n++) ring.add(entry(n, `d${n % 7}`));
  const { dialogs, messages, bytes } = ring.counts;
  assert.deepEqual([dialogs, messages, bytes], [1, 1, entry(50, 'd1').bytes.length + 600]);
});
