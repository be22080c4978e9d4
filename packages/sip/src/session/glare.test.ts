/** Changes that meet each other (RFC 3261 §14.1, §14.2; RFC 3311 §5.2): 491 and its pauses, 500 and Retry-After. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectedPhones, type PhoneScene, textBody } from '@ringdown/testkit';
import { inDialogRequest } from '../dialog/dialog.ts';
import { glarePauseMs } from '../dialog/offer-answer.ts';

const updates = { headers: [['Allow', 'INVITE, UPDATE']] } as const;

/** How long each re-INVITE of a host waited after the 491 to the one before. */
function pauseOf({ network }: PhoneScene, from: string, to: string, method: string): number {
  const [refusedMs = 0] = network.trace.timesOf(to, '491');
  return (network.trace.timesOf(from, method).find((at) => at > refusedMs) ?? 0) - refusedMs;
}

test('RFC 3261 §14.1: re-INVITEs cross: both are 491; the owner of the Call-ID waits 2.1 to 4 s, the other 0 to 2 s', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const scene = connectedPhones({ seed });
    const { a, b, clock, network } = scene;
    network.trace.clear();
    a.session?.reinvite(textBody('from a'));
    b.session?.reinvite(textBody('from b'));
    clock.advance(20_000);
    const [ofOwner, ofOther] = [pauseOf(scene, 'a', 'b', 'INVITE'), pauseOf(scene, 'b', 'a', 'INVITE')];
    assert.ok(ofOwner >= 2_100 && ofOwner <= 4_001, `${ofOwner} ms`);
    assert.ok(ofOther >= 0 && ofOther <= 2_001, `${ofOther} ms`);
    assert.ok(a.seen.includes('reoffer INVITE from b') && a.seen.includes('reoffer-accepted changed'));
    assert.ok(b.seen.includes('reoffer INVITE from a') && b.seen.includes('reoffer-accepted changed'));
    assert.equal(network.trace.timesOf('a', '491').length, 1);
  }
});

test('RFC 3261 §14.1: the pauses, in steps of 10 ms, both ends reached', () => {
  const all = (ownsCallId: boolean, below: number) =>
    Array.from({ length: below }, (_, at) => glarePauseMs(ownsCallId, (limit) => Math.min(at, limit - 1)));
  const owner = all(true, 191);
  const other = all(false, 201);
  assert.deepEqual([Math.min(...owner), Math.max(...owner)], [2_100, 4_000]);
  assert.deepEqual([Math.min(...other), Math.max(...other)], [0, 2_000]);
  assert.ok([...owner, ...other].every((pause) => pause % 10 === 0));
});

test('RFC 3311 §5.2: UPDATEs cross: both are 491, both go through later', () => {
  const { a, b, clock } = connectedPhones({ a: updates, b: updates });
  assert.equal(a.session?.update(textBody('from a')), true);
  assert.equal(b.session?.update(textBody('from b')), true);
  clock.advance(20_000);
  assert.ok(a.seen.includes('reoffer UPDATE from b') && a.seen.includes('reoffer-accepted changed'));
  assert.ok(b.seen.includes('reoffer UPDATE from a') && b.seen.includes('reoffer-accepted changed'));
});

test('an UPDATE with an offer meets a re-INVITE: 491 for both, and both go through', () => {
  const { a, b, clock, network } = connectedPhones({ a: updates, b: updates });
  a.session?.reinvite(textBody('from a'));
  b.session?.update(textBody('from b'));
  clock.advance(20_000);
  assert.deepEqual([network.trace.timesOf('a', '491').length, network.trace.timesOf('b', '491').length], [1, 1]);
  assert.ok(a.seen.includes('reoffer UPDATE from b'));
  assert.ok(b.seen.includes('reoffer INVITE from a'));
});

test('an UPDATE without a body passes a re-INVITE', () => {
  const { a, b, clock, network } = connectedPhones({ a: updates, b: updates });
  b.onChange = () => {};
  a.session?.reinvite(textBody('from a'));
  b.session?.update(null);
  clock.advance(1000);
  assert.deepEqual(network.trace.timesOf('a', '491'), []);
  assert.deepEqual(b.seen.at(-1), 'reoffer-accepted');
});

test('RFC 3261 §14.2: a second change of the peer before ours is answered is 500 with Retry-After, and comes again', () => {
  const { a, b, clock, network } = connectedPhones({ a: updates, b: updates });
  b.onChange = (session) => network.later(3000, () => session.acceptReoffer(textBody('late')));
  a.session?.reinvite(textBody('first'));
  clock.advance(100);
  assert.equal(a.session?.reinvite(textBody('second')), false, 'ours come one at a time');
  // A peer that is less patient, by hand:
  const dialog = a.session?.snapshot()?.dialog ?? assert.fail();
  const impatient = inDialogRequest({ ...dialog }, { method: 'UPDATE', headers: typeOf, body: new Uint8Array([120]) });
  const statuses: string[] = [];
  a.layer.request(impatient, b.target, {
    onResponse: (response) => statuses.push(`${response.status} ${response.header('Retry-After') !== undefined}`),
    onTimeout: () => assert.fail(),
    onTransportFailure: () => assert.fail(),
  });
  clock.advance(100);
  assert.deepEqual(statuses, ['500 true']);
});

test('we are told 500 with Retry-After: the change waits as long and comes again, once', () => {
  const { a, b, clock, network } = connectedPhones();
  let refusals = 0;
  b.onChange = (session) => {
    refusals += 1;
    if (refusals === 1) session.refuseReoffer(500, [['Retry-After', '4']]);
    else session.acceptReoffer(textBody('now'));
  };
  a.session?.reinvite(textBody('hold'));
  clock.advance(10_000);
  const [, first = 0, second = 0] = network.trace.timesOf('a', 'INVITE');
  assert.equal(Math.round((second - first) / 1000), 4);
  assert.equal(a.seen.at(-1), 'reoffer-accepted now');
});

test('a second 491 is a refusal; the session stands as it was', () => {
  const { a, b, clock } = connectedPhones();
  b.onChange = (session) => void session.refuseReoffer(491);
  const before = a.session?.localBody;
  a.session?.reinvite(textBody('hold'));
  clock.advance(10_000);
  assert.equal(a.seen.at(-1), 'reoffer-refused 491');
  assert.equal(a.session?.localBody, before);
  assert.equal(a.session?.reinvite(textBody('again')), true, 'and another may follow');
});

test('the peer changes the session while ours pauses: theirs is answered, ours comes after it', () => {
  const { a, b, clock } = connectedPhones();
  b.onChange = (session) => void session.refuseReoffer(491);
  a.session?.reinvite(textBody('from a'));
  clock.advance(100);
  b.onChange = (session) => void session.acceptReoffer(textBody('changed'));
  b.session?.reinvite(textBody('from b'));
  clock.advance(100);
  assert.equal(a.seen.at(-1), 'reoffer INVITE from b');
  clock.advance(10_000);
  assert.equal(a.seen.at(-1), 'reoffer-accepted changed');
});

test('RFC 3261 §14.1: the ACK of the peer’s re-INVITE is late: ours waits for it, once, or for the end', () => {
  for (const does of ['change', 'take back', 'end']) {
    const { a, b, clock, network } = connectedPhones();
    a.session?.reinvite(textBody('from a'));
    clock.advance(1);
    network.oneWay(a.host, b.host, { loss: 1 });
    clock.advance(300);
    assert.equal(b.session?.reinvite(textBody('from b')), true);
    assert.equal(b.session?.reinvite(textBody('more')), false, 'ours come one at a time');
    if (does === 'take back') assert.equal(b.session?.cancelReinvite(), true);
    if (does === 'end') b.session?.end();
    clock.advance(10);
    assert.deepEqual(network.trace.timesOf('b', 'INVITE'), []);
    network.oneWay(a.host, b.host, { loss: 0 });
    clock.advance(5_000);
    assert.equal(network.trace.timesOf('b', 'INVITE').length, does === 'change' ? 1 : 0);
    assert.equal(a.seen.includes('reoffer INVITE from b'), does === 'change');
    assert.equal(b.seen.filter((text) => text.startsWith('reoffer-')).length, does === 'end' ? 0 : 1, b.seen.join());
  }
});

test('RFC 5407 §3.1.4: a re-INVITE before the ACK of our 200 is 491', () => {
  const { a, b, clock, network } = connectedPhones();
  void b;
  network.filter = (from, _to, bytes) => !(from === 'a' && String.fromCharCode(...bytes.subarray(0, 3)) === 'ACK');
  const second = a.call(b);
  clock.advance(200);
  assert.equal(b.session?.phase, 'accepted');
  second.reinvite(textBody('early'));
  clock.advance(100);
  assert.equal(network.trace.timesOf('b', '491').length, 1);
});

const typeOf = [['Content-Type', 'application/sdp']] as const;
