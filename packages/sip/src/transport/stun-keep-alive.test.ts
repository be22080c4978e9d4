import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerStun, isStun, readStunAnswer, stunRequest } from './stun-keep-alive.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const id = 'abcdefghijkl';

test('RFC 5626 §8: a Binding request is answered with where it came from', () => {
  const answer = answerStun(stunRequest(id), { family: 4, address: '192.0.2.1', port: 32_853 });
  // RFC 5769 §2.2 has this address and port in the same attribute: XOR-MAPPED-ADDRESS 0001 a147 e112a643.
  const head = `0101 000c 2112a442 ${Buffer.from(id).toString('hex')}`;
  assert.deepEqual(answer, hex(`${head} 0020 0008 0001 a147 e112a643`));
  assert.deepEqual(readStunAnswer(answer ?? new Uint8Array()), {
    id,
    seen: { family: 4, address: '192.0.2.1', port: 32_853 },
  });
});

for (const address of ['2001:db8:1234:5678:11:2233:4455:6677', '2001:db8:0:0:0:0:0:1'])
  test(`RFC 8489 §14.2: an IPv6 address goes there and back: ${address}`, () => {
    const short = address.replace(':0:0:0:0:0:', '::');
    const answer = answerStun(stunRequest(id), { family: 6, address: short, port: 5060 });
    assert.deepEqual(readStunAnswer(answer ?? new Uint8Array())?.seen, { family: 6, address, port: 5060 });
  });

const foreign: readonly [string, Uint8Array][] = [
  ['SIP', new TextEncoder().encode('OPTIONS sip:a@b SIP/2.0\r\n\r\n')],
  ['an indication', hex('0011 0000 2112a442 000000000000000000000000')],
  ['another cookie', hex('0001 0000 2112a443 000000000000000000000000')],
  ['a length that is not so', hex('0001 0004 2112a442 000000000000000000000000')],
  ['an attribute in a request', hex('0001 0004 2112a442 000000000000000000000000 00060000')],
  ['its own answer', answerStun(stunRequest(id), { family: 4, address: '192.0.2.1', port: 1 }) ?? new Uint8Array()],
  ['less than a head', hex('0001 0000 2112a442')],
];
for (const [title, bytes] of foreign)
  test(`RFC 5626 §8: not answered: ${title}`, () => {
    assert.equal(answerStun(bytes, { family: 4, address: '192.0.2.1', port: 1 }), undefined);
  });

test('SIP is not taken for STUN, nor is CRLF', () => {
  assert.equal(isStun(new TextEncoder().encode('REGISTER sip:example.com SIP/2.0\r\n')), false);
  assert.equal(isStun(new TextEncoder().encode('\r\n\r\n'.repeat(10))), false);
  assert.equal(isStun(stunRequest(id)), true);
});

test('answers that lie about their length are not read', () => {
  assert.equal(readStunAnswer(hex('0101 0008 2112a442 000000000000000000000000 0020 0010 00010000')), undefined);
  assert.equal(readStunAnswer(hex('0101 0004 2112a442 000000000000000000000000 0020 0000')), undefined);
});
