import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressWords, formatAddress, isIpv4, parseAddress, portOf, sameAddress, sameHost } from './address.ts';

const words = (text: string, port = 5004) => {
  const parsed = new Int32Array(addressWords);
  assert.ok(parseAddress(text, port, parsed, 0), text);
  return parsed;
};

for (const [text, shown] of [
  ['127.0.0.1', '127.0.0.1'],
  ['255.255.255.255', '255.255.255.255'],
  ['::1', '::1'],
  ['::', '::'],
  ['2001:db8::8:800:200c:417a', '2001:db8::8:800:200c:417a'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['2001:db8::', '2001:db8::'],
] as const) {
  test(`RFC 4291 §2.2, RFC 5952 §4: ${text} is ${shown}`, () => {
    assert.equal(formatAddress(words(text), 0), shown);
    assert.equal(portOf(words(text, 65_535), 0), 65_535);
  });
}

for (const text of [
  '',
  'localhost',
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4.5',
  '1::2::3',
  '1:2:3',
  ':::',
  '12345::',
  'g::1',
  '::1.2.3.999',
]) {
  test(`"${text}" is no address`, () => assert.equal(parseAddress(text, 1, new Int32Array(5), 0), false));
}

test('addresses compare by host and by port', () => {
  assert.equal(isIpv4(words('10.0.0.1'), 0), true);
  assert.equal(isIpv4(words('::1'), 0), false);
  assert.equal(sameHost(words('10.0.0.1', 1), 0, words('10.0.0.1', 2), 0), true);
  assert.equal(sameAddress(words('10.0.0.1', 1), 0, words('10.0.0.1', 2), 0), false);
  assert.equal(sameAddress(words('::1', 1), 0, words('0:0::1', 1), 0), true);
  assert.equal(sameHost(words('10.0.0.1'), 0, words('10.0.0.2'), 0), false);
});
