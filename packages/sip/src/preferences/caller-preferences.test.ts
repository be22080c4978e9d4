import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNameAddr } from '../message/name-addr.ts';
import { preferenceFor, readDisposition, readPreferences } from './caller-preferences.ts';
import { capabilitiesOf, doOverlap, parseFeatures } from './capabilities.ts';

function contact(text: string): string {
  const address = parseNameAddr(text);
  assert.ok(address);
  return capabilitiesOf(address.params);
}

const five = {
  u1: contact('<sip:u1@h.example.com>;audio;video;methods="INVITE,BYE";q=0.2'),
  u2: contact('<sip:u2@h.example.com>;audio="FALSE";methods="INVITE";actor="msg-taker";q=0.2'),
  u3: contact('<sip:u3@h.example.com>;audio;actor="msg-taker";methods="INVITE";video;q=0.3'),
  u4: contact('<sip:u4@h.example.com>;audio;methods="INVITE,OPTIONS";q=0.2'),
  u5: contact('<sip:u5@h.example.com>;q=0.5'),
};

test('RFC 3841 §7.2.5: the example: two are left with 0.83 and 0.33, two are not wanted, and one is left alone', () => {
  const preferences = readPreferences(
    ['*;audio;require', '*;video;explicit', '*;methods="BYE";class="business";q=1.0'],
    ['*;actor="msg-taker";video'],
  );
  const found = Object.entries(five).map(([name, can]) => [name, preferenceFor(can, preferences)?.toFixed(2)]);
  assert.deepEqual(Object.fromEntries(found), { u1: '0.83', u2: undefined, u3: undefined, u4: '0.33', u5: '1.00' });
});

const rows: readonly [
  title: string,
  can: string,
  accept: string[],
  reject: string[],
  preference: number | undefined,
][] = [
  ['§7.2.4 nothing asked for', ';audio', [], [], 1],
  ['§7.2.4 what the contact does not say is not against it', ';audio', ['*;video'], [], 0],
  ['§7.2.4 require: what it does not say is not against it', ';audio', ['*;video;require'], [], 0],
  ['§7.2.4 require: what it denies is', ';audio;video="FALSE"', ['*;video;require'], [], undefined],
  ['§7.2.4 without require it stays, last', ';audio;video="FALSE"', ['*;video'], [], 0],
  ['§7.2.4 require and explicit: it must say all', ';audio', ['*;audio;video;require;explicit'], [], undefined],
  ['§7.2.4 explicit: half is nothing', ';audio', ['*;audio;video;explicit'], [], 0],
  ['§7.2.4 half', ';audio', ['*;audio;video'], [], 0.5],
  ['§7.2.3 what is rejected in part stays', ';video', [], ['*;actor="msg-taker";video'], 1],
  ['§7.2.3 what is rejected in full goes', ';actor="msg-taker";video', [], ['*;actor="msg-taker";video'], undefined],
  ['§7.2.2 who says nothing is left alone', '', ['*;video;require;explicit'], ['*;video'], 1],
  ['a header that cannot be read is not there', ';audio', ['audio'], ['*;;'], 1],
  ['an empty rejection is none', ';audio', [], ['*'], 1],
];
for (const [title, can, accept, reject, preference] of rows)
  test(`RFC 3841 ${title}`, () => {
    assert.equal(preferenceFor(can, readPreferences(accept, reject)), preference);
  });

const pairs: readonly [one: string, other: string, isMet: boolean][] = [
  ['"a,b"', '"b,c"', true],
  ['"a"', '"A"', true],
  ['"a"', '"b"', false],
  ['"!a"', '"a"', false],
  ['"!a"', '"b"', true],
  ['"!a"', '"!a"', true],
  ['"<Text, with a comma>"', '"<Text, with a comma>"', true],
  ['"<Text>"', '"<text>"', false],
  ['"<a>"', '"a"', false],
  ['"#=5"', '"#>=4"', true],
  ['"#5"', '"#<=4"', false],
  ['"#1:3"', '"#3:9"', true],
  ['"#>=4"', '"#<=3"', false],
  ['"TRUE"', '"true"', true],
];
for (const [one, other, isMet] of pairs)
  test(`RFC 3840 §9: ${one} ${isMet ? 'meets' : 'does not meet'} ${other}`, () => {
    const values = (text: string) => parseFeatures(`;+f=${text}`)?.get('+f') ?? [];
    assert.equal(doOverlap(values(one), values(other)), isMet);
    assert.equal(doOverlap(values(other), values(one)), isMet);
  });

test('RFC 3840 §9: feature parameters of a Contact: the base set and what begins with "+", but for what has a meaning of its own', () => {
  const text = '<sip:a@b>;q=0.5;expires=60;Audio;+sip.instance="<urn:x>";reg-id=1;+org.x.y="<v>";methods="INVITE"';
  assert.equal(contact(text), ';Audio;+org.x.y="<v>";methods="INVITE"');
});

test('RFC 3841 §9.1: Request-Disposition', () => {
  assert.deepEqual(readDisposition(['no-fork', 'sequential', 'recurse']), { forks: false, isSequential: true });
  assert.deepEqual(readDisposition(['SEQUENTIAL', 'parallel']), { forks: true, isSequential: false });
  assert.deepEqual(readDisposition([]), { forks: true, isSequential: false });
});
