/** Which calls are let rest, and when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallState } from '#engine/calls';
import { QuietCalls } from './quiet-calls.ts';

function scene() {
  let nowMs = 0;
  const tasks: { readonly atMs: number; readonly task: () => void }[] = [];
  const rested: { readonly call: CallState; readonly atMs: number }[] = [];
  const quiet = new QuietCalls({
    after: (ms, task) => void tasks.push({ atMs: nowMs + ms, task }),
    rest: (call) => rested.push({ call, atMs: nowMs }),
  });
  const advance = (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      tasks.sort((a, b) => a.atMs - b.atMs);
      const next = tasks[0];
      if (next === undefined || next.atMs > endMs) break;
      tasks.shift();
      nowMs = next.atMs;
      next.task();
    }
    nowMs = endMs;
  };
  return { quiet, rested, advance, tasks };
}
const call = (callId: string) => ({ callId }) as CallState;

test('a call rests once it was quiet for ten seconds, within twenty, and no timer stands when all rest', () => {
  const { quiet, rested, advance, tasks } = scene();
  const [early, late] = [call('call_a'), call('call_b')];
  quiet.changed(early);
  advance(9_000);
  quiet.changed(late);
  advance(9_000);
  quiet.changed(late);
  advance(7_000);
  assert.deepEqual(rested, [{ call: early, atMs: 20_000 }]);
  advance(10_000);
  assert.deepEqual(rested.slice(1), [{ call: late, atMs: 30_000 }]);
  assert.equal(tasks.length, 0);
  quiet.changed(early);
  advance(20_000);
  assert.equal(rested.length, 3, 'and again after the next change');
});

test('an ended call is not let rest, nor one that changes while it waits for its turn', () => {
  const { quiet, rested, advance } = scene();
  const calls = Array.from({ length: 40 }, (_, at) => call(`call_${at}`));
  for (const one of calls) quiet.changed(one);
  quiet.ended(calls[3] as CallState);
  advance(20_000);
  assert.equal(rested.length, 32, 'a few at a time');
  quiet.changed(calls[39] as CallState);
  quiet.ended(calls[38] as CallState);
  advance(1_000);
  assert.equal(rested.length, 37);
  advance(20_000);
  assert.equal(rested.at(-1)?.call, calls[39]);
});
