/** Calls that come in (RFC 3261 §13.3, §14, §15): what the engine is told and what the caller sees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipResponse } from '@ringdown/sip';
import { endCause } from '#engine/calls';
import { bodyOf, called, descriptionOf, edgeAddress, sdpOf, textOf } from './edge-scene.test.ts';

test('RFC 3261 §13.3: a call comes in, rings, is answered, and the caller hangs up', async () => {
  const { ada, edge, call, clock, events, types, one, tenant } = await called({
    maxForwards: 20,
    headers: [
      ['Alert-Info', '<urn:alert:tone:internal>'],
      ['X-Secret', 'stays'],
      ['Session-ID', `${'ab'.repeat(16)};remote=${'0'.repeat(32)}`],
    ],
  });
  assert.deepEqual([call.tenantId, call.origin], [tenant, { kind: 'user', userId: one.user, deviceId: one.device }]);
  assert.deepEqual(call.from, { displayName: 'Ada', user: '100', host: 'a.test' });
  assert.deepEqual(call.to, { displayName: '', user: '101', host: 'a.test' });
  assert.deepEqual(call.crossing, {
    maxForwards: 19,
    sessionId: 'ab'.repeat(16),
    headers: [['Alert-Info', '<urn:alert:tone:internal>']],
  });
  assert.equal(call.offer?.media[0]?.port, 4000);
  const { legId } = call;
  edge.perform({ type: 'ring', legId, status: 180, description: null });
  edge.perform({ type: 'answer', legId, description: descriptionOf(sdpOf(20_000, edgeAddress)) });
  clock.advance(100);
  assert.deepEqual([ada.seen, types()], [['180', 'accepted'], ['acknowledged']]);
  ada.session?.end();
  clock.advance(100);
  const last = events.at(-1);
  assert.ok(last?.type === 'ended');
  assert.deepEqual([last.legId, last.cause.code, last.cause.by], [legId, 'normal-clearing', 'peer']);
  assert.equal(edge.legCount, 0);
});

test('RFC 3261 §9: a caller gives up', async () => {
  const { ada, edge, call, clock, events } = await called();
  edge.perform({ type: 'ring', legId: call.legId, status: 180, description: null });
  clock.advance(100);
  ada.session?.end();
  clock.advance(100);
  assert.deepEqual(
    events.map((event) => event.type === 'ended' && event.cause.code),
    ['cancelled'],
  );
  assert.equal(edge.legCount, 0);
});

test('a call is refused with the status and the Reason of its cause', async () => {
  const { ada, edge, call, clock, events } = await called();
  edge.perform({ type: 'end', legId: call.legId, cause: endCause('busy') });
  clock.advance(100);
  assert.deepEqual(
    [ada.end?.why, ada.end?.status, ada.end?.reasonHeader],
    ['rejected', 486, 'Q.850;cause=17;text="busy"'],
  );
  assert.deepEqual(
    events.map(({ type }) => type),
    ['ended'],
  );
});

test('RFC 8866 §5.2: the origin of a leg is its own, its version rises exactly when the content changes', async () => {
  const { ada, edge, call, clock } = await called({ reliability: 'off' });
  const originOf = () => descriptionOf(textOf(ada.last ?? ada.invited ?? assert.fail())).origin;
  const { legId } = call;
  const answer = descriptionOf(sdpOf(20_000, edgeAddress));
  edge.perform({ type: 'ring', legId, status: 183, description: answer });
  clock.advance(100);
  const early = originOf();
  edge.perform({
    type: 'answer',
    legId,
    description: { ...answer, origin: { ...answer.origin, sessionVersion: '77' } },
  });
  clock.advance(100);
  assert.deepEqual(originOf(), early);
  assert.equal(early.username, 'ringdown');
  ada.last = null;
  edge.perform({ type: 'reoffer', legId, description: descriptionOf(sdpOf(20_002, edgeAddress)) });
  clock.advance(100);
  assert.deepEqual(originOf(), { ...early, sessionVersion: String(Number(early.sessionVersion) + 1) });
});

test('RFC 3261 §14: a change is carried up, a refresh is answered here', async () => {
  const { ada, edge, call, clock, events, types } = await called();
  const { legId } = call;
  edge.perform({ type: 'answer', legId, description: descriptionOf(sdpOf(20_000, edgeAddress)) });
  clock.advance(100);
  events.length = 0;
  ada.session?.reinvite(bodyOf(sdpOf(4000)));
  clock.advance(100);
  assert.deepEqual([types(), ada.seen.at(-1)], [['refreshed'], 'reanswered']);
  events.length = 0;
  ada.session?.reinvite(bodyOf(sdpOf(4444)));
  clock.advance(100);
  const [change] = events;
  assert.ok(change?.type === 'reoffered');
  assert.equal(change.description?.media[0]?.port, 4444);
  edge.perform({ type: 'refuse-reoffer', legId, cause: endCause('not-acceptable') });
  clock.advance(100);
  assert.equal(ada.seen.at(-1), 'refused 488');
});

test('RFC 6086: keys pressed come up, and OPTIONS within the call is answered', async () => {
  const { ada, edge, call, clock, events } = await called();
  edge.perform({ type: 'answer', legId: call.legId, description: descriptionOf(sdpOf(20_000, edgeAddress)) });
  clock.advance(100);
  const finals: (number | undefined)[] = [];
  const onFinal = (response: SipResponse | undefined) => void finals.push(response?.status);
  ada.session?.request('INFO', { body: bodyOf('Signal=5\r\n', 'application/dtmf-relay'), onFinal });
  ada.session?.request('OPTIONS', { onFinal });
  ada.session?.request('PUBLISH', { onFinal });
  clock.advance(100);
  assert.deepEqual(finals, [200, 200, 501]);
  const [informed] = events.slice(-1);
  assert.ok(informed?.type === 'informed');
  assert.deepEqual([informed.contentType, informed.body], ['application/dtmf-relay', 'Signal=5\r\n']);
});
