/** docs/adr/0002: the wall clock of the machine is set an hour forward or back while phones talk. Nothing that runs may notice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callScene } from './call-scene.test.ts';

const hourMs = 3_600_000;

for (const stepMs of [hourMs, -hourMs]) {
  const way = stepMs > 0 ? 'forward' : 'back';

  test(`a clock set an hour ${way} ends no call and no registration, and the call is hung up as ever`, async () => {
    const calls = (await callScene()).up();
    const { made, ada, bob } = calls;
    made.wall.stepMs = stepMs;
    calls.advance(600_000);
    assert.equal(calls.call.phase, 'up');
    assert.equal(made.registrar.expire(), 0);
    assert.equal(made.registrar.lookup(made.tenant, '101@a.test').length, 1);
    ada.session?.end();
    calls.advance();
    assert.equal(bob.end?.why, 'hung-up');
    const [cause] = calls.assertOver();
    assert.equal(cause?.code, 'normal-clearing');
  });

  test(`a clock set an hour ${way} while it rings: the time to ring is what it was`, async () => {
    const calls = await callScene();
    calls.ada.call('101');
    calls.advance(10_000);
    calls.made.wall.stepMs = stepMs;
    calls.advance(19_000);
    assert.equal(calls.call.phase, 'dialing');
    calls.advance(2_000);
    const [cause] = calls.assertOver();
    assert.equal(cause?.code, 'no-answer');
  });

  test(`a clock set an hour ${way}: a registration ends when its time is over, a new one is taken`, async () => {
    const calls = await callScene();
    const { made, bob } = calls;
    made.wall.stepMs = stepMs;
    calls.advance(3_500_000);
    made.registrar.expire();
    assert.equal(made.registrar.lookup(made.tenant, '101@a.test').length, 1);
    calls.advance(100_000);
    made.registrar.expire();
    assert.deepEqual(made.registrar.lookup(made.tenant, '101@a.test'), []);
    assert.equal(bob.register().status, 200);
    calls.ada.call('101');
    calls.advance();
    assert.equal(bob.session?.phase, 'ringing');
  });
}
