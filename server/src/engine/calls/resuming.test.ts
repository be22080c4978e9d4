import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallPlan, CallState } from './call-state.ts';
import { EngineBench, offerOf, target } from './engine-bench.ts';
import { takeCall } from './journal/call-rows.ts';
import { readCall } from './journal/read-call.ts';
import { applyRecord, LoggedRows } from './journal/row.ts';
import type { LeftCall } from './resuming.ts';

const dial = (...users: string[]): CallPlan => ({
  kind: 'dial',
  steps: [{ targets: users.map((user) => target(user)), ringMs: 30_000 }],
});

const hold = offerOf('192.0.2.1', 4000, '0', 'a=sendonly\r\n');

function stored(call: CallState): CallState {
  const record = JSON.parse(JSON.stringify(takeCall(new LoggedRows(), call, () => null))) as unknown[];
  const rows: unknown[][] = [];
  assert.ok(applyRecord(rows, record));
  return readCall(call.callId, rows)?.call ?? assert.fail('what was written of the call does not bring it back');
}

/** The call as the log holds it, in the hands of another process. */
function restarted(call: CallState, left: Partial<LeftCall> = {}) {
  const next = new EngineBench();
  next.time.advance(1_000_000);
  const again = stored(call);
  const goesOn = next.engine.resume(again, {
    hasLeg: () => true,
    hasDialog: left.hasLeg ?? (() => true),
    media: 'runs',
    lastRtpUtcMs: null,
    lastKnownUtcMs: call.createdUtcMs + 5000,
    ...left,
  });
  return { next, call: again, goesOn };
}

test('a call whose parties talk goes on: nobody is told anything, a hang-up of either ends the other leg', () => {
  const bench = new EngineBench();
  for (const who of [0, 1]) {
    const { next, call, goesOn } = restarted(bench.up());
    assert.equal(goesOn, true);
    assert.deepEqual([next.take(call), next.media], [[], []]);
    next.end(call, who);
    assert.deepEqual(next.take(call), [`${who === 0 ? 'B1' : 'A'} end normal-clearing`]);
    next.end(call, 1 - who);
    assert.equal(call.phase, 'ended');
    assert.equal(call.endedUtcMs, next.time.nowUtcMs());
    assert.equal(next.media.at(-1)?.verb, 'closeSession');
  }
});

test('a direct call goes on whatever the media engines say: they have no part in it', () => {
  const bench = new EngineBench();
  const up = bench.up({ direct: { codecs: ['PCMU', 'PCMA'] } });
  assert.equal(up.media.state, 'direct');
  const { next, call, goesOn } = restarted(up, { media: 'gone' });
  assert.deepEqual([goesOn, call.media], [true, up.media]);
  next.engine.onLegEvent({ type: 'reoffered', legId: next.legId(call, 0), description: hold });
  assert.deepEqual([next.take(call), next.media], [['B1 reoffer'], []]);
  next.end(call, 1);
  assert.deepEqual([next.take(call), next.media], [['A end normal-clearing'], []]);
});

test('a call that was about to be anchored is direct again; one that was anchored tells the legs that have not heard', () => {
  const bench = new EngineBench();
  const up = bench.up({ direct: { codecs: [] } });
  bench.opensStreams = false;
  const moved = offerOf('10.0.0.9', 4000, '0 101');
  bench.engine.onLegEvent({ type: 'reoffered', legId: bench.legId(up, 0), description: moved });
  assert.equal(up.media.state, 'opening');
  const before = restarted(up, { media: 'gone' });
  assert.deepEqual([before.goesOn, before.call.media.state, before.next.take(before.call)], [true, 'direct', []]);
  bench.opensStreams = true;
  bench.settle();
  const after = restarted(up);
  assert.deepEqual([after.goesOn, after.call.media.state], [true, 'open']);
  assert.deepEqual(after.next.take(after.call), ['A reoffer', 'B1 reoffer']);
  assert.equal(restarted(up, { media: 'gone' }).goesOn, false);
});

test('a built-in number goes on to play; a caller that could not be brought back ends it', () => {
  const bench = new EngineBench();
  const served = bench.begin({ kind: 'serve', service: 'tone' });
  bench.acknowledge(served);
  const { next, call, goesOn } = restarted(served);
  assert.equal(goesOn, true);
  assert.deepEqual([next.take(call), next.media], [[], []]);
  next.end(call, 0);
  assert.equal(call.phase, 'ended');
  assert.equal(restarted(served, { hasLeg: () => false }).call.phase, 'ended');
});

test('a call whose answer is not acknowledged yet goes on, and takes the ACK', () => {
  const bench = new EngineBench();
  const up = bench.begin(dial('101'));
  bench.answer(up, 1);
  const { next, call, goesOn } = restarted(up);
  assert.equal(goesOn, true);
  next.acknowledge(call);
  assert.equal(call.legs[0]?.phase, 'up');
});

test('RFC 3262 §3: a call whose answer has not gone out, for want of a PRACK, is ended on both sides', () => {
  const bench = new EngineBench();
  const up = bench.begin(dial('101'));
  bench.answer(up, 1);
  const { next, call, goesOn } = restarted(up, { hasDialog: (legId) => legId !== up.legs[0]?.legId });
  assert.equal(goesOn, false);
  assert.deepEqual(next.take(call), ['A end control-restarted', 'B1 end control-restarted']);
});

test('a change of media that was under way is forgotten; the next one is taken', () => {
  const bench = new EngineBench();
  const up = bench.up();
  bench.engine.onLegEvent({ type: 'reoffered', legId: bench.legId(up, 0), description: hold });
  assert.deepEqual(bench.take(up), ['B1 reoffer']);
  const { next, call } = restarted(up);
  next.engine.onLegEvent({ type: 'reoffered', legId: next.legId(call, 0), description: hold });
  assert.deepEqual(next.take(call), ['B1 reoffer']);
});

test('a call that was ringing ends: the caller is refused, every device is told, the ports are given back', () => {
  const bench = new EngineBench();
  const ringing = bench.begin(dial('101', '102'));
  bench.ring(ringing, 1);
  const { next, call, goesOn } = restarted(ringing);
  assert.equal(goesOn, false);
  assert.deepEqual(next.take(call), [
    'A end control-restarted',
    'B1 end control-restarted',
    'B2 end control-restarted',
  ]);
  for (const at of [0, 1, 2]) next.end(call, at, 'cancelled');
  assert.deepEqual([call.phase, call.cause?.code], ['ended', 'control-restarted']);
  assert.equal(call.endedUtcMs, call.createdUtcMs + 5000, 'when the process before was last known to live');
  assert.equal(next.media.at(-1)?.verb, 'closeSession');
});

test('a leg that could not be brought back ends the call at its last packet; the other party is told', () => {
  const bench = new EngineBench();
  const up = bench.up();
  const lastRtpUtcMs = up.createdUtcMs + 77_000;
  const { next, call, goesOn } = restarted(up, { hasLeg: (legId) => legId !== up.legs[1]?.legId, lastRtpUtcMs });
  assert.equal(goesOn, false);
  assert.deepEqual(next.take(call), ['A end control-restarted']);
  next.time.advance(32_000);
  next.end(call, 0);
  assert.deepEqual([call.phase, call.endedUtcMs], ['ended', lastRtpUtcMs]);
  assert.deepEqual(
    call.legs.map((leg) => [leg.endedUtcMs, ...leg.joins.map(({ toUtcMs }) => toUtcMs)]),
    [
      [lastRtpUtcMs, lastRtpUtcMs],
      [lastRtpUtcMs, lastRtpUtcMs],
    ],
  );
});

test('a call of which nothing at all could be brought back is over at once, never before its own answer', () => {
  const bench = new EngineBench();
  const up = bench.up();
  const { next, call } = restarted(up, { hasLeg: () => false, media: 'gone', lastKnownUtcMs: 0 });
  assert.deepEqual([call.phase, call.cause?.code], ['ended', 'media-lost']);
  assert.equal(call.endedUtcMs, up.legs[0]?.answeredUtcMs);
  assert.deepEqual(next.media, [], 'no engine has the session');
});

test('a session that ended by itself while nobody was there ends the call at its last packet', () => {
  const bench = new EngineBench();
  const up = bench.up();
  const { next, call } = restarted(up, { media: 'ended', lastRtpUtcMs: up.createdUtcMs + 9_000 });
  assert.deepEqual(next.take(call), ['A end media-timeout', 'B1 end media-timeout']);
  next.end(call, 0);
  next.end(call, 1);
  assert.deepEqual([call.cause?.code, call.endedUtcMs], ['media-timeout', up.createdUtcMs + 9_000]);
});

test('a call that was being ended keeps its reason, and its legs are ended again', () => {
  const bench = new EngineBench();
  const up = bench.up();
  bench.end(up, 0);
  assert.deepEqual(bench.take(up), ['B1 end normal-clearing']);
  const { next, call, goesOn } = restarted(up);
  assert.equal(goesOn, false);
  assert.deepEqual(next.take(call), ['B1 end normal-clearing']);
  next.end(call, 1);
  assert.deepEqual([call.phase, call.cause?.code], ['ended', 'normal-clearing']);
});

test('what the media engine told while nobody was there is taken once; silence ends the call at its last packet', () => {
  const bench = new EngineBench();
  const { next, call } = restarted(bench.up());
  const streamId = call.legs[0]?.media.streams[0]?.streamId ?? '';
  const { sessionId } = call.media;
  const atUtcMs = next.time.nowUtcMs();
  const silence = { type: 'streamTimeout', sessionId, callId: call.callId, streamId, silentMs: 30_000 } as const;
  next.engine.onMediaEvent({ ...silence, number: 3, atUtcMs });
  assert.deepEqual(next.take(call), ['A end media-timeout', 'B1 end media-timeout']);
  next.engine.onMediaEvent({ ...silence, number: 3, atUtcMs: atUtcMs + 1 });
  assert.equal(call.media.eventNumber, 3);
  next.time.advance(32_000);
  next.end(call, 0, 'request-timeout');
  next.end(call, 1, 'request-timeout');
  assert.deepEqual([call.cause?.code, call.endedUtcMs], ['media-timeout', atUtcMs - 30_000]);
});

test('rows of another schema, or without a leg, are no call', () => {
  const call = new EngineBench().up();
  const rows: unknown[][] = [];
  applyRecord(
    rows,
    takeCall(new LoggedRows(), { ...call, schema: call.schema + 1 }, () => null),
  );
  assert.equal(readCall(call.callId, rows), undefined);
  applyRecord(
    rows,
    takeCall(new LoggedRows(), call, () => null),
  );
  assert.equal(readCall(call.callId, rows)?.call.legs.length, 2);
  assert.equal(readCall(call.callId, rows.slice(0, 1)), undefined);
  assert.equal(readCall(call.callId, []), undefined);
});
