import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToWorker } from './protocol.ts';
import { createStorageClient } from './storage-client.ts';

function scene(limits = { waiting: 5, batch: 3 }) {
  const posted: ToWorker[] = [];
  const client = createStorageClient({ post: (message) => void posted.push(message) }, limits);
  const call = (name: string) => client.call('outbox', name, []);
  const verbs = () =>
    posted.map((message) => ('calls' in message ? message.calls.map((one) => one.verb).join(' ') : 'close'));
  /** The worker answers its last batch with each call's verb. */
  const answer = async () => {
    const last = posted.at(-1);
    const calls = last !== undefined && 'calls' in last ? last.calls : [];
    client.receive({ answers: calls.map(({ id, verb }) => ({ id, value: verb })) });
    await Promise.resolve();
  };
  return { client, call, verbs, answer };
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
