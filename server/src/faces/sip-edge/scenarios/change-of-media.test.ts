/** Changes of a running call (RFC 3261 §14, RFC 3311, RFC 3264 §8): carried to the far side, answered only when that has answered, undone when it refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '@ringdown/sip';
import { callScene } from './call-scene.test.ts';
import { inShort } from './phone.test.ts';

const cameras = async () => {
  const calls = await callScene();
  for (const one of calls.phones) one.hasVideo = false;
  return calls.up();
};

test('a change is answered only when the far side has', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  let waiting: Session | undefined;
  bob.onChange = (session) => {
    waiting = session;
  };
  ada.direction = 'sendonly';
  ada.change();
  calls.advance(5000);
  assert.deepEqual([ada.take(), bob.take()], [[], ['reoffer INVITE']]);
  assert.ok(waiting);
  bob.acceptChange(waiting);
  calls.advance();
  assert.deepEqual(ada.take(), ['reanswered']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

for (const who of ['caller', 'callee'] as const) {
  test(`the ${who} switches its camera on and off: the line stays, switched off, and is used again`, async () => {
    const calls = await cameras();
    const [one, other] = who === 'caller' ? [calls.ada, calls.bob] : [calls.bob, calls.ada];
    for (const phone of calls.phones) phone.hasVideo = true;
    const seen: string[][] = [];
    const note = () => {
      calls.advance();
      calls.assertAgreed();
      seen.push(
        other.shown.slice(1).map((line) => String(line).split(' ')[0] + (String(line).endsWith('off') ? ' off' : '')),
      );
    };
    one.change();
    note();
    const off = () => one.offerLines().map((line) => (line.startsWith('m=video') ? 'm=video 0 RTP/AVP 96' : line));
    one.change(off());
    note();
    one.change();
    note();
    assert.deepEqual(seen, [
      ['audio', 'video'],
      ['audio', 'video off'],
      ['audio', 'video'],
    ]);
    const ids = calls.call.legs.map(({ media }) => media.streams.map((stream) => stream?.kind));
    assert.deepEqual(
      ids,
      [
        ['audio', 'video'],
        ['audio', 'video'],
      ],
      'one stream per line and leg, however often',
    );
    one.session?.end();
    calls.assertOver();
  });
}

test('a camera that the far side does not have is switched off there, and the call goes on', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  ada.hasVideo = true;
  ada.change();
  calls.advance();
  assert.deepEqual(ada.shown.slice(1), ['audio 0 101 sendrecv', 'video off']);
  assert.deepEqual(bob.agreed && inShort(bob.agreed.ours), ['audio 0 101 sendrecv', 'video off']);
  calls.assertAgreed();
  bob.change();
  calls.advance();
  assert.deepEqual(bob.outcomes, [488], 'an offer of one line, where two were agreed on');
  bob.session?.end();
  calls.assertOver();
});

test('no ports are left for a new line: the change is refused, the call goes on', async () => {
  const calls = (await callScene({ portMax: 30_003 })).up();
  const { ada } = calls;
  ada.hasVideo = true;
  ada.change();
  calls.advance();
  assert.deepEqual([ada.outcomes, calls.call.phase], [[503], 'up']);
  calls.assertAgreed();
  ada.hasVideo = false;
  ada.direction = 'sendonly';
  ada.change();
  calls.advance();
  assert.deepEqual(ada.outcomes, [503, 200]);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

for (const who of ['caller', 'callee'] as const) {
  test(`RFC 3261 §14.2: the ${who} asks for an offer: it gets the far side's, and the far side gets its answer`, async () => {
    const calls = (await callScene()).up();
    const [one, other] = who === 'caller' ? [calls.ada, calls.bob] : [calls.bob, calls.ada];
    other.direction = 'sendonly';
    one.change(null);
    calls.advance();
    assert.deepEqual([one.take(), other.take()], [['reanswered'], ['reoffer INVITE', 'acknowledged']]);
    assert.match(one.shown[1] ?? '', / sendonly$/);
    assert.equal(other.heard.at(-1)?.by, 'ACK');
    assert.match(other.shown[1] ?? '', / recvonly$/);
    calls.assertAgreed();
    other.direction = 'sendrecv';
    one.change(null);
    calls.advance();
    assert.match(one.shown[1] ?? '', / sendrecv$/);
    calls.assertAgreed();
    other.session?.end();
    calls.assertOver();
  });
}

test('RFC 3311: an UPDATE changes the session like a re-INVITE, from either side', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  for (const [one, other] of [
    [ada, bob],
    [bob, ada],
  ] as const) {
    one.direction = 'sendonly';
    one.update();
    calls.advance();
    assert.match(one.shown[1] ?? '', / recvonly$/);
    assert.match(other.shown[1] ?? '', / sendonly$/);
    calls.assertAgreed();
    one.direction = 'sendrecv';
    one.update();
    calls.advance();
    calls.assertAgreed();
    assert.deepEqual(one.outcomes.splice(0), [200, 200]);
  }
  ada.session?.end();
  calls.assertOver();
});

test('RFC 4028 §7.4: a refresh is answered here, by re-INVITE and by UPDATE, with what was said last', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const said = ada.heard.at(-1)?.sdp;
  ada.change();
  calls.advance();
  assert.deepEqual([ada.take(), bob.take()], [['reanswered'], []]);
  assert.deepEqual(ada.heard.at(-1)?.sdp, said, 'the same to the letter');
  ada.update(null);
  calls.advance();
  assert.deepEqual(ada.heard.at(-1), { ...ada.heard.at(-1), by: '200', sdp: null });
  ada.update();
  calls.advance();
  assert.deepEqual([ada.heard.at(-1)?.sdp, ada.outcomes], [said, [200, 200, 200]]);
  assert.deepEqual(bob.take(), []);
  assert.deepEqual(calls.takeCommands(), ['openSession', 'updateStream', 'updateStream', 'join']);
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3264 §8.3.1: a phone that moves to another port is followed', async () => {
  const calls = (await callScene()).up();
  const { ada } = calls;
  calls.commands.length = 0;
  ada.port = 4800;
  ada.change();
  calls.advance();
  const updated = calls.commands.find((command) => command.verb === 'updateStream');
  assert.ok(updated?.verb === 'updateStream');
  assert.deepEqual(updated.remote, { address: ada.address, port: 4800 });
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('an INVITE without an offer: the caller gets the callee’s in the 200, the callee was offered by us; one codec is left', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  bob.makeAnswer = (offer) => {
    const both = offer.media[0]?.formats.includes('8') === true;
    return [`m=audio 4000 RTP/AVP ${both ? '8 0' : '0'}`, 'a=sendrecv'];
  };
  ada.codecs = ['PCMU'];
  ada.call('101', { body: null });
  calls.advance();
  bob.accept();
  calls.advance(1000);
  assert.deepEqual(bob.heard.map(({ by }) => by).slice(0, 2), ['INVITE', 'ACK']);
  assert.deepEqual(ada.seen, ['180', 'accepted']);
  calls.assertAgreed();
  const codecs = calls.call.legs.map(({ media }) => media.codec);
  assert.equal(new Set(codecs).size, 1, `both legs speak the same, not ${codecs}`);
  bob.session?.end();
  calls.assertOver();
});

test('a phone that was given codecs is offered those in its own order, whatever the caller prefers', async () => {
  const calls = await callScene();
  const { ada, bob, made } = calls;
  await made.directory.updateDevice(
    { tenant: made.tenant, author: 't' },
    { device: made.two.device, codecs: ['PCMA', 'PCMU'] },
  );
  ada.codecs = ['G722', 'PCMU', 'PCMA'];
  ada.call('101');
  calls.advance();
  assert.deepEqual(bob.heard[0]?.sdp?.media[0]?.formats.slice(0, 2), ['8', '0']);
  bob.accept();
  calls.advance();
  assert.deepEqual(
    calls.call.legs.map(({ media }) => media.codec),
    ['PCMA', 'PCMA'],
  );
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('an answer that the wisher cannot use is no change: it is refused, and the far side is told again what stands', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  bob.onChange = (session) => {
    bob.makeAnswer = () => ['m=audio 4000 RTP/AVP 8', 'a=sendrecv'];
    bob.acceptChange(session);
    bob.makeAnswer = (offer) => bob.fairAnswer(offer);
    bob.onChange = (again) => bob.acceptChange(again);
  };
  ada.change(['m=audio 4000 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000', 'a=sendonly']);
  calls.advance(1000);
  assert.deepEqual(ada.outcomes, [488]);
  assert.deepEqual(bob.take(), ['reoffer INVITE', 'reoffer INVITE']);
  calls.assertAgreed();
  assert.deepEqual(new Set(calls.call.legs.map(({ media }) => media.codec)), new Set(['PCMU']));
  ada.session?.end();
  calls.assertOver();
});
