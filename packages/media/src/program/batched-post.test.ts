import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchedPost } from './batched-post.ts';

test('what is said in one round goes in one message, in order; the next round begins anew', async () => {
  const posted: (readonly number[])[] = [];
  const post = batchedPost<number>((batch) => posted.push(batch));
  post(1);
  post(2);
  assert.deepEqual(posted, []);
  await Promise.resolve();
  post(3);
  await Promise.resolve();
  assert.deepEqual(posted, [[1, 2], [3]]);
});
