import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToWorker } from './protocol.ts';
import { createStorageClient } from './storage-client.ts';

function scene(limits = { waiting: 5, batch: 3 }) {
  const posted: ToWorker[] = [];
  const waiting: (() => void)[] = [];
  const channel = {
    post: (message: ToWorker) => void posted.push(message),
    after: (_ms: number, task: () => void) => void waiting.push(task),
  };
  const client = createStorageClient(channel, limits);
  const call = (name: string) => client.call('outbox', name, []);
  const callUnhurried = () => client.call('cdrs', 'insert', []);
  const elapse = async () => {
    for (const task of waiting.splice(0)) task();
    await Promise.resolve();
  };
  const verbs = () =>
    posted.map((message) => ('calls' in message ? message.calls.map((one) => one.verb).join(' ') : 'close'));
  /** The worker answers its last batch with each call's verb. */
  const answer = async () => {
    const last = posted.at(-1);
    const calls = last !== undefined && 'calls' in last ? last.calls : [];
    client.receive({ answers: calls.map(({ id, verb }) => ({ id, value: verb })) });
    await Promise.resolve();
  };
  return { client, call, callUnhurried, elapse, verbs, answer };
}

test('calls of one turn travel together; what comes while the worker is busy is the next batch', async () => {
  const { call, verbs, answer } = scene();
  const first = [call('a'), call('b')];
  await Promise.resolve();
  const later = [call('c'), call('d')];
  await Promise.resolve();
  assert.deepEqual(verbs(), ['a b']);
  await answer();
  assert.deepEqual(verbs(), ['a b', 'c d']);
  await answer();
  assert.deepEqual(await Promise.all([...first, ...later]), ['a', 'b', 'c', 'd']);
});

test('calls that nobody waits for gather, and go along with the first that somebody waits for', async () => {
  const { call, callUnhurried, elapse, verbs, answer } = scene();
  const records = [callUnhurried(), callUnhurried()];
  await Promise.resolve();
  assert.deepEqual(verbs(), []);
  await elapse();
  assert.deepEqual(verbs(), ['insert insert']);
  await answer();
  await Promise.all(records);
  void callUnhurried();
  void call('a');
  await Promise.resolve();
  assert.deepEqual(verbs(), ['insert insert', 'insert a']);
  await answer();
  await elapse();
  assert.deepEqual(verbs(), ['insert insert', 'insert a']);
});

test('closing does not wait for company', async () => {
  const { client, callUnhurried, verbs } = scene();
  const record = callUnhurried();
  void client.close();
  await Promise.resolve();
  assert.deepEqual(verbs(), ['insert']);
  client.fail(new RangeError('gone'));
  await assert.rejects(record, { code: 'storage.unavailable' });
});

test('a batch is bounded, the rest follows', async () => {
  const { call, verbs, answer } = scene();
  const all = ['a', 'b', 'c', 'd'].map(call);
  await Promise.resolve();
  await answer();
  await answer();
  assert.deepEqual(
    [verbs(), await Promise.all(all)],
    [
      ['a b c', 'd'],
      ['a', 'b', 'c', 'd'],
    ],
  );
});

test('too many waiting: the next is refused at once and may be tried later', async () => {
  const { call } = scene();
  for (const name of ['a', 'b', 'c', 'd', 'e']) void call(name);
  await assert.rejects(call('f'), { code: 'storage.overloaded', retry: 'later' });
});

test('the worker dies: what was under way and what comes later fail with an unknown outcome, and close does not hang', async () => {
  const { client, call } = scene();
  const under = call('a');
  client.fail(new RangeError('gone'));
  await assert.rejects(under, { code: 'storage.unavailable' });
  await assert.rejects(call('b'), { code: 'storage.unavailable' });
  await client.close();
});
