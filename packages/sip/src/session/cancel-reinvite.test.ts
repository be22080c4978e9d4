/** CANCEL of a re-INVITE (RFC 3261 §9, §14; RFC 6141 §3): the change is taken back, the session stands as it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectedPhones, phoneAndFar, respondAs, textBody } from '@ringdown/testkit';

/** `a` has asked for a change that `b` thinks about; 100 has come. */
function asked() {
  const scene = connectedPhones();
  scene.b.onChange = () => undefined;
  scene.a.session?.reinvite(textBody('hold'));
  scene.clock.advance(300);
  return scene;
}

test('RFC 3261 §9.2: the callee’s user is told, the re-INVITE is answered 487, and the next change goes through', () => {
  const { a, b, clock } = asked();
  assert.equal(a.session?.cancelReinvite(), true);
  assert.equal(a.session.cancelReinvite(), false, 'once');
  clock.advance(100);
  assert.deepEqual(b.seen.slice(1), ['reoffer INVITE hold', 'reoffer-cancelled']);
  assert.equal(a.seen.at(-1), 'reoffer-refused 487');
  assert.equal(b.session?.acceptReoffer(textBody('too late')), false);
  b.onChange = (session) => void session.acceptReoffer(textBody('fine'));
  assert.equal(b.session.reinvite(textBody('from b')), true);
  clock.advance(100);
  assert.equal(a.session.reinvite(textBody('again')), true);
  clock.advance(100);
  assert.equal(a.seen.at(-1), 'reoffer-accepted fine');
});

test('RFC 3261 §9.1: the 2xx crosses the CANCEL: the change has happened', () => {
  const { a, b, clock } = asked();
  a.session?.cancelReinvite();
  b.session?.acceptReoffer(textBody('fine'));
  clock.advance(100);
  assert.equal(a.seen.at(-1), 'reoffer-accepted fine');
  assert.deepEqual(b.seen.slice(1), ['reoffer INVITE hold']);
});

test('a change that waits out a 491 is taken back without a message', () => {
  const { a, b, clock, network } = connectedPhones();
  a.session?.reinvite(textBody('from a'));
  b.session?.reinvite(textBody('from b'));
  clock.advance(50);
  assert.equal(a.session?.cancelReinvite(), true);
  clock.advance(10_000);
  assert.ok(a.seen.includes('reoffer-refused 487'));
  assert.ok(!b.seen.includes('reoffer INVITE from a'));
  assert.equal(network.trace.timesOf('a', 'CANCEL').length, 0);
});

test('RFC 3261 §9.1: no final within 64*T1 after the CANCEL: the change is over, the session is not', () => {
  const { a, far, clock } = phoneAndFar();
  a.call(far.address);
  clock.advance(50);
  respondAs(far.requests[0] ?? assert.fail(), 200, 'one', { body: 'answer' });
  clock.advance(50);
  far.answerCancel = () => undefined;
  a.session?.reinvite(textBody('hold'));
  clock.advance(300);
  a.session?.cancelReinvite();
  clock.advance(40_000);
  assert.deepEqual([a.seen.at(-1), a.session?.phase], ['reoffer-refused 487', 'confirmed']);
});

test('an UPDATE cannot be taken back, nor what is not there', () => {
  const updates = { headers: [['Allow', 'INVITE, UPDATE']] } as const;
  const { a, b } = connectedPhones({ b: updates });
  b.onChange = () => undefined;
  assert.equal(a.session?.cancelReinvite(), false);
  a.session?.update(textBody('hold'));
  assert.equal(a.session?.cancelReinvite(), false);
});
