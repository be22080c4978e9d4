/**
 * Provisionals that are acknowledged (RFC 3262) on either leg by itself: whoever speaks 100rel has it, whatever the other side does; sound before the answer, offers and changes
 * in it; PRACK lost, late, wrong or never.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatContent } from '@ringdown/sdp';
import { labelOf, textOf } from '@ringdown/testkit';
import { type CallScene, callScene } from './call-scene.test.ts';
import type { Phone } from './phone.test.ts';

/** "180 rel", "183", "200 sdp" …: responses to INVITE that a phone was sent, each once. */
function answersTo({ made }: CallScene, one: Phone): string[] {
  const seen = new Map<string, string>();
  for (const entry of made.network.trace.sent('edge', one.address)) {
    const text = textOf(entry);
    if (!/^SIP.*\r\n(?:.*\r\n)*CSeq: \d+ INVITE/m.test(text) || ['100', '401'].includes(labelOf(entry))) continue;
    const rseq = /^RSeq: (\d+)/m.exec(text)?.[1];
    const what = `${labelOf(entry)}${rseq === undefined ? '' : ' rel'}${/application\/sdp/.test(text) ? ' sdp' : ''}`;
    seen.set(`${what} ${rseq}`, what);
  }
  return [...seen.values()];
}

const pracksOf = ({ made }: CallScene, one: Phone) =>
  made.network.trace.sent(one.address).filter((entry) => labelOf(entry) === 'PRACK');

async function called(
  ada: Phone['reliability'],
  bob: Phone['reliability'],
  more: Parameters<typeof callScene>[0] = {},
) {
  const calls = await callScene(more);
  calls.ada.reliability = ada;
  for (const one of calls.devices) one.reliability = bob;
  return calls;
}

for (const [ada, bob, rung, pracks] of [
  ['supported', 'supported', ['180 rel', '183 rel sdp', '200'], [2, 2]],
  ['required', 'off', ['180 rel', '183 rel sdp', '200'], [2, 0]],
  ['off', 'supported', ['180', '183 sdp', '200 sdp'], [0, 2]],
  ['off', 'off', ['180', '183 sdp', '200 sdp'], [0, 0]],
] as const) {
  test(`RFC 3262: the caller has 100rel ${ada}, the callee ${bob}: each leg as it can, the sound before the answer through both`, async () => {
    const calls = await called(ada, bob);
    calls.ada.call('101');
    calls.advance();
    calls.bob.ring(183, true);
    calls.advance();
    assert.ok(calls.takeCommands().includes('join'), 'heard before the answer');
    calls.bob.accept();
    calls.advance(500);
    assert.deepEqual(answersTo(calls, calls.ada), rung);
    const edges = calls.made.network.trace
      .sent('edge', calls.bob.address)
      .filter((entry) => labelOf(entry) === 'PRACK');
    assert.deepEqual([pracksOf(calls, calls.ada).length, edges.length], pracks);
    calls.assertAgreed();
    calls.ada.session?.end();
    calls.assertOver();
  });
}

test('a device that is to have it is asked for it, one that is not is not told of it; each by its setting', async () => {
  for (const reliability of ['required', 'off'] as const) {
    const calls = await called('off', 'supported');
    const { directory, actor, two } = calls.made;
    await directory.updateDevice(actor, { device: two.device, reliability });
    calls.ada.call('101');
    calls.advance();
    const invite = calls.bob.invited ?? assert.fail();
    assert.deepEqual(invite.headers('Require'), reliability === 'required' ? ['100rel'] : []);
    assert.equal(invite.hasToken('Supported', '100rel'), reliability === 'required');
    calls.ada.session?.end();
    calls.assertOver();
  }
});

test('RFC 3261 §21.4.15, §8.2.2.3: a caller that lacks what it must have hears 421, one that demands what it must not have 420', async () => {
  for (const [reliability, phone, status, header] of [
    ['required', 'off', 421, 'Require'],
    ['off', 'required', 420, 'Unsupported'],
  ] as const) {
    const calls = await called(phone, 'supported');
    const { directory, actor, one } = calls.made;
    await directory.updateDevice(actor, { device: one.device, reliability });
    calls.ada.call('101');
    calls.advance();
    assert.deepEqual([calls.ada.end?.status, calls.ada.end?.message?.headers(header)], [status, ['100rel']]);
    calls.assertOver(0);
  }
});

test('RFC 3262 §5: a caller without an offer gets ours in the 183, answers in its PRACK, and hears the callee before the answer', async () => {
  const calls = await called('supported', 'supported');
  const { ada, bob } = calls;
  ada.call('101', { body: null });
  calls.advance();
  bob.ring(183, true);
  calls.advance();
  assert.equal(ada.heard.at(-1)?.by, '183');
  assert.equal(
    formatContent(ada.agreed?.theirs ?? assert.fail()),
    formatContent(ada.heard.at(-1)?.sdp ?? assert.fail()),
  );
  assert.deepEqual(calls.takeCommands().slice(-3), ['updateStream', 'updateStream', 'join']);
  bob.accept();
  calls.advance();
  assert.deepEqual(answersTo(calls, ada), ['180 rel', '183 rel sdp', '200']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('the same, and the callee answers before the PRACK has come: the 200 waits for it', async () => {
  const calls = await called('supported', 'supported');
  const { ada, bob, made } = calls;
  bob.onCall = () => bob.ring(183, true);
  let isLost = true;
  made.network.filter = (_from, to, bytes) =>
    !isLost || to !== 'edge' || new TextDecoder().decode(bytes.subarray(0, 5)) !== 'PRACK';
  ada.call('101', { body: null });
  calls.advance(200);
  bob.accept();
  calls.advance(400);
  assert.deepEqual(answersTo(calls, ada), ['183 rel sdp']);
  isLost = false;
  calls.advance(4000);
  assert.deepEqual(answersTo(calls, ada), ['183 rel sdp', '200']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('a caller without an offer and without 100rel hears the callee from the answer on', async () => {
  const calls = await called('off', 'supported');
  const { ada, bob } = calls;
  ada.call('101', { body: null });
  calls.advance();
  bob.ring(183, true);
  calls.advance();
  bob.accept();
  calls.advance();
  assert.deepEqual(answersTo(calls, ada), ['180', '200 sdp']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3311 §5: either side changes by UPDATE before the answer, and is answered with what is being heard', async () => {
  const calls = await called('supported', 'supported');
  const { ada, bob } = calls;
  ada.call('101');
  calls.advance();
  bob.ring(183, true);
  calls.advance();
  for (const one of [ada, bob]) {
    calls.takeCommands();
    one.port += 100;
    one.update();
    calls.advance();
    assert.deepEqual(one.outcomes, [200]);
    assert.ok(calls.takeCommands().includes('updateStream'), 'sound goes to the new port');
  }
  bob.accept();
  calls.advance(2000);
  calls.assertAgreed();
  assert.equal(calls.call.legs[0]?.media.remote?.media[0]?.port, ada.port);
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3311 §5.2: an UPDATE that takes nothing of what is heard is refused, the call goes on', async () => {
  const calls = await called('supported', 'supported');
  const { ada, bob } = calls;
  ada.call('101');
  calls.advance();
  bob.ring(183, true);
  calls.advance();
  const { agreed } = bob;
  bob.update([`m=audio ${bob.port} RTP/AVP 18`, 'a=sendrecv']);
  calls.advance();
  assert.deepEqual(bob.outcomes, [488]);
  assert.equal(bob.agreed, agreed);
  bob.accept();
  calls.advance();
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3262 §5: another offer in the PRACK of the sound before the answer is answered in its 200, by what is heard', async () => {
  for (const [lines, status] of [
    [['m=audio 4500 RTP/AVP 0 8'], 200],
    [['m=audio 4500 RTP/AVP 18'], 488],
  ] as const) {
    const calls = await called('supported', 'supported');
    const { ada, bob } = calls;
    const told = ada.onProvisional.bind(ada);
    ada.onProvisional = (session, response, fork, isOffer) => {
      told(session, response, fork, isOffer);
      if (response.status === 183) assert.ok(session.prack(fork, ada.offer(lines)));
    };
    bob.onCall = () => bob.ring(183, true);
    ada.call('101');
    calls.advance(500);
    if (status === 488) {
      // RFC 6337 §2.3: it cannot be refused but with the call.
      assert.deepEqual([ada.end?.status, bob.end?.why], [488, 'cancelled']);
    } else {
      assert.deepEqual(ada.outcomes, [200]);
      bob.accept();
      calls.advance(500);
      calls.assertAgreed();
      assert.equal(calls.call.legs[0]?.media.remote?.media[0]?.port, 4500);
      ada.session?.end();
    }
    calls.assertOver();
  }
});

test('a change before the answer of a call whose media goes straight from phone to phone is refused; the call goes on', async () => {
  const calls = await called('supported', 'supported', { path: 'direct' });
  const { ada, bob } = calls;
  bob.onCall = () => bob.ring(183, true);
  ada.call('101');
  calls.advance();
  ada.update(['m=audio 4800 RTP/AVP 0 8']);
  calls.advance();
  assert.deepEqual(ada.outcomes, [488]);
  bob.accept();
  calls.advance();
  calls.assertAgreed();
  assert.deepEqual(calls.takeCommands(), []);
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3262 §3: PRACKs get lost: the provisional comes again, the 200 waits, and the call comes about', async () => {
  const calls = await called('supported', 'supported');
  const { ada, bob, made } = calls;
  bob.onCall = () => bob.ring(183, true);
  let lost = 0;
  made.network.filter = (_from, _to, bytes) => {
    const isPrack = new TextDecoder().decode(bytes.subarray(0, 5)) === 'PRACK';
    if (isPrack) lost += 1;
    return !isPrack || lost > 6;
  };
  ada.call('101');
  calls.advance();
  bob.accept();
  calls.advance(20_000);
  assert.equal(ada.session?.phase, 'confirmed');
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3262 §3: a caller that never sends its PRACK is refused after 64*T1; the callee, who has answered, is hung up on', async () => {
  const calls = await called('supported', 'supported');
  const { ada, bob, made } = calls;
  bob.onCall = () => bob.ring(183, true);
  ada.call('101');
  made.network.filter = (from, _to, bytes) =>
    from !== ada.address || new TextDecoder().decode(bytes.subarray(0, 5)) !== 'PRACK';
  calls.advance(1000);
  bob.accept();
  calls.advance(40_000);
  assert.deepEqual([ada.end?.status, bob.end?.why], [504, 'hung-up']);
  assert.equal(calls.assertOver()[0]?.code, 'no-ack');
});

test('RFC 3262 §3: a PRACK with a wrong RAck is 481 and changes nothing', async () => {
  const calls = await called('supported', 'supported');
  const { ada, bob, made } = calls;
  ada.call('101');
  made.network.filter = (from, _to, bytes) => {
    // The number in the RAck is another when it arrives.
    if (from === ada.address && made.clock.nowMs() % 2 === 0) {
      const at = new TextDecoder('latin1').decode(bytes).indexOf('RAck: ');
      if (at > 0) bytes[at + 6] = bytes[at + 6] === 0x31 ? 0x32 : 0x31;
    }
    return true;
  };
  calls.advance(6000);
  bob.accept();
  calls.advance(1000);
  assert.equal(ada.session?.phase, 'confirmed');
  ada.session?.end();
  calls.assertOver();
});

test('several devices ring, each with 100rel: each is acknowledged, the caller hears of one ringing', async () => {
  const calls = await called('supported', 'supported', { devices: 3 });
  const { ada, bob, devices, made } = calls;
  for (const one of devices) one.onCall = () => one.ring(183, true);
  ada.call('101');
  calls.advance();
  for (const one of devices)
    assert.equal(made.network.trace.sent('edge', one.address).filter((entry) => labelOf(entry) === 'PRACK').length, 1);
  assert.deepEqual(answersTo(calls, ada), ['183 rel']);
  bob.accept();
  calls.advance();
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});
