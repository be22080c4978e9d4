import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { bytesToString, stringIntoBytes } from '../message/text.ts';
import { createAdvertise } from './local-address.ts';
import { nativeBytesToString, nativeStringIntoBytes } from './native-text.ts';
import { createNodeHasher } from './node-hasher.ts';
import { createNodeRandom } from './node-random.ts';
import { failureOf, socketAddress } from './transport-events.ts';

test('native conversions equal the portable ones for every byte, at any offset', () => {
  const bytes = Uint8Array.from({ length: 600 }, (_, i) => i & 0xff);
  assert.equal(nativeBytesToString(bytes, 3, 590), bytesToString(bytes, 3, 590));
  assert.equal(nativeBytesToString(bytes, 7, 7), '');
  const wire = bytesToString(bytes, 0, 256);
  const [native, portable] = [new Uint8Array(300), new Uint8Array(300)];
  assert.equal(nativeStringIntoBytes(wire, native, 20), stringIntoBytes(wire, portable, 20));
  assert.deepEqual(native, portable);
  const view = bytes.subarray(100, 200);
  assert.equal(nativeBytesToString(view, 0, 4), bytesToString(bytes, 100, 104));
});

test('RFC 7616 §3.9.1: the hashes of the digest examples', () => {
  const hasher = createNodeHasher();
  const userHash = 'Mufasa:http-auth@example.org:Circle of Life';
  assert.equal(hasher.md5(userHash), '3d78807defe7de2157e2b0b6573a855f');
  assert.equal(hasher.sha256(userHash), '7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232');
  assert.equal(hasher.sha256(new Uint8Array([0x61])), hasher.sha256('a'));
});

test('RFC 4231 §4.3: HMAC with SHA-256, test case 2', () => {
  assert.equal(
    createNodeHasher().hmacSha256('Jefe', 'what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('RFC 2104 §2: HMAC of any key and content is what OpenSSL makes of it, key after key', () => {
  const hasher = createNodeHasher();
  for (const key of ['k', 'k'.repeat(64), 'k'.repeat(65), 'ключ', new Uint8Array([0, 255, 128])]) {
    for (const content of ['', 'a', 'ä€😀', 'x'.repeat(84), 'y'.repeat(86), '€'.repeat(2_000)]) {
      const expected = createHmac('sha256', key).update(content).digest('hex');
      assert.equal(hasher.hmacSha256(key, content), expected);
      assert.equal(hasher.hmacSha256(key, content), expected);
    }
  }
});

test('chance: tokens use all letters about evenly, integers stay in range', () => {
  const random = createNodeRandom();
  const counts = new Map<string, number>();
  const text = random.token(36_000);
  assert.match(text, /^[a-z0-9]{36000}$/);
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  assert.equal(counts.size, 36);
  for (const [letter, count] of counts) assert.ok(count > 800 && count < 1_200, `${letter}: ${count}`);
  const seen = new Set(Array.from({ length: 500 }, () => random.integer(5)));
  assert.deepEqual([...seen].toSorted(), [0, 1, 2, 3, 4]);
  assert.equal(random.integer(1), 0);
  assert.notEqual(random.token(16), random.token(16));
});

test('a bound address is advertised as it is; "any" becomes the address towards the remote', () => {
  const advertise = createAdvertise(() => 0);
  const remote = socketAddress('127.0.0.9', 5060);
  const bound = { kind: 'udp' as const, local: socketAddress('192.0.2.1', 5062) };
  assert.deepEqual(advertise(remote, bound), { host: '192.0.2.1', port: 5062 });
  const any = { kind: 'udp' as const, local: socketAddress('0.0.0.0', 5062) };
  assert.deepEqual(advertise(remote, any), { host: '127.0.0.1', port: 5062 });
  assert.notEqual(advertise(socketAddress('198.51.100.1', 5060), any).host, '0.0.0.0');
});

for (const [code, expected] of [
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNRESET', 'closed'],
  ['EMSGSIZE', 'too-big'],
  ['EMFILE', 'overloaded'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['EOTHER', 'io'],
] as const) {
  test(`${code} is a failure of kind ${expected}`, () => {
    const failure = failureOf(Object.assign(new Error('why'), { code }), '192.0.2.1:5060');
    assert.deepEqual(failure, { code: expected, detail: '192.0.2.1:5060: why' });
  });
}

test('IPv4 peers of a dual-stack socket are IPv4', () => {
  assert.deepEqual(socketAddress('::ffff:192.0.2.1', 5), { family: 4, address: '192.0.2.1', port: 5 });
  assert.deepEqual(socketAddress('2001:db8::1', 5), { family: 6, address: '2001:db8::1', port: 5 });
});
