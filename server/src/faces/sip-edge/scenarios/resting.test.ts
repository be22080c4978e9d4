/** A call that rests keeps its descriptions as text; whatever happens next finds it whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtRest, joinedLeg } from '#engine/calls';
import { callScene } from './call-scene.test.ts';

test('a call at rest is held and resumed as any other, with the next version of what was said before', async () => {
  const calls = (await callScene()).up();
  for (const direction of ['sendonly', 'sendrecv'] as const) {
    calls.rest(calls.call);
    assert.ok(isAtRest(calls.call));
    calls.assertAgreed();
    const [version] = calls.bob.shown;
    calls.ada.direction = direction;
    calls.ada.change();
    calls.advance();
    const [caller] = calls.call.legs;
    assert.equal(caller?.held, direction === 'sendonly');
    assert.equal(calls.bob.shown[0], version + 1);
    assert.match(calls.bob.shown[1] ?? '', new RegExp(` ${direction}$`));
    calls.assertAgreed();
  }
  calls.rest(calls.call);
  calls.bob.session?.end();
  calls.assertOver();
});

test('a call does not rest while it rings, nor while a change of media is under way', async () => {
  const calls = await callScene();
  calls.ada.call('101');
  calls.advance();
  calls.rest(calls.call);
  calls.bob.accept();
  calls.advance();
  const [caller] = calls.call.legs;
  assert.ok(caller !== undefined && joinedLeg(calls.call, caller) !== undefined);
  calls.bob.onReoffer = () => undefined;
  calls.ada.direction = 'sendonly';
  calls.ada.change();
  calls.advance();
  assert.equal(calls.call.legs[0]?.reoffer, 'theirs');
  calls.rest(calls.call);
  assert.equal(isAtRest(calls.call), false);
});
