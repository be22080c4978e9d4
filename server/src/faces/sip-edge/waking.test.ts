/** RFC 8599: phones that sleep, and calls that wait for them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '@ringdown/sip';
import { dial, edgeAddress, type Peer, type Scene, scene } from './edge-scene.test.ts';
import type { PushTarget } from './index.ts';

const byTcp: Target = { kind: 'tcp', remote: { family: 4, address: edgeAddress, port: 5060 } };

function register(peer: Peer, params = ';pn-provider=fcm;pn-prid=abc;pn-param=app', target: Target = byTcp) {
  return peer.register([['Contact', `<sip:100@10.1.1.1:5060;transport=tcp${params}>`]], { target });
}

function sleep({ ada, clock }: Scene): void {
  for (const connection of ada.host.connections()) ada.host.close(connection.flowOf(ada.host));
  clock.advance(200);
}

async function pushing() {
  const pushed: PushTarget[] = [];
  const service: { fail: ((detail: string) => void) | null } = { fail: null };
  const send = (target: PushTarget, failed: (detail: string) => void): void => {
    pushed.push(target);
    service.fail = failed;
  };
  const made = await scene({ push: { sender: { providers: ['fcm'], send }, waitMs: 10_000 } });
  const call = () => {
    const [binding] = made.registrar.lookup(made.tenant, '100@a.test');
    assert.ok(binding, 'the phone sleeps and is registered');
    const flow = String(binding.flow?.id ?? '');
    return dial(made, { kind: 'binding', aor: '100@a.test', contactUri: binding.contact, path: [], flow });
  };
  const ended = () => made.events.flatMap((event) => (event.type === 'ended' ? [event.cause.detail] : []));
  return { ...made, pushed, service, call, ended };
}

test('RFC 8599 §5.3: who names a provider that we know is told so, any other gets 555, and who says nothing hears nothing', async () => {
  const { ada } = await pushing();
  assert.equal(register(ada).header('Feature-Caps'), '*;+sip.pns="fcm"');
  assert.equal(register(ada, ';pn-provider=apns;pn-prid=x').status, 555);
  assert.equal(register(ada, '').header('Feature-Caps'), undefined);
  const without = await scene();
  assert.deepEqual([register(without.ada).status, register(without.ada).header('Feature-Caps')], [200, undefined]);
});

test('RFC 8599 §5.6.2: a call wakes the phone and waits until it has registered', async () => {
  const made = await pushing();
  const { ada, clock, pushed, call, types } = made;
  register(ada);
  sleep(made);
  call();
  assert.deepEqual(pushed, [{ provider: 'fcm', prid: 'abc', param: 'app' }]);
  clock.advance(3000);
  assert.equal(ada.invited, null);
  register(ada);
  clock.advance(200);
  assert.ok(ada.invited);
  assert.equal(ada.flow?.kind, 'tcp');
  assert.ok(types().includes('ringing'));
});

test('RFC 8599 §5.6.2: a phone that does not come is not reached, and one push is enough for two calls', async () => {
  const made = await pushing();
  register(made.ada);
  sleep(made);
  made.call();
  made.call();
  assert.equal(made.pushed.length, 1);
  made.clock.advance(10_000);
  assert.deepEqual(made.ended(), Array(2).fill('the phone was woken and has not registered in time'));
  register(made.ada);
  made.clock.advance(1000);
  assert.equal(made.ada.invited, null, 'too late');
});

test('RFC 8599 §5.6.2: what the push service refuses ends the call', async () => {
  const made = await pushing();
  register(made.ada);
  sleep(made);
  made.call();
  made.service.fail?.('410 Gone');
  made.clock.advance(100);
  assert.deepEqual(made.ended(), ['the push service says: 410 Gone']);
});

test('a call that is given up while the phone sleeps does not ring it when it comes', async () => {
  const made = await pushing();
  register(made.ada);
  sleep(made);
  const legId = made.call();
  made.edge.perform({ type: 'end', legId, cause: { code: 'cancelled' } as never });
  register(made.ada);
  made.clock.advance(200);
  assert.equal(made.ada.invited, null);
});

test('a phone whose connection stands is called at once', async () => {
  const made = await pushing();
  register(made.ada);
  made.call();
  assert.deepEqual([made.pushed.length, made.ada.invited === null], [0, false]);
});

test('a phone that cannot be woken is gone with its connection', async () => {
  const made = await pushing();
  register(made.ada, '');
  sleep(made);
  assert.equal(made.registrar.lookup(made.tenant, '100@a.test').length, 0);
});
