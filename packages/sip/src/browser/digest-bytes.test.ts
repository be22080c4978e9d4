import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { createBrowserHasher, createBrowserRandom } from './browser-basics.ts';

const hasher = createBrowserHasher();
/** Every length around the ends of blocks. */
const contents = [...Array.from({ length: 200 }, (_, at) => 'é'.repeat(at)), 'x'.repeat(100_000)];

test('RFC 1321 §A.5: MD5 as its own test suite says', () => {
  assert.equal(hasher.md5(''), 'd41d8cd98f00b204e9800998ecf8427e');
  assert.equal(hasher.md5('message digest'), 'f96b697d7cb7938d525a2f31aaf161d0');
});

test('MD5, SHA-256 and HMAC (RFC 2104 §2) are what node:crypto says, for all lengths', () => {
  for (const content of contents) {
    assert.equal(hasher.md5(content), createHash('md5').update(content).digest('hex'));
    assert.equal(hasher.sha256(content), createHash('sha256').update(content).digest('hex'));
    const key = content.slice(0, 90);
    assert.equal(hasher.hmacSha256(key, content), createHmac('sha256', key).update(content).digest('hex'));
  }
});

test('tokens are of the wanted length and letters, integers below their bound', () => {
  const random = createBrowserRandom();
  for (const length of [0, 1, 16, 100]) assert.match(random.token(length), new RegExp(`^[a-z0-9]{${length}}$`));
  assert.notEqual(random.token(16), random.token(16));
  const drawn = new Set(Array.from({ length: 500 }, () => random.integer(7)));
  assert.deepEqual([...drawn].sort(), [0, 1, 2, 3, 4, 5, 6]);
});
