import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplyFrame } from '../protocol/envelope.ts';
import { ReplyMemory } from './reply-memory.ts';

const reply = (key: string): ReplyFrame => ({ t: 'reply', key, ok: true, result: {} });

test('a key that is being carried out waits for the one reply; one that is done gets it at once', () => {
  const memory = new ReplyMemory();
  const seen: string[] = [];
  assert.equal(
    memory.begin('k', () => seen.push('first')),
    true,
  );
  assert.equal(
    memory.begin('k', () => seen.push('second')),
    false,
  );
  assert.equal(seen.length, 0);
  memory.finish('k', reply('k'));
  assert.equal(
    memory.begin('k', () => seen.push('third')),
    false,
  );
  assert.deepEqual(seen, ['first', 'second', 'third']);
});

test('only the last replies are kept', () => {
  const memory = new ReplyMemory(2);
  for (const key of ['a', 'b', 'c']) {
    memory.begin(key, () => {});
    memory.finish(key, reply(key));
  }
  assert.equal(
    memory.begin('c', () => {}),
    false,
  );
  assert.equal(
    memory.begin('a', () => {}),
    true,
  );
});
