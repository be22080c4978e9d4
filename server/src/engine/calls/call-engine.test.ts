import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSdp, mediaDirection, readCodecs } from '@ringdown/sdp';
import fc from 'fast-check';
import type { CallPlan } from './call-state.ts';
import { endCause } from './end-cause.ts';
import { EngineBench, offerOf, target } from './engine-bench.ts';

const dial = (...users: string[]): CallPlan => ({
  kind: 'dial',
  steps: [{ targets: users.map((user) => target(user)), ringMs: 30_000 }],
});
const inTurn = (...users: string[]): CallPlan => ({
  kind: 'dial',
  steps: users.map((user) => ({ targets: [target(user)], ringMs: 30_000 })),
});

test('a call is offered, rings, is answered, talks and ends', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial('101'));
  assert.deepEqual(bench.take(call), ['B1 dial']);
  bench.ring(call, 1);
  assert.deepEqual(bench.take(call), ['A ring 180']);
  bench.answer(call, 1);
  assert.deepEqual(bench.take(call), ['A answer']);
  bench.acknowledge(call);
  assert.equal(call.phase, 'up');
  bench.end(call, 1);
  assert.deepEqual(bench.take(call), ['A end normal-clearing']);
  bench.end(call, 0);
  assert.equal(call.phase, 'ended');
  assert.equal(call.cause?.code, 'normal-clearing');
  assert.deepEqual(bench.told, [
    'call.started',
    'call.ringing',
    'call.answered',
    'leg.ended',
    'leg.ended',
    'call.ended',
  ]);
  assert.equal(bench.media.at(-1)?.verb, 'closeSession');
  assert.equal(bench.engine.takeChanged().atOnce.length, 1);
  assert.equal(bench.engine.size, 0);
});

test('what every peer has seen is to be written at once; ringing, a plain ACK and the end of an ending call may wait', () => {
  const bench = new EngineBench();
  const taken = (): [number, number] => {
    const { atOnce, mayWait } = bench.engine.takeChanged();
    return [atOnce.length, mayWait.length];
  };
  const call = bench.begin(dial('101'));
  assert.deepEqual(taken(), [1, 0]);
  bench.ring(call, 1);
  assert.deepEqual(taken(), [0, 1]);
  bench.answer(call, 1);
  assert.deepEqual(taken(), [1, 0]);
  bench.acknowledge(call);
  assert.deepEqual(taken(), [0, 1]);
  bench.end(call, 1);
  assert.deepEqual(taken(), [1, 0]);
  bench.end(call, 0);
  assert.deepEqual([call.phase, taken(), bench.engine.size], ['ended', [0, 1], 0]);
});

test('an ACK that brings the answer is written at once, and so is the end of a call of one leg', () => {
  const bench = new EngineBench();
  const late = bench.begin(dial('101'), null);
  bench.answer(late, 1);
  bench.engine.takeChanged();
  bench.acknowledge(late, offerOf('192.0.2.1', 4000, '0'));
  assert.equal(bench.engine.takeChanged().atOnce.length, 1);
  const served = bench.begin({ kind: 'serve', service: 'echo' });
  bench.acknowledge(served);
  bench.engine.takeChanged();
  bench.end(served, 0);
  assert.deepEqual([served.phase, bench.engine.takeChanged().atOnce], ['ended', [served]]);
});

test('nothing is said to anybody before the RTP ports are there', () => {
  const bench = new EngineBench();
  bench.opensStreams = false;
  const call = bench.begin(dial('101'));
  assert.deepEqual(bench.take(call), []);
  bench.opensStreams = true;
  bench.settle();
  assert.deepEqual(bench.take(call), ['B1 dial']);
});

test('both legs are told our address, and the streams are joined with their payload types', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial('101'));
  bench.answer(call, 1, offerOf('192.0.2.2', 5000, '8 96', 'a=rtpmap:96 telephone-event/8000\r\n'));
  const [offered, answered] = bench.commands;
  assert.ok(offered?.type === 'dial' && offered.offer !== null && answered?.type === 'answer');
  assert.match(formatSdp(offered.offer), /c=IN IP4 203\.0\.113\.9/);
  assert.deepEqual(
    readCodecs(answered.description.media[0]!).map((codec) => codec.name),
    ['PCMA', 'TELEPHONE-EVENT'],
  );
  const join = bench.media.find((command) => command.verb === 'join');
  assert.ok(join?.verb === 'join');
  assert.deepEqual(join.payloadMapAtoB, [
    [8, 8],
    [101, 96],
  ]);
  assert.deepEqual(join.payloadMapBtoA, [
    [0, 0],
    [8, 8],
    [101, 101],
  ]);
});

test('the caller gives up: every ringing device is told, and the call is cancelled', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial('101', '102'));
  bench.ring(call, 1);
  bench.take(call);
  bench.end(call, 0, 'cancelled');
  assert.deepEqual(bench.take(call), ['B1 end cancelled', 'B2 end cancelled']);
  bench.end(call, 1, 'cancelled');
  bench.end(call, 2, 'cancelled');
  assert.equal(call.phase, 'ended');
  assert.equal(call.cause?.code, 'cancelled');
});

test('several devices ring: the first to answer wins, the others learn that it was answered elsewhere', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial('101', '102', '103'));
  bench.ring(call, 1);
  bench.ring(call, 2, 183, offerOf('192.0.2.3', 6000, '0'));
  assert.deepEqual(bench.take(call), ['B1 dial', 'B2 dial', 'B3 dial', 'A ring 180']);
  bench.answer(call, 2);
  assert.deepEqual(bench.take(call), ['B1 end answered-elsewhere', 'B3 end answered-elsewhere', 'A answer']);
  bench.answer(call, 3);
  assert.deepEqual(bench.take(call), []);
});

test('early media of the only device is heard, and the answer says the same', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial('101'));
  bench.ring(call, 1, 183, offerOf('192.0.2.2', 5000, '0'));
  const shown = bench.commands.at(-1);
  assert.ok(shown?.type === 'ring' && shown.status === 183 && shown.description !== null);
  assert.ok(bench.media.some((command) => command.verb === 'join'));
  bench.answer(call, 1, offerOf('192.0.2.2', 5000, '0'));
  const answered = bench.commands.at(-1);
  assert.ok(answered?.type === 'answer');
  assert.equal(formatSdp(answered.description), formatSdp(shown.description));
});

test('after early media the next device is offered only the codec that the caller was shown', () => {
  const bench = new EngineBench();
  const call = bench.begin(inTurn('101', '102'));
  bench.ring(call, 1, 183, offerOf('192.0.2.2', 5000, '8'));
  bench.end(call, 1, 'upstream-failed', 503);
  bench.settle();
  const second = bench.commands.at(-1);
  assert.ok(second?.type === 'dial' && second.offer !== null);
  assert.deepEqual(
    readCodecs(second.offer.media[0]!).map((codec) => codec.name),
    ['PCMA', 'TELEPHONE-EVENT'],
  );
});

test('the second step is rung when the first has failed, and its failure decides', () => {
  const bench = new EngineBench();
  const call = bench.begin(inTurn('101', '102'));
  bench.end(call, 1, 'unreachable');
  bench.settle();
  assert.deepEqual(bench.take(call), ['B1 dial', 'B2 dial']);
  bench.end(call, 2, 'busy', 486);
  assert.deepEqual(bench.take(call), ['A end busy']);
});

test('no answer in time: the device is cancelled and the caller told so at once', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial('101'));
  bench.ring(call, 1);
  assert.equal(bench.ringMs, 30_000);
  bench.take(call);
  bench.engine.ringTimeOver(call.callId);
  assert.deepEqual(bench.take(call), ['B1 end no-answer', 'A end no-answer']);
});

test('a device that answers as it is being cancelled is hung up, never joined', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial('101'));
  bench.end(call, 0, 'cancelled');
  bench.answer(call, 1);
  assert.equal(call.joinedLegId, null);
  assert.equal(
    bench.media.some((command) => command.verb === 'join'),
    false,
  );
});

test('no codec in common is a refusal that names both lists', () => {
  const bench = new EngineBench();
  const plan: CallPlan = { kind: 'dial', steps: [{ targets: [target('101', ['G722'])], ringMs: 1000 }] };
  const call = bench.begin(plan);
  assert.deepEqual(bench.take(call), ['A end no-common-codec']);
  assert.match(call.cause?.detail ?? '', /offered: PCMU, PCMA.*allowed: G722/);
});

test('hold is carried across and answered only when the far side has', () => {
  const bench = new EngineBench();
  const call = bench.up();
  bench.engine.onLegEvent({
    type: 'reoffered',
    legId: bench.legId(call, 0),
    description: offerOf('192.0.2.1', 4000, '0 101', 'a=sendonly\r\n'),
  });
  const asked = bench.commands[0];
  assert.ok(asked?.type === 'reoffer' && asked.description !== null);
  assert.equal(mediaDirection(asked.description, asked.description.media[0]!), 'sendonly');
  assert.deepEqual(bench.take(call), ['B1 reoffer']);
  bench.engine.onLegEvent({
    type: 'reanswered',
    legId: bench.legId(call, 1),
    description: offerOf('192.0.2.2', 5000, '0 101', 'a=recvonly\r\n'),
  });
  const accepted = bench.commands[0];
  assert.ok(accepted?.type === 'accept-reoffer');
  assert.equal(mediaDirection(accepted.description, accepted.description.media[0]!), 'recvonly');
  assert.deepEqual(bench.told.slice(-1), ['call.held']);
});

test('a refused change leaves both legs on what was agreed (RFC 6141)', () => {
  const bench = new EngineBench();
  const call = bench.up();
  const before = structuredClone(call.legs.map((leg) => [leg.media.local, leg.media.remote]));
  bench.engine.onLegEvent({
    type: 'reoffered',
    legId: bench.legId(call, 1),
    description: offerOf('192.0.2.2', 5002, '8'),
  });
  assert.deepEqual(bench.take(call), ['A reoffer']);
  bench.engine.onLegEvent({
    type: 'reoffer-refused',
    legId: bench.legId(call, 0),
    cause: endCause('not-acceptable', { status: 488 }),
  });
  assert.deepEqual(bench.take(call), ['B1 refuse-reoffer']);
  assert.deepEqual(
    call.legs.map((leg) => [leg.media.local, leg.media.remote]),
    before,
  );
});

test('two changes at once: the second is refused as under way (491)', () => {
  const bench = new EngineBench();
  const call = bench.up();
  bench.engine.onLegEvent({
    type: 'reoffered',
    legId: bench.legId(call, 0),
    description: offerOf('192.0.2.1', 4002, '0'),
  });
  bench.take(call);
  bench.engine.onLegEvent({
    type: 'reoffered',
    legId: bench.legId(call, 1),
    description: offerOf('192.0.2.2', 5002, '0'),
  });
  const refused = bench.commands[0];
  assert.ok(refused?.type === 'refuse-reoffer' && refused.cause.status === 491);
});

test('a re-INVITE without an offer asks the far side, and its answer goes back in the ACK', () => {
  const bench = new EngineBench();
  const call = bench.up();
  bench.engine.onLegEvent({ type: 'reoffered', legId: bench.legId(call, 0), description: null });
  assert.deepEqual(bench.take(call), ['B1 reoffer']);
  bench.engine.onLegEvent({
    type: 'reanswered',
    legId: bench.legId(call, 1),
    description: offerOf('192.0.2.2', 5004, '0 101'),
  });
  assert.deepEqual(bench.take(call), ['A accept-reoffer']);
  bench.engine.onLegEvent({
    type: 'reacknowledged',
    legId: bench.legId(call, 0),
    description: offerOf('192.0.2.1', 4004, '0 101'),
  });
  assert.deepEqual(bench.take(call), ['B1 acknowledge']);
  assert.equal(call.legs[1]?.reoffer, null);
});

test('an INVITE without an offer: the callee is offered all, the caller gets an offer in the 200', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial('101'), null);
  bench.answer(call, 1, offerOf('192.0.2.2', 5000, '8 101'));
  const answered = bench.commands.at(-1);
  assert.ok(answered?.type === 'answer');
  assert.deepEqual(
    readCodecs(answered.description.media[0]!).map((codec) => codec.name),
    ['PCMA', 'TELEPHONE-EVENT'],
  );
  bench.media.length = 0;
  bench.acknowledge(call, offerOf('192.0.2.1', 4000, '8 101'));
  assert.ok(bench.media.some((command) => command.verb === 'join'));
});

test('a built-in number answers by itself', () => {
  const bench = new EngineBench();
  const call = bench.begin({ kind: 'serve', service: 'echo' });
  assert.deepEqual(bench.take(call), ['A answer']);
  assert.ok(bench.media.some((command) => command.verb === 'echo' && command.on));
  bench.acknowledge(call);
  bench.end(call, 0);
  assert.equal(call.phase, 'ended');
});

test('no RTP port free: the caller is refused with the cause, and nothing stays behind', () => {
  const bench = new EngineBench();
  bench.opensStreams = false;
  const call = bench.begin(dial('101'));
  bench.engine.onMediaFailure(call.media.sessionId, { code: 'ports-exhausted', detail: '' });
  assert.deepEqual(bench.take(call), ['A end media-exhausted']);
  bench.end(call, 0);
  bench.engine.takeChanged();
  assert.equal(bench.engine.size, 0);
});

test('silence of one party ends the call and says whose', () => {
  const bench = new EngineBench();
  const call = bench.up();
  const streamId = `${bench.legId(call, 1)}.0`;
  bench.engine.onMediaEvent({
    type: 'streamTimeout',
    streamId,
    silentMs: 30_000,
    sessionId: call.media.sessionId,
    callId: call.callId,
    number: 1,
    atUtcMs: 0,
  });
  assert.deepEqual(bench.take(call), ['A end media-timeout', 'B1 end media-timeout']);
  assert.equal(call.cause?.fault, 'callee');
});

test('the state of a call is plain data', () => {
  const call = new EngineBench().up();
  assert.deepEqual(JSON.parse(JSON.stringify(call)), call);
});

test('property: whatever the legs do, a call that both sides left is over, once, and nothing is kept', () => {
  const act = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('ring', 'early', 'answer', 'end', 'busy', 'reoffer', 'reanswer', 'refuse', 'ack', 'time'),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const bench = new EngineBench();
      const call = bench.begin({
        kind: 'dial',
        steps: [
          { targets: [target('101'), target('102')], ringMs: 1000 },
          { targets: [target('103')], ringMs: 1000 },
        ],
      });
      for (const [index, what] of acts) if (index < call.legs.length) perform(bench, { call, index, what });
      for (let round = 0; round < 4; round++) for (const index of call.legs.keys()) bench.end(call, index);
      assert.equal(call.phase, 'ended');
      assert.equal(bench.told.filter((type) => type === 'call.ended').length, 1);
      bench.engine.takeChanged();
      assert.equal(bench.engine.size, 0);
      assert.ok(call.legs.every((leg) => leg.endedUtcMs !== null && leg.joins.every((join) => join.toUtcMs !== null)));
    }),
    { seed: 42, numRuns: 500 },
  );
});

function perform(
  bench: EngineBench,
  step: { call: ReturnType<EngineBench['begin']>; index: number; what: string },
): void {
  const { call, index, what } = step;
  const legId = bench.legId(call, index);
  const description = offerOf('192.0.2.7', 7000, '0 8 101');
  if (what === 'ring' && index > 0) bench.ring(call, index);
  if (what === 'early' && index > 0) bench.ring(call, index, 183, description);
  if (what === 'answer' && index > 0) bench.answer(call, index);
  if (what === 'end') bench.end(call, index);
  if (what === 'busy' && index > 0) bench.end(call, index, 'busy', 486);
  if (what === 'reoffer') bench.engine.onLegEvent({ type: 'reoffered', legId, description });
  if (what === 'reanswer') bench.engine.onLegEvent({ type: 'reanswered', legId, description });
  if (what === 'refuse') bench.engine.onLegEvent({ type: 'reoffer-refused', legId, cause: endCause('not-acceptable') });
  if (what === 'ack' && index === 0) bench.acknowledge(call);
  if (what === 'time') bench.engine.ringTimeOver(call.callId);
  bench.settle();
}
