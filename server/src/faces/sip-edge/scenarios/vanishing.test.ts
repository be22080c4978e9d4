/** A side that is gone without a word: silence (RTP and RTCP), session timers (RFC 4028), 481 (RFC 5057), an ACK that never comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callScene } from './call-scene.test.ts';

test('nothing is heard from a party for too long: both are hung up, and the cause says who was silent', async () => {
  const calls = (await callScene({ mediaTimeoutMs: 30_000 })).up();
  const { ada, bob } = calls;
  const talker = calls.talk(ada);
  calls.advance(29_000);
  assert.equal(calls.call.phase, 'up');
  calls.advance(2_000);
  talker.pause();
  assert.deepEqual([ada.take(), bob.take()], [['over hung-up'], ['over hung-up']]);
  assert.equal(ada.end?.reasonHeader, 'Q.850;cause=31;text="media-timeout"');
  const [cause] = calls.assertOver();
  assert.deepEqual(
    [cause?.code, cause?.fault, cause?.detail],
    ['media-timeout', 'callee', 'nothing heard from 101 for 30 s'],
  );
});

test('silence on hold is no end, and silence after it is', async () => {
  const calls = (await callScene({ mediaTimeoutMs: 30_000 })).up();
  const { ada } = calls;
  ada.direction = 'sendonly';
  ada.change();
  calls.advance(300_000);
  assert.equal(calls.call.phase, 'up');
  ada.direction = 'sendrecv';
  ada.change();
  calls.advance(31_000);
  assert.equal(calls.assertOver()[0]?.code, 'media-timeout');
});

test('a device that only rang says nothing, and that ends no call', async () => {
  const calls = await callScene({ mediaTimeoutMs: 30_000, devices: 3 });
  const { ada, bob } = calls;
  ada.call('101');
  calls.advance();
  bob.accept();
  calls.advance();
  assert.deepEqual(
    calls.takeCommands().filter((verb) => verb === 'removeStream'),
    ['removeStream', 'removeStream'],
    'its ports are given back at once',
  );
  const talkers = [calls.talk(ada), calls.talk(bob)];
  calls.advance(120_000);
  assert.equal(calls.call.phase, 'up');
  for (const talker of talkers) talker.pause();
  ada.session?.end();
  calls.assertOver();
});

for (const who of ['caller', 'callee'] as const) {
  test(`RFC 4028 §10: the ${who} is gone: the session timer finds out, and the other side is hung up`, async () => {
    const calls = (await callScene()).up();
    const { ada, bob, made } = calls;
    const [gone, left] = who === 'caller' ? [ada, bob] : [bob, ada];
    made.network.link(gone.host, made.layerHost, { up: false });
    calls.advance(1_800_000);
    assert.ok(left.take().includes('over hung-up'), 'within the interval that was agreed on');
    assert.equal(calls.engine.size, 0);
    made.network.link(gone.host, made.layerHost, { up: true });
    gone.session?.end();
    const [cause] = calls.assertOver();
    assert.match(cause?.code ?? '', /^(session-expired|dialog-gone)$/);
  });
}

test('RFC 4028: refreshes keep a call up for hours, and nobody but the two ends of each leg hears of them', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const before = [ada.heard.length, bob.heard.length];
  calls.advance(4 * 3_600_000);
  assert.equal(calls.call.phase, 'up');
  assert.deepEqual([ada.take(), bob.take()], [[], []]);
  assert.deepEqual([ada.heard.length, bob.heard.length], before);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('RFC 5057 §5.1: a phone that has forgotten the call says 481 to a change: the call is over on both sides', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  bob.onChange = (session) => session.refuseReoffer(481);
  ada.direction = 'sendonly';
  ada.change();
  calls.advance(1000);
  assert.ok(ada.take().includes('over hung-up'));
  assert.equal(calls.assertOver()[0]?.code, 'dialog-gone');
});

test('RFC 3261 §13.3.1.4: the ACK never comes: after 32 s both sides are hung up', async () => {
  const calls = await callScene();
  const { ada, bob, made } = calls;
  made.network.filter = (from, _to, bytes) =>
    !(from === ada.address && new TextDecoder().decode(bytes).startsWith('ACK'));
  ada.call('101');
  calls.advance();
  bob.accept();
  calls.advance(33_000);
  assert.ok(ada.take().includes('over hung-up') && bob.take().includes('over hung-up'));
  assert.equal(calls.assertOver()[0]?.code, 'no-ack');
});

test('RFC 3261 §13.2.1: a phone that is heard by nobody, and so gets no CANCEL, stops ringing soon after the caller was told', async () => {
  const calls = await callScene();
  const { ada, bob, made } = calls;
  made.network.oneWay(bob.host, made.layerHost, { up: false });
  ada.call('101');
  calls.advance(30_500);
  assert.deepEqual([ada.end?.status, bob.session?.phase], [480, 'ringing']);
  calls.advance(2_000);
  assert.deepEqual([bob.end?.why, bob.end?.status], ['cancelled', 487]);
  calls.assertOver();
  assert.deepEqual(made.network.trace.timesOf('edge', 'CANCEL'), []);
});
