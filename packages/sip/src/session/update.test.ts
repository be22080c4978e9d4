/** UPDATE in a running session, both ways (RFC 3311). UPDATE in an early dialog is in forks.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectedPhones, textBody } from '@ringdown/testkit';

const updates = { headers: [['Allow', 'INVITE, ACK, BYE, UPDATE']] } as const;

test('RFC 3311 §5: an offer in an UPDATE is answered in its 200, from either side, without an ACK', () => {
  for (const [who, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const scene = connectedPhones({ a: updates, b: updates });
    scene.network.trace.clear();
    assert.equal(scene[who].session?.update(textBody('hold')), true);
    scene.clock.advance(1000);
    assert.equal(scene[other].seen.at(-1), 'reoffer UPDATE hold');
    assert.equal(scene[who].seen.at(-1), 'reoffer-accepted changed');
    assert.deepEqual(scene.network.trace.flow(), [`${who}>${other} UPDATE`, `${other}>${who} 200`]);
  }
});

test('RFC 3311 §5.1: only where the peer allows it', () => {
  const { a, b } = connectedPhones({ b: updates });
  assert.equal(a.session?.update(null), true);
  assert.equal(b.session?.update(null), false);
});

test('an UPDATE without a body is answered here', () => {
  const { a, b, clock } = connectedPhones({ a: updates, b: updates });
  a.session?.update(null);
  clock.advance(100);
  assert.deepEqual(b.seen, ['acknowledged']);
  assert.equal(a.seen.at(-1), 'reoffer-accepted');
});

test('an UPDATE that says what was said before is answered here with what we said', () => {
  const { a, b, clock } = connectedPhones({ a: updates, b: updates });
  a.session?.update(textBody('offer'));
  clock.advance(100);
  assert.deepEqual(b.seen, ['acknowledged']);
  assert.equal(a.seen.at(-1), 'reoffer-accepted answer');
});

test('RFC 3311 §5.2: refused, it leaves all as it was; the next may follow', () => {
  const { a, b, clock } = connectedPhones({ a: updates, b: updates });
  b.onChange = (session) => void session.refuseReoffer(504);
  a.session?.update(textBody('video'));
  clock.advance(100);
  assert.equal(a.seen.at(-1), 'reoffer-refused 504');
  b.onChange = (session) => void session.acceptReoffer(textBody('fine'));
  assert.equal(a.session?.update(textBody('hold')), true);
  clock.advance(100);
  assert.equal(a.seen.at(-1), 'reoffer-accepted fine');
});

test('an UPDATE that nobody answers ends the session', () => {
  const { a, b, clock, network } = connectedPhones({ a: updates, b: updates });
  network.oneWay(a.host, b.host, { up: false });
  a.session?.update(textBody('hold'));
  clock.advance(70_000);
  assert.equal(a.end?.why, 'gone');
});
