/** What the caller hears while devices ring: one source, and an answer that is never contradicted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callScene } from './call-scene.test.ts';

test('all devices of a user ring together: the first to answer wins, the others learn that it was answered elsewhere', async () => {
  const calls = await callScene({ devices: 3 });
  const { ada, devices } = calls;
  ada.call('101');
  calls.advance();
  assert.deepEqual(
    devices.map((one) => one.heard.map(({ by }) => by)),
    [['INVITE'], ['INVITE'], ['INVITE']],
  );
  assert.deepEqual(ada.take(), ['180'], 'one 180, however many ring');
  devices[1]?.accept();
  calls.advance();
  assert.deepEqual(
    devices.map((one) => one.take()),
    [['over cancelled 487'], ['acknowledged'], ['over cancelled 487']],
  );
  assert.equal(devices[0]?.end?.reasonHeader, 'SIP;cause=200;text="Call completed elsewhere"');
  calls.assertAgreed();
  devices[1]?.session?.end();
  const [cause] = calls.assertOver();
  assert.equal(cause?.code, 'normal-clearing');
  assert.deepEqual(
    calls.ended[0]?.legs.map((leg) => leg.cause?.code),
    ['normal-clearing', 'answered-elsewhere', 'normal-clearing', 'answered-elsewhere'],
  );
});

test('RFC 3261 §13.3.1.4: two devices answer at once: one has the call, the other is acknowledged and hung up', async () => {
  const calls = await callScene({ devices: 2 });
  const { ada, devices } = calls;
  ada.call('101');
  calls.advance();
  for (const one of devices) one.accept();
  calls.advance(1000);
  assert.deepEqual(
    devices.map((one) => one.take()),
    [['acknowledged'], ['acknowledged', 'over hung-up']],
  );
  assert.deepEqual(ada.take(), ['180', 'accepted']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('with several devices the caller hears its own ring-back, whatever sound one of them sends', async () => {
  const calls = await callScene({ devices: 2 });
  const { ada, devices } = calls;
  for (const one of devices) one.onCall = () => one.ring(183, true);
  ada.call('101');
  calls.advance();
  assert.deepEqual(
    ada.heard.map(({ by, sdp }) => [by, sdp]),
    [['183', null]],
  );
  devices[0]?.ring(180);
  calls.advance();
  assert.deepEqual(
    ada.heard.map(({ by, sdp }) => [by, sdp]),
    [
      ['183', null],
      ['180', null],
    ],
  );
  devices[1]?.accept();
  calls.advance();
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('the sound of the only device is heard before the answer, and the 200 says the same', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  bob.onCall = () => bob.ring(183, true);
  ada.call('101');
  calls.advance();
  assert.deepEqual([ada.take(), ada.shown], [['183'], [1, 'audio 0 101 sendrecv']]);
  assert.deepEqual(calls.takeCommands(), ['openSession', 'updateStream', 'updateStream', 'join']);
  bob.accept();
  calls.advance();
  assert.deepEqual([ada.take(), ada.shown], [['accepted'], [1, 'audio 0 101 sendrecv']]);
  calls.assertAgreed();
  const tags = new Set(ada.heard.map(({ tag }) => tag));
  assert.equal(tags.size, 1);
  bob.session?.end();
  calls.assertOver();
});

test('the answer is another than the sound before it: the caller keeps what it was shown, and is told anew after its ACK', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  for (const phone of calls.phones) phone.reliability = 'off';
  bob.codecs = ['PCMU'];
  bob.onCall = () => bob.ring(183, true);
  ada.call('101');
  calls.advance();
  bob.codecs = ['PCMA'];
  bob.accept();
  calls.advance(1000);
  assert.deepEqual(ada.take(), ['183', 'accepted', 'reoffer INVITE']);
  const shown = ada.heard.flatMap(({ by, sdp }) =>
    sdp === null ? [] : [`${by} ${sdp.origin.sessionVersion} ${sdp.media[0]?.formats.join(' ')}`],
  );
  assert.deepEqual(shown, ['183 1 0 101', '200 1 0 101', 'INVITE 2 8 101']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('the next device after one whose sound was heard is offered only what the caller was shown', async () => {
  const calls = await callScene({ devices: 2, q: [1, 0.5] });
  const { ada, devices } = calls;
  const [first, second] = devices;
  if (first) {
    first.codecs = ['PCMA'];
    first.onCall = () => first.ring(183, true);
  }
  ada.call('101');
  calls.advance();
  assert.equal(second?.invited, null);
  first?.session?.reject(486);
  calls.advance();
  assert.deepEqual(second?.shown, [1, 'audio 8 101 sendrecv']);
  second?.accept();
  calls.advance(1000);
  assert.deepEqual(ada.take(), ['183', 'accepted']);
  assert.deepEqual(ada.shown, [1, 'audio 8 101 sendrecv']);
  calls.assertAgreed();
  second?.session?.end();
  calls.assertOver();
});

test('nobody answers in time: every device is cancelled, the caller is told 480', async () => {
  const calls = await callScene({ devices: 2 });
  const { ada, devices } = calls;
  ada.call('101');
  calls.advance(31_000);
  assert.deepEqual(ada.take(), ['180', 'over rejected 480']);
  assert.deepEqual(
    devices.map((one) => one.take()),
    [['over cancelled 487'], ['over cancelled 487']],
  );
  const [cause] = calls.assertOver();
  assert.deepEqual([cause?.code, cause?.detail], ['no-answer', 'no answer within 30 s']);
});

test('busy is the answer only when every device is; a refusal by a person counts most', async () => {
  const calls = await callScene({ devices: 2 });
  const { ada, devices } = calls;
  ada.call('101');
  calls.advance();
  devices[0]?.session?.reject(486);
  calls.advance();
  assert.deepEqual(ada.take(), ['180']);
  devices[1]?.session?.reject(480);
  calls.advance();
  assert.deepEqual([ada.take(), ada.end?.reasonHeader], [['over rejected 486'], 'Q.850;cause=17;text="busy"']);
  assert.equal(calls.assertOver()[0]?.code, 'busy');
});

test('RFC 3261 §16.7: 603 speaks for the person, so the other devices stop ringing at once', async () => {
  const calls = await callScene({ devices: 3 });
  const { ada, devices } = calls;
  ada.call('101');
  calls.advance();
  devices[2]?.session?.reject(603);
  calls.advance();
  assert.deepEqual(ada.take(), ['180', 'over rejected 603']);
  assert.deepEqual(
    devices.map((one) => one.take()),
    [['over cancelled 487'], ['over cancelled 487'], ['over rejected 603']],
  );
  assert.equal(calls.assertOver()[0]?.code, 'declined');
});

test('RFC 3261 §9: the caller gives up while devices ring', async () => {
  const calls = await callScene({ devices: 2 });
  const { ada, devices } = calls;
  ada.call('101');
  calls.advance();
  ada.session?.end();
  calls.advance();
  assert.deepEqual(ada.take(), ['180', 'over cancelled 487']);
  assert.deepEqual(
    devices.map((one) => one.take()),
    [['over cancelled 487'], ['over cancelled 487']],
  );
  assert.deepEqual(calls.takeCommands(), ['openSession', 'closeSession']);
  assert.equal(calls.assertOver()[0]?.code, 'cancelled');
});

test('RFC 3261 §9.1: the CANCEL crosses the 200: the callee is acknowledged and hung up, the caller has its 487', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101');
  calls.advance();
  ada.session?.end();
  bob.accept();
  calls.advance();
  assert.deepEqual(ada.take(), ['180', 'over cancelled 487']);
  assert.deepEqual(bob.take(), ['acknowledged', 'over hung-up']);
  assert.equal(calls.assertOver()[0]?.code, 'cancelled');
});

test('RFC 3261 §15: both hang up at once', async () => {
  const calls = (await callScene()).up();
  calls.ada.session?.end();
  calls.bob.session?.end();
  calls.advance();
  assert.deepEqual([calls.ada.take(), calls.bob.take()], [['over hung-up'], ['over hung-up']]);
  assert.equal(calls.assertOver()[0]?.code, 'normal-clearing');
});
