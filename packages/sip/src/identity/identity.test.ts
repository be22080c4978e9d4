/** The headers that say who calls and what is to be hidden, read and written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildRequest,
  canonicalNumber,
  formatIdentity,
  formatPrivacy,
  hidesIdentity,
  identityOfUri,
  isAnonymous,
  isPrivacyImpossible,
  parseIdentity,
  parseNameAddr,
  parsePrivacy,
  parseRemotePartyId,
  parseUri,
  readAssertedIdentity,
} from '@ringdown/sip';

const privacies: readonly [values: string[], words: string[], hides: boolean, impossible: boolean][] = [
  [[], [], false, false],
  [['id'], ['id'], true, false],
  [['ID; Critical'], ['id', 'critical'], true, false],
  [['user;header;session'], ['user', 'header', 'session'], true, false],
  [['header, id'], ['header', 'id'], true, false],
  [['none'], ['none'], false, false],
  [['none;id'], ['id'], true, false],
  [['none;critical'], ['none', 'critical'], false, false],
  [['history'], ['history'], false, false],
  [['cloak'], ['cloak'], false, false],
  [['cloak;critical'], ['cloak', 'critical'], false, true],
  [['id;id', 'user'], ['id', 'user'], true, false],
  [[';;'], [], false, false],
  [['<id>'], [], false, false],
];
for (const [values, words, hides, impossible] of privacies)
  test(`RFC 3323 §4.2: Privacy "${values.join('", "')}"`, () => {
    const privacy = parsePrivacy(values);
    assert.deepEqual([privacy, hidesIdentity(privacy), isPrivacyImpossible(privacy)], [words, hides, impossible]);
    assert.deepEqual(parsePrivacy(words.length === 0 ? [] : [formatPrivacy(privacy)]), words);
  });

const requestWith = (name: string, ...values: string[]) =>
  buildRequest({ method: 'INVITE', uri: 'sip:a.test', headers: values.map((value) => [name, value] as const) });

const asserted: readonly [values: string[], sip: string | undefined, tel: string | undefined][] = [
  [['"Cullen" <sip:fluffy@cisco.test>'], 'sip:fluffy@cisco.test', undefined],
  [['tel:+14085264000'], undefined, 'tel:+14085264000'],
  [['"C" <sip:fluffy@cisco.test>', '<tel:+14085264000>'], 'sip:fluffy@cisco.test', 'tel:+14085264000'],
  [['<tel:+1408>, <sips:x@cisco.test>'], 'sips:x@cisco.test', 'tel:+1408'],
  [['<sip:one@a.test>, <sip:two@a.test>'], 'sip:one@a.test', undefined],
  [['<mailto:x@a.test>'], undefined, undefined],
  [['"half <sip:x@a.test>'], undefined, undefined],
];
for (const [values, sip, tel] of asserted)
  test(`RFC 3325 §9.1: P-Asserted-Identity ${values.join(' and ')}`, () => {
    const identity = readAssertedIdentity(requestWith('P-Asserted-Identity', ...values));
    assert.deepEqual([identity?.sip?.uriText, identity?.tel?.uriText], [sip, tel]);
    assert.equal(readAssertedIdentity(requestWith('P-Preferred-Identity', ...values)), undefined);
  });

test('Remote-Party-ID: who, in which role, what to hide, whether it was screened', () => {
  const read = (value: string) => {
    const { address, ...rest } = parseRemotePartyId(value) ?? assert.fail();
    return { ...rest, uri: address.uriText };
  };
  assert.deepEqual(read('"Ada" <sip:+49@a.test>;party=calling;screen=yes;privacy=off'), {
    party: 'calling',
    privacy: [],
    isScreened: true,
    uri: 'sip:+49@a.test',
  });
  assert.deepEqual(read('<sip:x@a.test>;privacy=full'), {
    party: 'calling',
    privacy: ['full'],
    isScreened: false,
    uri: 'sip:x@a.test',
  });
  assert.equal(read('<sip:x@a.test>;party=called').party, 'called');
  assert.equal(parseRemotePartyId('nobody'), undefined);
});

const nobody: readonly [address: string, isNobody: boolean][] = [
  ['"Anonymous" <sip:anonymous@anonymous.invalid>', true],
  ['<sip:x@anonymous.INVALID>', true],
  ['<sip:x@invalid>', true],
  ['<sip:Anonymous@carrier.test>', true],
  ['<sip:x@notinvalid>', false],
  ['<tel:+49>', false],
  ['"Anonymous" <sip:100@a.test>', false],
];
for (const [address, isNobody] of nobody)
  test(`RFC 3323 §4.1.1.3: ${address} is ${isNobody ? '' : 'not '}nobody`, () => {
    assert.equal(isAnonymous(parseNameAddr(address) ?? assert.fail()), isNobody);
  });

const identities: readonly [uri: string, kind: string | undefined, value: string | undefined][] = [
  ['tel:+1-215-555-1212', 'tn', '12155551212'],
  ['tel:+12155551212;npdi', 'tn', '12155551212'],
  ['sip:+12155551212@example.com', 'tn', '12155551212'],
  ['sip:2155551212@example.com;user=phone', 'tn', '2155551212'],
  ['sip:+1(215)555.1212@example.com', 'tn', '12155551212'],
  ['sip:*69@example.com;user=phone', 'tn', '*69'],
  ['sip:100@example.com', 'uri', 'sip:100@example.com'],
  ['sip:alice@Example.COM;transport=tcp?Subject=x', 'uri', 'sip:alice@example.com'],
  ['mailto:alice@example.com', undefined, undefined],
];
for (const [uri, kind, value] of identities)
  test(`RFC 8224 §8: ${uri} is signed as ${kind} ${value}`, () => {
    const identity = identityOfUri(parseUri(uri));
    assert.deepEqual([identity?.kind, identity?.value], [kind, value]);
  });

test('RFC 8224 §8.3: a number loses what only people read', () => {
  assert.equal(canonicalNumber('+1 (215) 555-1212'), '12155551212');
  assert.equal(canonicalNumber('alice'), undefined);
  assert.equal(canonicalNumber(''), undefined);
});

const headers: readonly [
  value: string,
  token: string | undefined,
  info?: string,
  alg?: string,
  ppt?: string | undefined,
][] = [
  ['a.b.c;info=<https://c.test/x.cer>;alg=ES256;ppt=shaken', 'a.b.c', 'https://c.test/x.cer', 'ES256', 'shaken'],
  ['..s ; info = <https://c.test/x.cer>', '..s', 'https://c.test/x.cer', 'ES256', undefined],
  ['a.b.c;info="https://c.test/x";ppt="div"', 'a.b.c', 'https://c.test/x', 'ES256', 'div'],
  ['a.b.c;info=<https://c.test/x;y=1?z>;alg=RS256', 'a.b.c', 'https://c.test/x;y=1?z', 'RS256', undefined],
  ['a.b.c;alg=ES256', undefined],
  ['a.b.c;info=<>', undefined],
  ['"kjOP4YVYZ=";info=<https://old.test>', undefined],
  ['', undefined],
];
for (const [value, token, info, alg, ppt] of headers)
  test(`RFC 8224 §4: Identity ${value}`, () => {
    const header = parseIdentity(value);
    assert.equal(header?.token, token);
    if (header === undefined) return;
    assert.deepEqual([header.info, header.alg, header.ppt], [info, alg, ppt]);
    assert.deepEqual(parseIdentity(formatIdentity(header)), header);
  });
