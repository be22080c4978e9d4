/** Calls whose media goes straight from phone to phone (docs/adr/0022): descriptions cross as they are, and no session is opened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatContent, formatSdp } from '@ringdown/sdp';
import type { UpdateDevice } from '#services/directory';
import { type CallScene, type CallSceneOptions, callScene } from './call-scene.test.ts';
import type { Phone } from './phone.test.ts';

const direct = { path: 'direct' } as const;

/** What one phone says is what the other was told, to the letter, but for the origin, which is ours. */
function assertStraight(calls: CallScene): void {
  const { ada, bob } = calls;
  for (const [one, other] of [
    [ada, bob],
    [bob, ada],
  ] as const) {
    assert.ok(one.agreed && other.agreed);
    assert.equal(formatContent(one.agreed.theirs), formatContent(other.agreed.ours));
    assert.match(formatSdp(one.agreed.theirs), /\r\no=ringdown \d+ \d+ IN IP4 192\.0\.2\.1\r\n/);
  }
  calls.assertAgreed();
  assert.deepEqual(calls.takeCommands(), [], 'the media engine has heard nothing');
  assert.equal(calls.call.media.state, 'direct');
}

/** Both talk to us. */
function assertRelayed(calls: CallScene): void {
  for (const one of [calls.ada, calls.bob])
    assert.match(formatSdp(one.agreed?.theirs ?? assert.fail()), /c=IN IP4 192\.0\.2\.1\r\n/, one.address);
  calls.assertAgreed();
  assert.equal(calls.call.media.state, 'open');
}

function hangUp(calls: CallScene): void {
  calls.ada.session?.end();
  assert.equal(calls.assertOver()[0]?.code, 'normal-clearing');
}

const odd = (one: Phone) => [
  `m=audio ${one.port} RTP/AVP 97 3 0 101`,
  'b=AS:80',
  'a=rtpmap:97 SPEEX/16000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=x-Odd:  Two  Blanks ',
  'a=sendrecv',
  `m=image ${one.port + 4} udptl t38`,
  'a=T38FaxVersion:0',
];

test('descriptions cross to the letter but for the origin, and no media session is opened', async () => {
  const calls = await callScene(direct);
  const { ada, bob } = calls;
  ada.offerLines = () => odd(ada);
  bob.makeAnswer = () => odd(bob);
  ada.call('101');
  calls.advance();
  bob.accept();
  calls.advance();
  assertStraight(calls);
  assert.equal(calls.media.engine.sessionCount, 0);
  hangUp(calls);
});

for (const who of ['caller', 'callee'] as const) {
  test(`RFC 3264 §8.4: the ${who} holds, by direction and by zeros, and resumes`, async () => {
    const calls = (await callScene(direct)).up();
    const [one, other] = who === 'caller' ? [calls.ada, calls.bob] : [calls.bob, calls.ada];
    const leg = () => calls.call.legs[who === 'caller' ? 0 : 1];
    one.direction = 'sendonly';
    one.change();
    calls.advance();
    assert.match(other.shown[1] ?? '', / sendonly$/);
    assert.equal(leg()?.held, true);
    assertStraight(calls);
    one.direction = 'sendrecv';
    one.update();
    calls.advance();
    assert.equal(leg()?.held, false);
    assertStraight(calls);
    const [first = '', ...more] = one.offerLines();
    one.change([first, 'c=IN IP4 0.0.0.0', ...more]);
    calls.advance();
    assert.ok(
      formatContent(other.agreed?.theirs ?? assert.fail()).includes('c=IN IP4 0.0.0.0\r\n'),
      'as it was written',
    );
    assert.equal(leg()?.held, true);
    one.change();
    calls.advance();
    assert.equal(leg()?.held, false);
    assertStraight(calls);
    assert.deepEqual(calls.told.slice(-4), ['call.held', 'call.resumed', 'call.held', 'call.resumed']);
    hangUp(calls);
  });
}

test('RFC 3264 §5: an INVITE without an offer asks the callee for its own; the answer goes into its ACK', async () => {
  const calls = await callScene(direct);
  const { ada, bob } = calls;
  ada.call('101', { body: null });
  calls.advance();
  assert.deepEqual(
    bob.heard.map(({ by, sdp }) => [by, sdp]),
    [['INVITE', null]],
  );
  bob.accept();
  calls.advance();
  assert.deepEqual([bob.heard.at(-1)?.by, bob.heard.at(-1)?.sdp === null], ['ACK', false]);
  assertStraight(calls);
  bob.change();
  calls.advance();
  assertStraight(calls);
  hangUp(calls);
});

test('RFC 3261 §14.2: a re-INVITE without an offer brings the far side’s, and the answer in its ACK', async () => {
  const calls = (await callScene(direct)).up();
  calls.bob.port = 4800;
  calls.ada.change(null);
  calls.advance();
  assertStraight(calls);
  assert.equal(calls.call.legs[1]?.media.remote?.media[0]?.port, 4800);
  hangUp(calls);
});

test('early media of the device goes straight as well, and the 200 says the same', async () => {
  const calls = await callScene(direct);
  const { ada, bob } = calls;
  bob.onCall = () => bob.ring(183, true);
  ada.call('101');
  calls.advance();
  assert.equal(formatContent(ada.heard[0]?.sdp ?? assert.fail()), formatContent(bob.agreed?.ours ?? assert.fail()));
  bob.accept();
  calls.advance();
  assertStraight(calls);
  hangUp(calls);
});

test('the answer is another than the early media: the caller is told anew after its ACK', async () => {
  const calls = await callScene(direct);
  const { ada, bob } = calls;
  for (const phone of calls.phones) phone.reliability = 'off';
  bob.onCall = () => bob.ring(183, true);
  ada.call('101');
  calls.advance();
  bob.port = 4700;
  bob.accept();
  calls.advance(1000);
  assert.deepEqual(ada.take(), ['183', 'accepted', 'reoffer INVITE']);
  assert.equal(ada.agreed?.theirs.media[0]?.port, 4700);
  assert.deepEqual(calls.takeCommands(), []);
  hangUp(calls);
});

test('a device whose early media was heard refuses: the next one answers, and the caller is told where it is', async () => {
  const calls = await callScene({ ...direct, devices: 2, q: [1, 0.5] });
  const { ada, devices } = calls;
  const [first, second] = devices;
  if (first) first.onCall = () => first.ring(183, true);
  ada.call('101');
  calls.advance();
  first?.session?.reject(486);
  calls.advance();
  second?.accept();
  calls.advance(1000);
  assert.deepEqual(ada.take(), ['183', 'accepted', 'reoffer INVITE']);
  const told = ada.agreed?.theirs ?? assert.fail();
  assert.match(formatContent(told), new RegExp(`c=IN IP4 ${second?.address}\r\n`));
  assert.deepEqual(calls.takeCommands(), []);
  hangUp(calls);
});

test('what the other side refuses with 488 is refused with 488, both stand where they stood', async () => {
  const calls = (await callScene(direct)).up();
  const { ada, bob } = calls;
  bob.onChange = (session) => session.refuseReoffer(488);
  ada.direction = 'sendonly';
  ada.change();
  calls.advance();
  assert.deepEqual([ada.outcomes, calls.call.legs[0]?.held], [[488], false]);
  assertStraight(calls);
  hangUp(calls);
  const refused = await callScene(direct);
  refused.bob.onCall = (session) => void session.reject(488);
  refused.ada.call('101');
  refused.advance();
  assert.deepEqual([refused.ada.end?.status, refused.assertOver().length], [488, 1]);
});

test('RFC 3261 §14.1: both change at once: both are told 491 and try again, both changes come through', async () => {
  const calls = (await callScene(direct)).up();
  const { ada, bob, made } = calls;
  for (const [one, pauseMs] of [
    [ada, 3000],
    [bob, 1000],
  ] as const) {
    const before = one.onReofferRefused.bind(one);
    one.onReofferRefused = (session, status) => {
      before(session, status);
      made.network.later(pauseMs, () => one.change());
    };
  }
  ada.direction = 'sendonly';
  bob.port = 4900;
  ada.change();
  bob.change();
  calls.advance(20_000);
  assert.deepEqual([ada.outcomes.at(-1), bob.outcomes.at(-1)], [200, 200]);
  assert.deepEqual([calls.call.legs[0]?.held, bob.agreed?.ours.media[0]?.port], [true, 4900]);
  assertStraight(calls);
  hangUp(calls);
});

for (const who of ['caller', 'callee'] as const) {
  test(`RFC 4028 §10: the ${who} vanishes: no RTP of theirs is missed here, the session timer finds out`, async () => {
    const calls = (await callScene(direct)).up();
    const { ada, bob, made } = calls;
    const [gone, left] = who === 'caller' ? [ada, bob] : [bob, ada];
    calls.advance(4_000_000);
    assert.equal(calls.call.phase, 'up', 'refreshes without a description keep it up');
    assertStraight(calls);
    made.network.link(gone.host, made.layerHost, { up: false });
    calls.advance(1_800_000);
    assert.ok(left.take().includes('over hung-up'));
    assert.equal(calls.engine.size, 0);
    made.network.link(gone.host, made.layerHost, { up: true });
    gone.session?.end();
    assert.match(calls.assertOver()[0]?.code ?? '', /^(session-expired|dialog-gone)$/);
  });
}

// ---- otherwise relayed, and never refused ------------------------------------------------------------------------------------------

const relayedFor: readonly [why: string, options: CallSceneOptions, prepare: (calls: CallScene) => unknown][] = [
  ['neither has the setting', {}, () => undefined],
  ['the caller does not want it', direct, ({ made }) => setDevice(made, made.one.username, { media: 'relay' })],
  ['only the callee wants it', {}, ({ made }) => setDevice(made, made.two.username, { media: 'direct' })],
  ['the offer names another address than it comes from', direct, ({ ada }) => ada.hide()],
  [
    'the list of codecs of a device does not have all that is offered',
    direct,
    ({ made }) => setDevice(made, made.two.username, { codecs: ['PCMU'] }),
  ],
  [
    'the callee is registered from behind a NAT',
    direct,
    ({ bob }) =>
      bob.register([['Contact', `<sip:${bob.user}@10.0.0.7>;expires=600, <sip:${bob.user}@${bob.address}>;expires=0`]]),
  ],
];

for (const [why, options, prepare] of relayedFor) {
  test(`relayed as ever: ${why}`, async () => {
    const calls = await callScene(options);
    await prepare(calls);
    calls.up();
    assertRelayed(calls);
    hangUp(calls);
  });
}

test('relayed as ever: two devices ring, whose early answers cannot be those of one dialog', async () => {
  const calls = (await callScene({ ...direct, devices: 2 })).up();
  assertRelayed(calls);
  hangUp(calls);
});

test('both want it by settings of their own, in a tenant that relays', async () => {
  const calls = await callScene();
  for (const { username } of [calls.made.one, calls.made.two])
    await setDevice(calls.made, username, { media: 'direct' });
  calls.up();
  assertStraight(calls);
  hangUp(calls);
});

// ---- anchored later ----------------------------------------------------------------------------------------------------------------

test('the callee answers from an address that only its own network knows: both are told where we hear them', async () => {
  const calls = await callScene(direct);
  const { ada, bob } = calls;
  bob.hide();
  ada.call('101');
  calls.advance();
  bob.accept();
  calls.advance(1000);
  assert.deepEqual(
    [ada.take(), bob.take()],
    [
      ['180', 'accepted', 'reoffer INVITE'],
      ['acknowledged', 'reoffer INVITE'],
    ],
  );
  assertRelayed(calls);
  assert.deepEqual(calls.takeCommands().slice(0, 1), ['openSession']);
  const talkers = [calls.talk(ada), calls.talk(bob)];
  calls.advance(1000);
  for (const talker of talkers) assert.ok(talker.voice.heard.length > 30);
  for (const talker of talkers) talker.pause();
  hangUp(calls);
});

for (const isAckLost of [false, true]) {
  const more = isAckLost ? ', whose ACK is lost at first' : '';
  test(`such a callee, and a caller that refreshes by a re-INVITE just then${more}: both are told all the same`, async () => {
    const calls = await callScene(direct);
    const { ada, bob, made } = calls;
    bob.onCall = () => undefined;
    bob.hide();
    ada.call('101');
    calls.advance();
    bob.accept();
    calls.advance(2);
    assert.deepEqual(ada.take(), ['accepted']);
    ada.change();
    calls.advance(isAckLost ? 1 : 1000);
    made.network.oneWay(ada.host, made.layerHost, { loss: 1 });
    calls.advance(300);
    made.network.oneWay(ada.host, made.layerHost, { loss: 0 });
    calls.advance(5000);
    assertRelayed(calls);
    const talkers = [calls.talk(ada), calls.talk(bob)];
    calls.advance(1000);
    for (const talker of talkers) assert.ok(talker.voice.heard.length > 30);
    for (const talker of talkers) talker.pause();
    hangUp(calls);
  });
}

test('early media from such an address is not shown, and the call is anchored with the answer', async () => {
  const calls = await callScene(direct);
  const { ada, bob } = calls;
  bob.hide();
  bob.onCall = () => bob.ring(183, true);
  ada.call('101');
  calls.advance();
  assert.deepEqual(
    ada.heard.map(({ by, sdp }) => [by, sdp]),
    [['183', null]],
  );
  bob.accept();
  calls.advance(1000);
  assertRelayed(calls);
  hangUp(calls);
});

for (const who of ['caller', 'callee'] as const) {
  for (const method of ['INVITE', 'UPDATE'] as const) {
    test(`the ${who} moves behind a NAT and says so by ${method}: the change goes through the engine`, async () => {
      const calls = (await callScene(direct)).up();
      const one = who === 'caller' ? calls.ada : calls.bob;
      one.hide();
      assert.ok(one.tryChange(method, one.offerLines()));
      calls.advance(1000);
      assert.deepEqual(one.outcomes, [200]);
      assertRelayed(calls);
      hangUp(calls);
    });
  }
}

test('the other side answers a change from such an address: the change is carried once more, through the engine', async () => {
  const calls = (await callScene(direct)).up();
  const { ada, bob } = calls;
  bob.hide();
  ada.direction = 'sendonly';
  ada.change();
  calls.advance(1000);
  assert.deepEqual([ada.outcomes, bob.take()], [[200], ['reoffer INVITE', 'reoffer INVITE']]);
  assertRelayed(calls);
  assert.equal(calls.call.legs[0]?.held, true);
  hangUp(calls);
});

test('a caller that is asked for its answer in the ACK turns out to be behind a NAT', async () => {
  const calls = await callScene(direct);
  const { ada, bob } = calls;
  ada.hide();
  ada.call('101', { body: null });
  calls.advance();
  bob.accept();
  calls.advance(1000);
  assertRelayed(calls);
  hangUp(calls);
});

test('a change that has to go through the engine is refused by the other side: the engine has the call all the same', async () => {
  const calls = (await callScene(direct)).up();
  const { ada, bob } = calls;
  const accept = bob.onChange;
  bob.onChange = (session) => {
    bob.onChange = accept;
    session.refuseReoffer(488);
  };
  ada.hide();
  ada.change();
  calls.advance(5000);
  assert.deepEqual(ada.outcomes, [488]);
  assertRelayed(calls);
  hangUp(calls);
});

test('no port for a call that would have to be anchored: the change is refused, and it stays direct', async () => {
  const calls = (await callScene({ ...direct, portMax: 30_001 })).up();
  const { ada } = calls;
  const before = ada.agreed;
  ada.hide();
  ada.change();
  calls.advance(1000);
  assert.deepEqual([ada.outcomes, ada.agreed], [[503], before]);
  assert.equal(calls.call.media.state, 'direct');
  hangUp(calls);
});

async function setDevice(made: CallScene['made'], username: string, change: Partial<UpdateDevice>): Promise<void> {
  const users = made.directory.listUsers(made.tenant);
  const device = users.flatMap(({ devices }) => devices).find((one) => one.username === username) ?? assert.fail();
  await made.directory.updateDevice(made.actor, { device: device.device, ...change });
}
