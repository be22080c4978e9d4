import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCodecs, type SessionDescription } from '@ringdown/sdp';
import type { CallState } from './call-state.ts';
import { endCause } from './end-cause.ts';
import { EngineBench, offerOf } from './engine-bench.ts';

function numbers(description: SessionDescription | null): string[] {
  const line = description?.media[0];
  return line === undefined ? [] : readCodecs(line).map(({ payloadType, name }) => `${payloadType} ${name}`);
}

/** The caller re-offers these formats; what the callee was offered, and its answer the same again (or a refusal). */
function reoffer(
  bench: EngineBench,
  call: CallState,
  how: { formats: string; extra?: string; refuse?: true },
): string[] {
  const description = offerOf('192.0.2.1', 4000, how.formats, how.extra);
  bench.engine.onLegEvent({ type: 'reoffered', legId: bench.legId(call, 0), description });
  const asked = bench.commands.at(-1);
  assert.ok(asked?.type === 'reoffer' && asked.description !== null);
  const legId = bench.legId(call, 1);
  if (how.refuse) bench.engine.onLegEvent({ type: 'reoffer-refused', legId, cause: endCause('not-acceptable') });
  else bench.engine.onLegEvent({ type: 'reanswered', legId, description: asked.description });
  assert.equal(bench.commands.at(-1)?.type, how.refuse ? 'refuse-reoffer' : 'accept-reoffer');
  return numbers(asked.description);
}

const keysAt96 = 'a=rtpmap:96 telephone-event/8000\r\n';

test('RFC 3264 §8.3.2: a payload type keeps its codec on the other leg, through changes and a restart', () => {
  const bench = new EngineBench();
  const call = bench.up();
  assert.deepEqual(reoffer(bench, call, { formats: '0' }), ['0 PCMU']);
  for (const leg of call.legs) leg.media = JSON.parse(JSON.stringify(leg.media));
  assert.deepEqual(reoffer(bench, call, { formats: '0 96', extra: keysAt96 }), ['0 PCMU', '101 TELEPHONE-EVENT']);
});

test('a refused change binds no payload type', () => {
  const bench = new EngineBench();
  const call = bench.up();
  const before = structuredClone(call.legs.map((leg) => leg.media.lines));
  reoffer(bench, call, { formats: '8 0 101', refuse: true });
  assert.deepEqual(
    call.legs.map((leg) => leg.media.lines),
    before,
  );
  assert.ok(before.every((state) => state?.lines.length === 1));
});
