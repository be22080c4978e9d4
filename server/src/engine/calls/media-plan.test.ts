/** Who may be direct, before anything is rung; the rest stands in the scenarios of the SIP edge (direct-media.test.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallPlan } from './call-state.ts';
import { endCause } from './end-cause.ts';
import { EngineBench, offerOf, target } from './engine-bench.ts';

const direct = { ...target('101'), direct: { codecs: [] } };
const dial = (...targets: (typeof direct)[]): CallPlan => ({ kind: 'dial', steps: [{ targets, ringMs: 30_000 }] });

test('one device, both sides want it, both are where they say: no session; who is hidden gets one', () => {
  const bench = new EngineBench();
  assert.equal(bench.begin(dial(direct)).media.state, 'direct');
  assert.deepEqual(bench.media, []);
  assert.equal(bench.begin(dial(direct, direct)).media.state, 'open');
  assert.equal(bench.begin(dial(direct), offerOf('10.0.0.1', 4000, '0')).media.state, 'open');
  bench.isHidden = true;
  assert.equal(bench.begin(dial(direct)).media.state, 'open');
});

test('a step that may not be direct opens the session, after one that was; from then on it stays', () => {
  const bench = new EngineBench();
  const steps = [[direct], [target('102'), target('103')], [direct]].map((targets) => ({ targets, ringMs: 30_000 }));
  const call = bench.begin({ kind: 'dial', steps });
  bench.end(call, 1, 'busy');
  assert.equal(call.media.state, 'opening');
  bench.settle();
  assert.deepEqual(bench.take(call), ['B1 dial', 'B2 dial', 'B3 dial']);
  bench.end(call, 2, 'busy');
  bench.end(call, 3, 'busy');
  bench.settle();
  assert.equal(call.media.state, 'open');
  assert.deepEqual(bench.take(call), ['B4 dial']);
});

test('a direct call that ends gives the media engine nothing to close', () => {
  const bench = new EngineBench();
  const call = bench.up({ direct: { codecs: [] } });
  bench.end(call, 0);
  bench.end(call, 1);
  assert.deepEqual([call.phase, call.media.state, bench.media], ['ended', 'direct', []]);
});

test('both are told of the engine at once, and one is busy: the other is not disturbed, and the busy one is told again after it', () => {
  const bench = new EngineBench();
  const call = bench.begin(dial(direct));
  bench.answer(call, 1, offerOf('10.0.0.1', 5000, '0 101'));
  bench.acknowledge(call);
  bench.take(call);
  bench.settle();
  assert.deepEqual(bench.take(call), ['A reoffer', 'B1 reoffer']);
  const cause = endCause('not-acceptable', { status: 491 });
  bench.engine.onLegEvent({ type: 'reoffer-refused', legId: bench.legId(call, 0), cause });
  assert.deepEqual(bench.take(call), []);
  const description = offerOf('10.0.0.1', 5000, '0 101');
  bench.engine.onLegEvent({ type: 'reanswered', legId: bench.legId(call, 1), description });
  assert.deepEqual(bench.take(call), ['A reoffer']);
});
