import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerCrypto,
  chooseCrypto,
  cryptoAnswerProblem,
  cryptoAttributes,
  formatCrypto,
  keySaltSizeBytes,
  readCrypto,
} from './index.ts';
import { lineOf } from './sdp-lines.test.ts';

const k30 = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
const k30b = 'PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR';
const aes80 = 'AES_CM_128_HMAC_SHA1_80';

/** RFC 4568 §4, §6.1, §6.3, and suites of later RFCs: values that come out as they went in. */
const good: readonly string[] = [
  `1 ${aes80} inline:${k30}|2^20|1:4`,
  `2 ${aes80} inline:${k30}|2^20|1:4;inline:${k30b}|2^20|2:4 FEC_ORDER=FEC_SRTP`,
  `1 AES_CM_128_HMAC_SHA1_32 inline:${k30}|1:32`,
  `1 F8_128_HMAC_SHA1_80 inline:${k30}|2^48 KDR=1 UNENCRYPTED_SRTCP -X-Y=1`,
  `7 AES_256_CM_HMAC_SHA1_80 inline:${'A'.repeat(62)}==|1000`,
  `7 AES_256_CM_HMAC_SHA1_80 inline:${'A'.repeat(62)}`,
  `999999999 AEAD_AES_128_GCM inline:${'A'.repeat(38)}==`,
  '1 A_SUITE_OF_TOMORROW inline:QUJj',
];

for (const value of good) {
  test(`RFC 4568 §9.1: a=crypto:${value.replaceAll(/A{9,}/g, 'A…')} is read and written`, () => {
    const read = readCrypto(value);
    assert.ok(read);
    assert.equal(formatCrypto(read), value);
  });
}

/** [what, value] */
const bad: readonly (readonly [string, string])[] = [
  ['no tag', `x ${aes80} inline:${k30}`],
  ['a tag of ten digits', `1000000000 ${aes80} inline:${k30}`],
  ['no key', `1 ${aes80}`],
  ['another key method', `1 ${aes80} keyed:${k30}`],
  ['a key that is too short for its suite', `1 ${aes80} inline:QUJj`],
  ['a key that is too long', `1 ${aes80} inline:${k30}AAAA`],
  ['no base 64', `1 ${aes80} inline:${k30.slice(1)}*`],
  ['a lifetime of nothing', `1 ${aes80} inline:${k30}|0`],
  ['RFC 3711 §9.2: a lifetime beyond 2^48', `1 ${aes80} inline:${k30}|2^49`],
  ['an MKI without a length', `1 ${aes80} inline:${k30}|2^20|1`],
  ['an MKI of no octets', `1 ${aes80} inline:${k30}|1:0`],
  ['an MKI of too many', `1 ${aes80} inline:${k30}|1:129`],
  ['an MKI that does not fit', `1 ${aes80} inline:${k30}|256:1`],
  ['§6.1: two keys without MKI', `1 ${aes80} inline:${k30};inline:${k30b}`],
  ['§6.1: two keys with one MKI', `1 ${aes80} inline:${k30}|1:4;inline:${k30b}|1:4`],
  ['§6.1: MKIs of two lengths', `1 ${aes80} inline:${k30}|1:4;inline:${k30b}|2:2`],
];

for (const [what, value] of bad) {
  test(`RFC 4568 §9.1: malformed, ${what}`, () => assert.equal(readCrypto(value), null));
}

test('RFC 4568 §6.1: key, lifetime and MKI as numbers', () => {
  const [one, two] = cryptoAttributes(
    lineOf(
      `a=crypto:1 ${aes80} inline:${k30}|2^20|5:4 KDR=3`,
      `a=crypto:x`,
      `a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:${k30b}`,
    ),
  );
  assert.deepEqual(one, {
    tag: 1,
    suite: aes80,
    keys: [{ keySalt: k30, lifetime: 1_048_576, mki: { value: 5, lengthBytes: 4 } }],
    sessionParameters: ['KDR=3'],
  });
  assert.deepEqual(two?.keys, [{ keySalt: k30b, lifetime: null, mki: null }]);
  assert.deepEqual([aes80, 'AEAD_AES_256_GCM', 'toString'].map(keySaltSizeBytes), [30, 44, null]);
});

const offered = cryptoAttributes(
  lineOf(
    `a=crypto:1 A_SUITE_OF_TOMORROW inline:QUJj`,
    `a=crypto:2 ${aes80} inline:${k30} FEC_KEY=inline:${k30b}`,
    `a=crypto:3 ${aes80} inline:${k30} UNENCRYPTED_SRTCP KDR=1`,
    `a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:${k30} -OPTIONAL`,
  ),
);

test('RFC 4568 §5.1.2: the first line of the offer that can be kept is chosen, whatever our own order', () => {
  const suites = ['AES_CM_128_HMAC_SHA1_32', aes80];
  assert.equal(
    chooseCrypto(offered, { suites })?.tag,
    4,
    '§6.3.7: a mandatory parameter that is not known rules a line out',
  );
  assert.equal(chooseCrypto(offered, { suites, parameters: ['KDR', 'UNENCRYPTED_SRTCP'] })?.tag, 3);
  assert.equal(chooseCrypto(offered, { suites: ['F8_128_HMAC_SHA1_80'] }), null);
});

test('RFC 4568 §5.1.2: the answer has tag and suite of the offer, our key, and only what both must do alike', () => {
  const chosen = chooseCrypto(offered, { suites: [aes80], parameters: ['KDR', 'UNENCRYPTED_SRTCP'] });
  assert.ok(chosen);
  const answer = answerCrypto(chosen, { keySalt: k30b, lifetime: 2 ** 31, mki: null });
  assert.equal(formatCrypto(answer), `3 ${aes80} inline:${k30b}|2^31 UNENCRYPTED_SRTCP`);
  assert.equal(cryptoAnswerProblem(offered, [answer]), null);
});

/** [what, answer, problem] */
const answers: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['none', [], /without a=crypto/],
  ['two', [`3 ${aes80} inline:${k30b}`, `4 ${aes80} inline:${k30b}`], /several/],
  ['a tag that was not offered', [`9 ${aes80} inline:${k30b}`], /crypto:9 was not offered/],
  ['another suite', [`4 ${aes80} inline:${k30b}`], /is AES_CM_128_HMAC_SHA1_32, answered/],
  ['without what both must do alike', [`3 ${aes80} inline:${k30b}`], /offered UNENCRYPTED_SRTCP/],
  ['with what was not asked', [`4 AES_CM_128_HMAC_SHA1_32 inline:${k30b} UNAUTHENTICATED_SRTP`], /offered none/],
];

for (const [what, lines, problem] of answers) {
  test(`RFC 4568 §5.1.3: an answer ${what} is no answer`, () => {
    const answered = cryptoAttributes(lineOf(...lines.map((line) => `a=crypto:${line}`)));
    assert.match(cryptoAnswerProblem(offered, answered) ?? '', problem);
  });
}
