import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeUser, unescapeUri } from './escape.ts';
import { isIpv6 } from './host.ts';
import { formatUri, parseSipUri, parseUri, uriHeaders } from './uri.ts';
import { areUrisEqual } from './uri-equal.ts';

test('RFC 3261 §19.1.1: the parts of a SIP URI', () => {
  const uri = parseSipUri(
    'sips:alice:se%40cret@[2001:db8::1]:5061;Transport=tcp;lr;maddr=239.255.255.1?Subject=a%20b&Replaces=x%3Bto-tag%3D1',
  )!;
  assert.deepEqual(
    [uri.scheme, uri.user, uri.password, uri.host, uri.hostKind, uri.port],
    ['sips', 'alice', 'se@cret', '[2001:db8::1]', 'ipv6', 5061],
  );
  assert.deepEqual(
    [uri.params.get('transport'), uri.params.get('LR'), uri.params.get('nothing')],
    ['tcp', '', undefined],
  );
  assert.deepEqual(uriHeaders(uri), [
    { name: 'Subject', value: 'a b' },
    { name: 'Replaces', value: 'x;to-tag=1' },
  ]);
});

const malformed: readonly string[] = [
  '',
  'sip:',
  'sip:@h',
  'sip:a@',
  'sip:a b@h',
  'sip:a@h:',
  'sip:a@h:x',
  'sip:a@h:0',
  'sip:a@h:65536',
  'sip:a@[::1',
  'sip:a@::1',
  'sip:a@h%zz',
  'sip:%4@h',
  'sip:a@h:5060x',
  'sip:<a@h>',
  'nothing',
  'tel:',
  'tel:+',
  'tel:abc-xyz',
  'tel:+1x',
  'http:',
  'sip:a@[1:2:3:4:5:6:7:8:9]',
  '1sip:a@h',
];
for (const text of malformed) {
  test(`no URI: ${JSON.stringify(text)}`, () => {
    const uri = parseUri(text);
    assert.deepEqual([uri.kind, uri.kind === 'other' && uri.isMalformed], ['other', true]);
  });
}

test('"?" and "@" find their place: user, headers, or neither', () => {
  assert.equal(parseSipUri('sip:host?Replaces=a@b')?.user, undefined);
  assert.equal(parseSipUri('sip:us?er=1;x%@@h')?.user, undefined);
  assert.equal(parseSipUri('sip:what?!@h')?.user, 'what?!');
  assert.equal(parseSipUri('sip:+1-212;ext=5@gw;user=phone')?.user, '+1-212;ext=5');
});

test('RFC 3966 §3: tel URIs', () => {
  const uri = parseUri('tel:+1-(201)-555.0123;ext=12;phone-context=x');
  assert.ok(uri.kind === 'tel');
  assert.deepEqual([uri.digits, uri.isGlobal, uri.params.get('ext')], ['+12015550123', true, '12']);
  const local = parseUri('tel:7042*#;phone-context=example.com');
  assert.deepEqual(local.kind === 'tel' && [local.digits, local.isGlobal], ['7042*#', false]);
});

/** RFC 3261 §19.1.4's own examples, and more. */
const pairs: readonly [isEqual: boolean, a: string, b: string][] = [
  [true, 'sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
  [true, 'sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
  [true, 'sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
  [
    true,
    'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
    'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
  ],
  [
    true,
    'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
    'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
  ],
  [false, 'SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
  [false, 'sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
  [false, 'sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
  [false, 'sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
  [false, 'sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
  [false, 'sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
  [false, 'sip:carol@chicago.com;security=off', 'sip:carol@chicago.com;security=on'],
  [false, 'sip:a@h', 'sips:a@h'],
  [false, 'sip:a@h', 'sip:a@h;user=phone'],
  [false, 'sip:a@h;user=ip', 'sip:a@h;user=phone'],
  [true, 'tel:+1-201-555-0123', 'tel:+12015550123'],
  [false, 'tel:+12015550123', 'tel:12015550123'],
  [false, 'tel:+12015550123', 'tel:+12015550123;ext=1'],
  [true, 'urn:service:sos', 'urn:service:sos'],
];
for (const [isEqual, a, b] of pairs) {
  test(`RFC 3261 §19.1.4: ${a} ${isEqual ? 'is' : 'is not'} ${b}`, () => {
    assert.equal(areUrisEqual(parseUri(a), parseUri(b)), isEqual);
    assert.equal(areUrisEqual(parseUri(b), parseUri(a)), isEqual);
  });
}

test('formatUri escapes what must be escaped, and an IPv6 address gets its brackets', () => {
  const text = formatUri({
    user: 'a b@c?ü',
    host: '::1',
    port: 5070,
    params: { lr: '', ob: undefined, x: 'y;z' },
    headers: { Subject: 'a&b' },
  });
  assert.equal(text, 'sip:a%20b%40c%3F%C3%BC@[::1]:5070;lr;x=y%3Bz?Subject=a%26b');
  assert.equal(parseSipUri(text)?.user, 'a b@c?ü');
  assert.equal(unescapeUri(escapeUser('%41 é')), '%41 é');
});

test('RFC 4291 §2.2: IPv6 addresses', () => {
  for (const good of [
    '::',
    '::1',
    '1::',
    '2001:db8::192.0.2.1',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:192.0.2.1',
    '::ffff:1.2.3.4',
    '1::8',
  ]) {
    assert.equal(isIpv6(good), true, good);
  }
  for (const bad of [
    '',
    ':',
    '1',
    '1:2',
    ':::',
    '1:::2',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '::1.2.3',
    '::g',
    '1:2:3:4:5:6:7::8',
    ':1',
  ]) {
    assert.equal(isIpv6(bad), false, bad);
  }
});
