/** Offers that come late: INVITE and re-INVITE without a description (RFC 3261 §13.2.1, §14.1; RFC 6337 §2.3, §2.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionBody } from '@ringdown/sip';
import { connectedPhones, labelOf, textBody, textOf, twoPhones } from '@ringdown/testkit';

const said = (body: SessionBody | null | undefined): string | null =>
  body === null || body === undefined ? null : String.fromCharCode(...body.bytes);

test('an INVITE without an offer: the 200 has it, the ACK the answer', () => {
  const { a, b, clock } = twoPhones();
  b.says.answer = 'offer of b';
  a.says.late = 'answer of a';
  a.call(b, { body: null });
  clock.advance(500);
  assert.deepEqual(b.seen, ['acknowledged answer of a']);
  assert.deepEqual([said(a.session?.localBody), said(a.session?.remoteBody)], ['answer of a', 'offer of b']);
  assert.deepEqual([said(b.session?.localBody), said(b.session?.remoteBody)], ['offer of b', 'answer of a']);
});

test('a user that must think before it answers: the 200 comes again meanwhile, the ACK goes when it is ready', () => {
  const { a, b, clock, network } = twoPhones();
  a.onAnswer = (session) => network.later(2000, () => session.ack(textBody('thought over')));
  a.call(b, { body: null });
  clock.advance(10_000);
  assert.deepEqual(network.trace.timesOf('b', '200').length, 3);
  assert.equal(network.trace.timesOf('a', 'ACK').length, 1);
  assert.deepEqual(b.seen, ['acknowledged thought over']);
});

test('a lost ACK with the answer is sent again with it', () => {
  const { a, b, clock, network } = twoPhones();
  let lost = 0;
  network.filter = (from, _to, bytes) => {
    const isAck = from === 'a' && String.fromCharCode(...bytes.subarray(0, 3)) === 'ACK';
    if (isAck) lost += 1;
    return !isAck || lost > 2;
  };
  a.call(b, { body: null });
  clock.advance(10_000);
  assert.deepEqual(b.seen, ['acknowledged late answer']);
});

test('a re-INVITE without an offer, from either side', () => {
  for (const [who, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const scene = connectedPhones();
    const [asker, asked] = [scene[who], scene[other]];
    asker.session?.reinvite(null);
    scene.clock.advance(500);
    assert.deepEqual(asked.seen.slice(-2), ['reoffer INVITE', 'reoffer-ack late answer']);
    assert.deepEqual([said(asker.session?.localBody), said(asker.session?.remoteBody)], ['late answer', 'changed']);
    assert.deepEqual([said(asked.session?.localBody), said(asked.session?.remoteBody)], ['changed', 'late answer']);
  }
});

test('while the answer to an offer in a 200 is awaited no other offer is taken or made', () => {
  const updates = { headers: [['Allow', 'INVITE, UPDATE']] } as const;
  const { a, b, clock, network } = connectedPhones({ a: updates, b: updates });
  a.onReofferAccepted = () => {};
  a.session?.reinvite(null);
  clock.advance(100);
  assert.equal(b.session?.update(textBody('meanwhile')), false);
  assert.equal(b.session?.reinvite(textBody('meanwhile')), false);
  assert.equal(a.session?.update(textBody('meanwhile')), false);
  a.session?.ack(textBody('at last'));
  clock.advance(100);
  assert.equal(b.seen.at(-1), 'reoffer-ack at last');
  assert.equal(b.session?.update(textBody('now')), true);
  clock.advance(100);
  assert.equal(a.seen.at(-1), 'reoffer UPDATE now');
  assert.equal(network.trace.sent('b').filter((entry) => labelOf(entry) === '491').length, 0);
});

test('an asked-for offer that is refused leaves the session as it was', () => {
  const { a, b, clock } = connectedPhones();
  b.onChange = (session) => void session.refuseReoffer(488);
  const before = said(a.session?.remoteBody);
  a.session?.reinvite(null);
  clock.advance(500);
  assert.equal(a.seen.at(-1), 'reoffer-refused 488');
  assert.equal(said(a.session?.remoteBody), before);
});

test('an ACK without the answer that it owes confirms the session all the same; what to do is the user’s matter', () => {
  const { a, b, clock, network } = twoPhones();
  a.onAnswer = (session) => void session.ack(null);
  a.call(b, { body: null });
  clock.advance(500);
  assert.deepEqual(b.seen, ['acknowledged']);
  assert.equal(b.session?.phase, 'confirmed');
  const ack = network.trace.sent('a').find((entry) => labelOf(entry) === 'ACK');
  assert.ok(ack !== undefined && textOf(ack).includes('Content-Length: 0'));
});
