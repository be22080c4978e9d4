/** Hold and resume from either side (RFC 3264 §8.4): carried across, answered when the far side has, and back to where it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callScene } from './call-scene.test.ts';

const media = { away: ['updateStream', 'updateStream', 'join'] };

for (const who of ['caller', 'callee'] as const) {
  test(`RFC 3264 §8.4: the ${who} holds and resumes`, async () => {
    const calls = (await callScene()).up();
    const [one, other] = who === 'caller' ? [calls.ada, calls.bob] : [calls.bob, calls.ada];
    const isCaller = who === 'caller';
    calls.takeCommands();
    const [version] = other.shown;
    one.direction = 'sendonly';
    one.change();
    calls.advance();
    assert.deepEqual([other.take(), one.take()], [['reoffer INVITE', 'acknowledged'], ['reanswered']].map(withoutAck));
    assert.equal(other.shown[0], version + 1);
    assert.match(other.shown[1] ?? '', / sendonly$/);
    assert.match(one.shown[1] ?? '', / recvonly$/);
    calls.assertAgreed();
    const leg = () => calls.call.legs[isCaller ? 0 : 1];
    assert.equal(leg()?.held, true);
    assert.deepEqual(calls.takeCommands(), media.away);
    one.direction = 'sendrecv';
    one.change();
    calls.advance();
    assert.equal(other.shown[0], version + 2);
    assert.match(other.shown[1] ?? '', / sendrecv$/);
    assert.match(one.shown[1] ?? '', / sendrecv$/);
    assert.equal(leg()?.held, false);
    calls.assertAgreed();
    assert.deepEqual(calls.told.slice(-2), ['call.held', 'call.resumed']);
    calls.bob.session?.end();
    calls.assertOver();
  });
}

/** An ACK to a change of the other's is not a thing that a phone notes. */
function withoutAck(seen: string[]): string[] {
  return seen.filter((what) => what !== 'acknowledged');
}

test('both sides hold: nothing flows until both have resumed', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const directions: (string | undefined)[] = [];
  const step = (phone: typeof ada, direction: string) => {
    phone.direction = direction;
    phone.change();
    calls.advance();
    directions.push(`${ada.shown[1]?.split(' ').at(-1)} ${bob.shown[1]?.split(' ').at(-1)}`);
    calls.assertAgreed();
  };
  step(ada, 'sendonly');
  step(bob, 'sendonly');
  step(ada, 'sendrecv');
  step(bob, 'sendrecv');
  assert.deepEqual(directions, ['recvonly sendonly', 'sendonly inactive', 'sendonly sendrecv', 'sendrecv sendrecv']);
  ada.session?.end();
  calls.assertOver();
});

test('RFC 2543: an address of zeros is a hold, told to the far side as one of today', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const [first = '', ...more] = ada.offerLines();
  ada.change([first, 'c=IN IP4 0.0.0.0', ...more]);
  calls.advance();
  assert.match(bob.shown[1] ?? '', / sendonly$/);
  assert.equal(calls.call.legs[0]?.held, true);
  ada.change();
  calls.advance();
  assert.match(bob.shown[1] ?? '', / sendrecv$/);
  ada.session?.end();
  calls.assertOver();
});

test('a hold that the far side refuses is refused, and both stand where they stood', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const before = [ada.agreed, bob.agreed];
  bob.onChange = (session) => session.refuseReoffer(488);
  ada.direction = 'sendonly';
  ada.change();
  calls.advance();
  assert.deepEqual([ada.outcomes, calls.call.legs[0]?.held], [[488], false]);
  assert.deepEqual([ada.agreed, bob.agreed], before);
  calls.assertAgreed();
  bob.onChange = (session) => bob.acceptChange(session);
  ada.change();
  calls.advance();
  assert.deepEqual(ada.outcomes, [488, 200]);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});
