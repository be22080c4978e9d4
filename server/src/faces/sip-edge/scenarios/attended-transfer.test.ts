/** Attended transfer (REFER with Replaces in its Refer-To, RFC 5589 §7): the asker has talked to the target, or rings it, and leaves the two to each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referToReplacing, type Session } from '@ringdown/sip';
import { Phone } from './phone.test.ts';
import { Asker, type Three, three } from './transfer.test.ts';

interface Consulting {
  readonly calls: Three;
  readonly by: Asker;
  /** Of the asker: with Ada, and with Carol. */
  readonly first: Session;
  readonly second: Session;
}

/** Bob talks to Ada, and calls Carol, or is called by her. */
async function consulting(who: 'calls' | 'is called', isAnswered = true): Promise<Consulting> {
  const calls = await three();
  const { bob, carol } = calls;
  const by = new Asker(bob);
  const first = bob.session ?? assert.fail();
  if (who === 'calls') bob.call('102');
  else carol.call('101');
  calls.advance();
  if (isAnswered) (who === 'calls' ? carol : bob).accept();
  calls.advance();
  for (const one of calls.phones) one.take();
  return { calls, by, first, second: bob.session ?? assert.fail() };
}

function replacing(session: Session): string {
  return referToReplacing('sip:102@a.test', session) ?? assert.fail('no dialog yet');
}

for (const who of ['calls', 'is called'] as const)
  for (const order of ['first', 'second'] as const)
    test(`RFC 5589 §7.3: Bob ${who} Carol and refers in his ${order} call: Ada and Carol talk, Bob is out of both`, async () => {
      const { calls, by, ...own } = await consulting(who);
      const [asked, other] = order === 'first' ? [own.first, own.second] : [own.second, own.first];
      by.refer(replacing(other), {}, asked);
      calls.advance(200);
      assert.deepEqual(by.heard.at(-1), 'done 200');
      assert.deepEqual([own.first.phase, own.second.phase], ['ended', 'ended']);
      assert.deepEqual([calls.ada.session?.phase, calls.carol.session?.phase], ['confirmed', 'confirmed']);
      calls.advance(1000);
      assert.equal([...calls.engine.calls()].length, 1);
      calls.assertAgreed();
      for (const one of [calls.ada, calls.carol]) assert.match(one.shown[1] ?? '', / sendrecv$/);
      calls.carol.session?.end();
      calls.advance();
      assert.equal(calls.ada.session?.phase, 'ended');
      assert.deepEqual(
        calls.assertOver(2).map(({ code }) => code),
        ['transferred', 'normal-clearing'],
      );
      const [left, joined] = calls.ended;
      assert.equal(left?.handover?.toCallId, joined?.callId);
      assert.equal(joined?.handover?.fromCallId, left?.callId);
    });

test('the asker holds both before it refers, as most phones do: nobody is left on hold', async () => {
  const { calls, by, first, second } = await consulting('calls');
  const { bob, ada, carol } = calls;
  const hold = () => bob.say(['m=audio 4000 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000', 'a=sendonly']);
  for (const session of [first, second]) {
    // This phone checks what it is told against what it was told last, in whichever of its calls.
    bob.heard.length = 0;
    assert.ok(session.reinvite(hold()));
    calls.advance();
  }
  assert.deepEqual(
    [ada.shown[1], carol.shown[1]].map((line) => line?.split(' ').at(-1)),
    ['sendonly', 'sendonly'],
  );
  by.refer(replacing(second), {}, first);
  calls.advance(1000);
  assert.deepEqual(
    [ada.shown[1], carol.shown[1]].map((line) => line?.split(' ').at(-1)),
    ['sendrecv', 'sendrecv'],
  );
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver(2);
});

test('the one that was there follows, where the two had agreed on different codecs with the asker', async () => {
  const calls = await three();
  const { ada, bob, carol } = calls;
  const by = new Asker(bob);
  const first = bob.session ?? assert.fail();
  carol.codecs = ['PCMA'];
  bob.call('102', { body: bob.offer(['m=audio 4000 RTP/AVP 8 0 101', 'a=rtpmap:101 telephone-event/8000']) });
  calls.advance();
  carol.accept();
  calls.advance();
  carol.codecs = ['PCMA', 'PCMU'];
  ada.codecs = ['PCMA', 'PCMU'];
  by.refer(replacing(bob.session ?? assert.fail()), {}, first);
  calls.advance(1000);
  assert.deepEqual([ada.shown[1]?.split(' ')[1], carol.agreed?.ours.media[0]?.formats[0]], ['8', '8']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver(2);
});

for (const hasGone of [false, true])
  test(`semi-attended: the target still rings: it is let ring for the other party${hasGone ? ', though the asker hangs up' : ''}`, async () => {
    const { calls, by, first, second } = await consulting('calls', false);
    const dialog = earlyDialog(calls.bob, second);
    by.refer(`sip:102@a.test?Replaces=${encodeURIComponent(dialog)}`, {}, first);
    calls.advance();
    assert.equal(second.phase, 'ended', 'the asker stops calling');
    if (hasGone) first.end();
    calls.advance();
    assert.equal(calls.carol.session?.phase, 'ringing');
    calls.carol.accept();
    calls.advance(500);
    assert.equal(by.heard.at(-1), 'done 200');
    assert.equal(first.phase, 'ended');
    assert.deepEqual([calls.ada.session?.phase, calls.carol.session?.phase], ['confirmed', 'confirmed']);
    calls.assertAgreed();
    calls.ada.session?.end();
    calls.assertOver(2);
  });

test('semi-attended: the target refuses: the asker is told, and talks on', async () => {
  const { calls, by, first, second } = await consulting('calls', false);
  by.refer(`sip:102@a.test?Replaces=${encodeURIComponent(earlyDialog(calls.bob, second))}`, {}, first);
  calls.advance();
  calls.carol.session?.reject(486);
  calls.advance(500);
  assert.deepEqual([by.heard.at(-1), first.phase], ['done 486', 'confirmed']);
  first.end();
  calls.assertOver(2);
});

/** As a phone writes it: its own tag is the caller's, the other one stands in the 180. */
function earlyDialog(phone: Phone, session: Session): string {
  const ringing = phone.last ?? assert.fail('nothing rings');
  return `${session.callId};to-tag=${ringing.to.tag};from-tag=${ringing.from.tag}`;
}

test('the target hangs up as the asker refers: the asker is told, and keeps the other party', async () => {
  const { calls, by, first, second } = await consulting('calls');
  by.refer(replacing(second), {}, first);
  calls.carol.session?.end();
  calls.advance(2000);
  const isJoined = calls.ada.session?.phase === 'ended';
  // Which of the two came first is the network's: nobody is left with nobody.
  if (isJoined) assert.equal(first.phase, 'ended');
  else first.end();
  calls.assertOver(2);
});

const tag = (session: Session): string => session.dialogId?.localTag ?? '';

test('RFC 3891 §3: a Replaces of somebody else’s call, of this call, or of none is refused, and the calls go on', async () => {
  const { calls, by, first } = await consulting('calls');
  const carols = calls.carol.session ?? assert.fail();
  const { callId, localTag, remoteTag } = carols.dialogId ?? assert.fail();
  const foreign = `${callId};to-tag=${remoteTag};from-tag=${localTag}`;
  for (const replaces of [foreign, `unknown;to-tag=a;from-tag=${tag(first)}`])
    by.refer(`sip:102@a.test?Replaces=${encodeURIComponent(replaces)}`, {}, first);
  by.refer(replacing(first), {}, first);
  calls.advance();
  assert.deepEqual(by.heard, ['refused 403', 'refused 403', 'refused 403']);
  assert.deepEqual(
    calls.phones.map(({ session }) => session?.phase),
    ['confirmed', 'confirmed', 'confirmed'],
  );
  first.end();
  carols.end();
  calls.assertOver(2);
});

test('a phone that was transferred transfers in its turn', async () => {
  const { calls, by, first, second } = await consulting('calls');
  by.refer(replacing(second), {}, first);
  calls.advance(500);
  const ada = new Asker(calls.ada);
  ada.refer('sip:101@a.test');
  calls.advance();
  calls.bob.accept();
  calls.advance(500);
  assert.equal(ada.heard.at(-1), 'done 200');
  assert.deepEqual(
    [calls.ada, calls.bob, calls.carol].map(({ session }) => session?.phase),
    ['ended', 'confirmed', 'confirmed'],
  );
  calls.assertAgreed();
  calls.bob.session?.end();
  calls.assertOver(3);
});

test('RFC 3515 §2.4.2: a trunk that refers is refused, unless it was given the right', async () => {
  for (const mayTransfer of [false, true]) {
    const calls = await three();
    calls.ada.session?.end();
    calls.advance();
    const { made } = calls;
    if (mayTransfer) await made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, mayTransfer });
    await made.directory.addNumber(made.actor, {
      digits: '+4930124',
      destination: { to: 'user', user: made.modern.user },
    });
    const far = new Phone(made.network, '192.0.2.50', 'anyone', '');
    far.call('+4930123', { from: '<sip:+49891@192.0.2.50>' });
    calls.advance();
    calls.ada.accept();
    calls.advance();
    const by = new Asker(far);
    by.refer('sip:+4930124@a.test');
    calls.advance();
    if (!mayTransfer) {
      assert.deepEqual([by.heard, far.session?.phase], [['refused 403'], 'confirmed']);
      continue;
    }
    calls.carol.accept();
    calls.advance(500);
    assert.equal(by.heard.at(-1), 'done 200');
    assert.deepEqual([far.session?.phase, calls.carol.session?.phase], ['ended', 'confirmed']);
    calls.assertAgreed();
    by.heard.length = 0;
  }
});
