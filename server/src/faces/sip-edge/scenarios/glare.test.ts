/** Changes that meet (RFC 3261 §14.1, §14.2): refused with 491, tried again after a pause, and at the end both have happened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '@ringdown/sip';
import { bodyOf, sdpOf } from '../edge-scene.test.ts';
import { type CallScene, callScene } from './call-scene.test.ts';
import type { Phone } from './phone.test.ts';

/** As RFC 3261 §14.1 asks: again after a pause, for as long as it takes. */
function persistent(calls: CallScene, one: Phone, pauseMs: number): void {
  const before = one.onReofferRefused.bind(one);
  one.onReofferRefused = (session: Session, status: number) => {
    before(session, status);
    if (status === 491) calls.made.network.later(pauseMs, () => one.session?.phase === 'confirmed' && one.change());
  };
}

test('RFC 3261 §14.1: both sides change at once: both are told 491, both try again, both changes come through', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  persistent(calls, ada, 3000);
  persistent(calls, bob, 1000);
  ada.direction = 'sendonly';
  bob.port = 4900;
  ada.change();
  bob.change();
  calls.advance(20_000);
  assert.equal(ada.outcomes.at(-1), 200);
  assert.equal(bob.outcomes.at(-1), 200);
  calls.assertAgreed();
  assert.deepEqual([calls.call.legs[0]?.held, calls.call.legs[1]?.media.remote?.media[0]?.port], [true, 4900]);
  ada.session?.end();
  calls.assertOver();
});

test('a change that comes while one is on its way across is told 491, and does not harm that one', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  let waiting: Session | undefined;
  bob.onChange = (session) => {
    waiting = session;
  };
  ada.direction = 'sendonly';
  ada.change();
  calls.advance();
  const finals: (number | undefined)[] = [];
  ada.session?.request('UPDATE', {
    headers: [['Contact', `<sip:${ada.address}>`]],
    body: bodyOf(sdpOf(4444)),
    onFinal: (response) => void finals.push(response?.status),
  });
  calls.advance(500);
  assert.deepEqual(finals, [500], 'RFC 3311 §5.2: the offer before has no answer yet');
  assert.ok(waiting);
  bob.acceptChange(waiting);
  calls.advance(10_000);
  assert.equal(ada.outcomes.at(-1), 200);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('a phone that wants a change while ours waits out its 491 is refused, and ours still comes through', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  let refusals = 1;
  bob.onChange = (session) => {
    if (refusals-- > 0) session.refuseReoffer(491);
    else bob.acceptChange(session);
  };
  ada.direction = 'sendonly';
  ada.change();
  calls.advance(500);
  assert.deepEqual([ada.outcomes, bob.take()], [[], ['reoffer INVITE']]);
  bob.port = 4900;
  bob.change();
  calls.advance(20_000);
  assert.deepEqual(ada.outcomes, [200]);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('the far side never has time: after the second 491 the wisher is told so, and nothing has changed', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  bob.onChange = (session) => session.refuseReoffer(491);
  const { agreed } = bob;
  ada.direction = 'sendonly';
  ada.change();
  calls.advance(40_000);
  assert.deepEqual(ada.outcomes.at(-1), 491);
  assert.deepEqual(bob.agreed, agreed);
  calls.assertAgreed();
  bob.session?.end();
  calls.assertOver();
});

test('a change and a hang-up from the other side cross: the change is answered, the call is over', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  ada.direction = 'sendonly';
  ada.change();
  bob.session?.end();
  calls.advance(1000);
  assert.deepEqual(bob.take(), ['over hung-up']);
  assert.ok(ada.take().includes('over hung-up'));
  assert.equal(calls.assertOver()[0]?.code, 'normal-clearing');
});

test('RFC 3261 §9.2, RFC 6141 §3.1: a change that is taken back is taken back on the far side too, and all stands as before', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const { agreed } = bob;
  bob.onChange = () => undefined;
  ada.direction = 'sendonly';
  ada.change();
  calls.advance();
  assert.ok(ada.session?.cancelReinvite());
  calls.advance(1000);
  assert.deepEqual([ada.outcomes, bob.take()], [[487], ['reoffer INVITE', 'reoffer-cancelled']]);
  assert.deepEqual(bob.agreed, agreed);
  ada.direction = 'sendrecv';
  bob.onChange = (session) => bob.acceptChange(session);
  ada.change();
  calls.advance(1000);
  assert.deepEqual(ada.outcomes, [487, 200]);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('the CANCEL of a change crosses the far side’s answer: what that has agreed to is undone by an offer of what stands', async () => {
  for (const asks of [false, true]) {
    const calls = (await callScene()).up();
    const { ada, bob, made } = calls;
    made.network.oneWay(bob.host, made.layerHost, { delayMs: 600 });
    if (!asks) ada.direction = 'sendonly';
    ada.change(asks ? null : ada.offerLines());
    calls.advance(300);
    ada.session?.cancelReinvite();
    ada.direction = 'sendrecv';
    calls.advance(200);
    assert.deepEqual(ada.outcomes, [487]);
    calls.advance(5000);
    assert.deepEqual(bob.take(), ['reoffer INVITE', asks ? 'acknowledged' : 'reoffer INVITE']);
    calls.assertAgreed();
    ada.session?.end();
    calls.assertOver();
  }
});
