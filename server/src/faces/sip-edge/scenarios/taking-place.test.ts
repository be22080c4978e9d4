/** A phone takes the place of another in a call (RFC 3891): picks up what rings elsewhere, pulls a call from another device, and who may not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildResponse,
  type DialogInfo,
  parseDialogInfo,
  parseReason,
  type Replaces,
  type Session,
} from '@ringdown/sip';
import type { VirtualTalker } from '@ringdown/testkit';
import { type CallScene, type CallSceneOptions, callScene } from './call-scene.test.ts';
import type { Phone } from './phone.test.ts';

/** The dialog of a phone as others name it to the server. */
function dialogOf({ session }: { readonly session: Session | null }, isEarlyOnly = false): Replaces {
  const { callId, localTag, remoteTag } = session?.dialogId ?? assert.fail('no dialog');
  return { callId, toTag: remoteTag, fromTag: localTag, isEarlyOnly };
}

async function ringing(options: CallSceneOptions = {}): Promise<CallScene> {
  const calls = await callScene(options);
  calls.ada.call('101');
  calls.advance();
  return calls;
}

function assertTalking(calls: CallScene, phones: readonly Phone[]): void {
  const talkers: VirtualTalker[] = phones.map((one) => calls.talk(one));
  calls.advance(500);
  const before = talkers.map(({ voice }) => voice.heard.length);
  calls.advance(1000);
  for (const [at, { voice }] of talkers.entries())
    assert.ok(voice.heard.length - (before[at] ?? 0) > 45, `${phones[at]?.address} hears the other`);
  for (const talker of talkers) talker.pause();
}

test('RFC 3891 §3: a ringing call is picked up by another phone of the same user', async () => {
  const calls = await ringing({ devices: 2 });
  const { ada, bob } = calls;
  const guest = calls.guest(40, 'two');
  guest.call('101', { replaces: dialogOf(bob, true) });
  calls.advance();
  assert.deepEqual([ada.take(), guest.take()], [['180', 'accepted'], ['accepted']]);
  for (const device of calls.devices) {
    assert.deepEqual(device.take(), ['over cancelled 487']);
    const reason = parseReason(device.end?.reasonHeader ?? '');
    assert.deepEqual([reason?.protocol, reason?.cause], ['SIP', 200], 'no missed call');
  }
  assertTalking(calls, [ada, guest]);
  ada.session?.end();
  calls.advance();
  assert.deepEqual(guest.take(), ['over hung-up']);
  assert.equal(calls.assertOver()[0]?.code, 'normal-clearing');
});

test('RFC 3891 §3: picked up by a phone that makes no offer: it answers in its ACK', async () => {
  const calls = await ringing();
  const { ada, bob } = calls;
  const guest = calls.guest(40, 'two');
  guest.onAccepted = (session) => session.ack(guest.say(['m=audio 4000 RTP/AVP 0']));
  guest.call('101', { replaces: dialogOf(bob), body: null });
  calls.advance();
  assert.deepEqual([ada.take(), bob.take()], [['180', 'accepted'], ['over cancelled 487']]);
  guest.session?.end();
  calls.advance();
  assert.deepEqual(ada.take(), ['over hung-up']);
  calls.assertOver();
});

test('picked up though the caller made no offer: it answers in its ACK', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101', { body: null });
  calls.advance();
  const guest = calls.guest(40, 'two');
  guest.call('101', { replaces: dialogOf(bob) });
  calls.advance();
  assert.deepEqual(guest.take(), ['accepted']);
  assert.equal(ada.session?.phase, 'confirmed');
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3891 §3: a phone that speaks nothing of it is refused with 488, and it rings on', async () => {
  const calls = await ringing();
  const { ada, bob } = calls;
  const guest = calls.guest(40, 'two');
  guest.call('101', { replaces: dialogOf(bob), body: guest.say(['m=audio 4000 RTP/AVP 18']) });
  calls.advance();
  assert.deepEqual([guest.take(), bob.session?.phase], [['over rejected 488'], 'ringing']);
  bob.accept();
  calls.advance();
  assert.equal(ada.session?.phase, 'confirmed');
  ada.session?.end();
  calls.assertOver();
});

test('a colleague may pick up where the tenant lets it, and not otherwise; nobody may take over what has been answered', async () => {
  const calls = await ringing();
  const { ada, bob, made } = calls;
  const colleague = calls.guest(40, 'modern');
  colleague.call('101', { replaces: dialogOf(bob) });
  calls.advance();
  assert.deepEqual([colleague.take(), bob.session?.phase], [['over rejected 403'], 'ringing']);
  await made.directory.updateTenant(made.actor, { pickUp: 'anyone' });
  colleague.call('101', { replaces: dialogOf(bob) });
  calls.advance();
  assert.deepEqual([colleague.take(), bob.take()], [['accepted'], ['over cancelled 487']]);
  bob.call('101', { replaces: dialogOf(colleague) });
  calls.advance();
  assert.deepEqual([bob.take(), ada.session?.phase], [['over rejected 403'], 'confirmed']);
  ada.session?.end();
  assert.deepEqual(
    calls.assertOver(3).map(({ code }) => code),
    ['forbidden', 'forbidden', 'normal-clearing'],
  );
});

for (const path of ['relay', 'direct'] as const)
  test(`RFC 3891 §3: a call is pulled from the callee's other phone (media ${path})`, async () => {
    const calls = (await callScene(path === 'direct' ? { path } : {})).up();
    const { ada, bob } = calls;
    const guest = calls.guest(40, 'two');
    guest.call('101', { replaces: dialogOf(bob) });
    calls.advance(500);
    assert.deepEqual([guest.take(), bob.take()], [['accepted'], ['over hung-up']]);
    assert.equal(ada.session?.phase, 'confirmed');
    assertTalking(calls, [ada, guest]);
    guest.session?.end();
    calls.advance();
    assert.deepEqual(ada.take().slice(-1), ['over hung-up']);
    calls.assertOver();
  });

test("RFC 3891 §3: a call is pulled from the caller's other phone, and is the same call", async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const guest = calls.guest(40, 'one');
  guest.call('101', { replaces: dialogOf(ada) });
  calls.advance(500);
  assert.deepEqual([guest.take(), ada.take(), bob.session?.phase], [['accepted'], ['over hung-up'], 'confirmed']);
  assertTalking(calls, [guest, bob]);
  bob.direction = 'sendonly';
  bob.change();
  calls.advance();
  assert.equal(guest.heard.at(-1)?.by, 'INVITE', 'a change crosses to the new one');
  bob.session?.end();
  calls.advance();
  assert.deepEqual(guest.take().slice(-1), ['over hung-up']);
  assert.equal(calls.assertOver()[0]?.code, 'normal-clearing');
  const [call] = calls.ended;
  assert.deepEqual(
    call?.legs.map(({ role, joins }) => [role, joins.length]),
    [
      ['caller', 1],
      ['callee', 2],
      ['caller', 1],
    ],
  );
});

test('a party on hold is resumed by the phone that pulls the call', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  bob.direction = 'sendonly';
  bob.change();
  calls.advance();
  const guest = calls.guest(40, 'two');
  guest.call('101', { replaces: dialogOf(bob) });
  calls.advance(500);
  assert.deepEqual([guest.take(), bob.take().at(-1)], [['accepted'], 'over hung-up']);
  assertTalking(calls, [ada, guest]);
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3891 §3: early-only, and answered by now: 486', async () => {
  const calls = (await callScene()).up();
  const guest = calls.guest(40, 'two');
  guest.call('101', { replaces: dialogOf(calls.bob, true) });
  calls.advance();
  assert.deepEqual(guest.take(), ['over rejected 486']);
  calls.ada.session?.end();
  calls.assertOver();
});

test('RFC 3891 §3: no such dialog, a caller who waits: 481, before anybody is asked who he is', async () => {
  const calls = await ringing();
  const { ada } = calls;
  const guest = calls.guest(40, 'two');
  for (const replaces of [{ ...dialogOf(calls.bob), toTag: 'x' }, dialogOf(ada)]) {
    guest.call('101', { replaces });
    calls.advance();
    assert.deepEqual(guest.take(), ['over rejected 481']);
  }
  assert.equal(ada.session?.phase, 'proceeding');
  ada.session?.end();
  calls.assertOver();
});

test('the phone that picks up gives up before it has the call: it rings on', async () => {
  const calls = await ringing();
  const { ada, bob } = calls;
  const guest = calls.guest(40, 'two');
  const before = calls.media.engine.sessionCount;
  guest.call('101', { replaces: dialogOf(bob), body: null });
  guest.onAccepted = (session) => {
    session.ack(guest.say(['m=audio 0 RTP/AVP 0']));
  };
  calls.advance(500);
  assert.equal(guest.end?.why, 'hung-up');
  assert.equal(calls.media.engine.sessionCount, before);
  bob.accept();
  calls.advance();
  assert.equal(ada.session?.phase, 'confirmed');
  ada.session?.end();
  calls.assertOver();
});

test('two phones pick up at once: one has the call, the other is declined', async () => {
  const calls = await ringing();
  const { ada, bob } = calls;
  const guests = [calls.guest(40, 'two'), calls.guest(41, 'two')];
  const replaces = dialogOf(bob);
  for (const guest of guests) guest.call('101', { replaces });
  calls.advance(1000);
  const outcomes = guests.map((guest) => guest.take().join());
  assert.deepEqual(outcomes.filter((text) => text === 'accepted').length, 1, outcomes.join(' | '));
  assert.match(outcomes.find((text) => text !== 'accepted') ?? '', /^over rejected (481|491|603)$/);
  ada.session?.end();
  calls.assertOver(calls.ended.length + 1);
});

test('the callee answers while another phone picks up: one of them has the call, nothing is left of the other', async () => {
  for (const later of [false, true]) {
    const calls = await ringing();
    const { ada, bob } = calls;
    const guest = calls.guest(40, 'two');
    const replaces = dialogOf(bob);
    if (!later) bob.accept();
    guest.call('101', { replaces });
    if (later) bob.accept();
    calls.advance(1000);
    const up = [bob, guest].filter(({ session }) => session?.phase === 'confirmed');
    assert.equal(up.length, 1);
    assert.equal(ada.session?.phase, 'confirmed');
    ada.session?.end();
    calls.assertOver(calls.ended.length + 1);
  }
});

test('a trunk takes over nothing, whatever it knows', async () => {
  const calls = (await callScene()).up();
  const { ada, made } = calls;
  const carrier = made.peer('192.0.2.50', 'carrier');
  const session = carrier.agent.invite(
    {
      uri: 'sip:+4930123@192.0.2.1',
      from: '<sip:+49170@192.0.2.50>',
      to: '<sip:+4930123@192.0.2.1>',
      target: { kind: 'udp', remote: { family: 4, address: '192.0.2.1', port: 5060 } },
      body: ada.say(['m=audio 4000 RTP/AVP 0']),
      replaces: dialogOf(ada),
    },
    carrier,
  );
  calls.advance();
  assert.deepEqual([session.phase, carrier.end?.status, ada.session?.phase], ['ended', 403, 'confirmed']);
  ada.session?.end();
  calls.assertOver(2);
});

test('RFC 4235, RFC 3891: a lamp names the dialog to who may pick it up, and the pick-up by that name succeeds', async () => {
  const calls = await callScene();
  const { ada, bob, made } = calls;
  const colleague = calls.guest(40, 'modern');
  const documents: DialogInfo[] = [];
  colleague.onOther = (transaction) => {
    const read = parseDialogInfo(transaction.request.body);
    if (read !== undefined) documents.push(read);
    transaction.respond(buildResponse(transaction.request, 200));
  };
  const subscribed = colleague.ask({
    method: 'SUBSCRIBE',
    uri: 'sip:101@a.test',
    headers: [
      ['Contact', `<sip:102@${colleague.address}>`],
      ['Event', 'dialog'],
      ['Expires', '600'],
    ],
  });
  assert.equal(subscribed.status, 200);
  ada.call('101');
  calls.advance(2_000);
  assert.equal(documents.at(-1)?.dialogs[0]?.callId, undefined, 'who may not pick it up is not told its name');
  ada.session?.end();
  calls.advance(2_000);
  await made.directory.updateTenant(made.actor, { pickUp: 'anyone' });
  ada.call('101');
  calls.advance(2_000);
  const [dialog] = documents.at(-1)?.dialogs ?? [];
  assert.ok(dialog?.callId && dialog.localTag && dialog.remoteTag, 'the dialog that rings is named');
  const { callId, localTag, remoteTag } = dialog;
  colleague.call('101', { replaces: { callId, toTag: remoteTag, fromTag: localTag, isEarlyOnly: true } });
  calls.advance();
  assert.deepEqual([colleague.take(), bob.take().at(-1)], [['accepted'], 'over cancelled 487']);
  calls.advance(2_000);
  assert.equal(documents.at(-1)?.dialogs[0]?.phase, 'terminated');
  ada.session?.end();
  calls.advance(2_000);
});

test('a phone that says its picture first takes a call of voice: voice goes to voice, whatever their places', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const guest = calls.guest(40, 'two');
  const lines = ['m=video 4000 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'm=audio 4002 RTP/AVP 0'];
  guest.call('101', { replaces: dialogOf(bob), body: guest.offer(lines) });
  calls.advance(500);
  assert.deepEqual(guest.take(), ['accepted']);
  const talkers = [calls.talk(ada), calls.talk(guest, 0, 1)];
  calls.advance(1_500);
  for (const { voice } of talkers) assert.ok(voice.heard.length > 45, `${voice.heard.length} packets heard`);
  for (const talker of talkers) talker.pause();
  ada.session?.end();
  calls.assertOver();
});
