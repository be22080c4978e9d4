import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  connectionToAnswer,
  type DtlsParameters,
  dtlsParameters,
  isConnectionMedia,
  mediaConnection,
  mediaSetup,
  readFingerprint,
  readTlsId,
  type Setup,
  setupsToAnswer,
  wantsNewAssociation,
} from './index.ts';
import { lineOf, sdpOf } from './sdp-lines.test.ts';

const octets = (count: number, hex = 'AB'): string => Array(count).fill(hex).join(':');

/** [text, whether it is one] */
const fingerprints: readonly (readonly [string, boolean])[] = [
  [`sha-256 ${octets(32)}`, true],
  [`SHA-1 ${octets(20, 'ab')}`, true],
  [`sha-512 ${octets(64)}`, true],
  [`sha3-999 ${octets(5)}`, true],
  [`sha-256 ${octets(31)}`, false],
  [`sha-256 ${octets(32).replaceAll(':', '')}`, false],
  [`sha-256 ${octets(31)}:GG`, false],
  ['sha-256', false],
  ['', false],
];

for (const [text, isOne] of fingerprints) {
  test(`RFC 8122 §5: "${text.slice(0, 24)}" is ${isOne ? '' : 'no '}fingerprint`, () =>
    assert.equal(readFingerprint(text) !== null, isOne));
}

test('RFC 8122 §5: compared in one case', () => {
  assert.deepEqual(readFingerprint(`SHA-1 ${octets(20, 'ab')}`), { hash: 'sha-1', value: octets(20) });
});

/** [offered, what may be answered, the best first] */
const setups: readonly (readonly [Setup | null, readonly Setup[]])[] = [
  ['actpass', ['active', 'passive', 'holdconn']],
  ['passive', ['active', 'holdconn']],
  ['active', ['passive', 'holdconn']],
  ['holdconn', ['holdconn']],
  [null, ['passive', 'holdconn']],
];

for (const [offered, answers] of setups) {
  test(`RFC 4145 §4.1, RFC 5763 §5: setup ${offered ?? 'unsaid'} is answered ${answers.join(' or ')}`, () =>
    assert.deepEqual(setupsToAnswer(offered), answers));
}

test('RFC 4145 §4, §5: setup and connection of the m-line, else of the session; what is not known counts as absent', () => {
  const sdp = sdpOf(
    'a=setup:actpass',
    'a=connection:existing',
    'm=image 9 TCP t38',
    'm=image 9 TCP t38',
    'a=setup:both',
    'a=connection:new',
  );
  const [first, second] = sdp.media;
  assert.ok(first && second);
  assert.deepEqual([mediaSetup(sdp, first), mediaConnection(sdp, first)], ['actpass', 'existing']);
  assert.deepEqual([mediaSetup(sdp, second), mediaConnection(sdp, second)], [null, 'new']);
});

test('RFC 4145 §5.1: an existing connection is answered only where it was offered, and is still there', () => {
  assert.deepEqual(
    [connectionToAnswer('existing', true), connectionToAnswer('existing', false), connectionToAnswer('new', true)],
    ['existing', 'new', 'new'],
  );
});

/** [protocol, over a connection] */
const protocols: readonly (readonly [string, boolean])[] = [
  ['TCP', true],
  ['TCP/TLS', true],
  ['TCP/RTP/AVP', true],
  ['TCP/TLS/RTP/SAVP', true],
  ['TCP/DTLS/SCTP', true],
  ['RTP/AVP', false],
  ['UDP/TLS/RTP/SAVPF', false],
  ['udptl', false],
];

for (const [protocol, isOne] of protocols) {
  test(`RFC 4145 §3, RFC 4572: ${protocol} is ${isOne ? '' : 'not '}over a connection`, () =>
    assert.equal(isConnectionMedia(lineOf(`m=x 9 ${protocol} 0`)), isOne));
}

test('RFC 8842 §4: a tls-id is 20 to 255 characters of its alphabet', () => {
  assert.equal(readTlsId('abc3de65cddef001be82'), 'abc3de65cddef001be82');
  for (const bad of ['', 'a'.repeat(19), 'a'.repeat(256), `${'a'.repeat(20)}!`]) assert.equal(readTlsId(bad), null);
});

const before: DtlsParameters = dtlsParameters(
  sdpOf(`a=fingerprint:sha-256 ${octets(32)}`, 'a=tls-id:abc3de65cddef001be82'),
  lineOf('a=setup:active'),
);

/** [what, change, whether a new association is wanted] */
const changes: readonly (readonly [string, Partial<DtlsParameters>, boolean])[] = [
  ['nothing', {}, false],
  ['the role asked for again', { setup: 'actpass' }, false],
  ['the other role', { setup: 'passive' }, true],
  ['another tls-id', { tlsId: 'abc3de65cddef001be83' }, true],
  ['another fingerprint', { fingerprints: [{ hash: 'sha-256', value: octets(32, 'CD') }] }, true],
  ['the same fingerprint twice', { fingerprints: [...before.fingerprints, ...before.fingerprints] }, false],
  ['no fingerprint', { fingerprints: [] }, true],
];

for (const [what, change, isNew] of changes) {
  test(`RFC 8842 §4: ${what} changed ${isNew ? 'asks for a new' : 'keeps the'} association`, () => {
    assert.equal(before.tlsId, 'abc3de65cddef001be82');
    assert.equal(wantsNewAssociation(before, { ...before, ...change }), isNew);
  });
}
