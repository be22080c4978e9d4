/** What may cross as it was written: whose address is believed, who reaches whom, which keys and codecs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressScope, sameAddress } from './address-scope.ts';
import { canReach, crossAsIs, directObstacle, isCrossed } from './direct.ts';
import { sdpOf } from './two-legs.ts';

const at = (address: string, more: { isSecure?: boolean; isTrunk?: boolean } = {}) => ({
  address,
  isSecure: false,
  isTrunk: false,
  ...more,
});
const audio = 'm=audio 4000 RTP/AVP 0 101';
const events = 'a=rtpmap:101 telephone-event/8000';

const cases: readonly [what: string, obstacle: RegExp | null, ...Parameters<typeof directObstacle>][] = [
  [
    'two phones of one network',
    null,
    sdpOf('10.0.0.5', audio),
    { from: at('10.0.0.5'), to: at('10.0.0.6'), codecs: [] },
  ],
  [
    'behind a NAT',
    /signals from/,
    sdpOf('10.0.0.5', audio),
    { from: at('192.0.2.5'), to: at('192.0.2.6'), codecs: [] },
  ],
  [
    'a line of its own elsewhere',
    /signals from/,
    sdpOf('192.0.2.5', audio, 'c=IN IP4 192.0.2.9'),
    { from: at('192.0.2.5'), to: at('192.0.2.6'), codecs: [] },
  ],
  [
    'an inner phone and a carrier outside',
    /cannot be reached/,
    sdpOf('10.0.0.5', audio),
    { from: at('10.0.0.5'), to: at('192.0.2.6', { isTrunk: true }), codecs: [] },
  ],
  [
    'another family',
    /cannot be reached/,
    sdpOf('192.0.2.5', audio),
    { from: at('192.0.2.5'), to: at('2001:db8::6'), codecs: [] },
  ],
  [
    'IPv6, spelled another way',
    null,
    sdpOf('2001:DB8:0::5', audio),
    { from: at('2001:db8::5'), to: at('2001:db8::6'), codecs: [] },
  ],
  [
    'a carrier’s media gateway',
    null,
    sdpOf('192.0.2.99', audio),
    { from: at('192.0.2.5', { isTrunk: true }), to: at('192.0.2.6'), codecs: [] },
  ],
  [
    'a gateway in a private network',
    /signals from/,
    sdpOf('10.9.9.9', audio),
    { from: at('192.0.2.5', { isTrunk: true }), to: at('192.0.2.6'), codecs: [] },
  ],
  ['zeros hold', null, sdpOf('0.0.0.0', audio), { from: at('192.0.2.5'), to: at('192.0.2.6'), codecs: [] }],
  ['a name', /not numeric/, sdpOf('pbx.example', audio), { from: at('192.0.2.5'), to: at('192.0.2.6'), codecs: [] }],
  [
    'what is off does not count',
    null,
    sdpOf('10.0.0.5', 'm=audio 0 RTP/AVP 0'),
    { from: at('192.0.2.5'), to: at('192.0.2.6'), codecs: [] },
  ],
  [
    'SRTP in the clear',
    /keys/,
    sdpOf('192.0.2.5', 'm=audio 4000 RTP/SAVP 0'),
    { from: at('192.0.2.5', { isSecure: true }), to: at('192.0.2.6'), codecs: [] },
  ],
  [
    'SRTP over TLS on both sides',
    null,
    sdpOf('192.0.2.5', 'm=audio 4000 RTP/SAVP 0'),
    { from: at('192.0.2.5', { isSecure: true }), to: at('192.0.2.6', { isSecure: true }), codecs: [] },
  ],
  [
    'WebRTC',
    /UDP\/TLS/,
    sdpOf('192.0.2.5', 'm=audio 4000 UDP/TLS/RTP/SAVPF 0'),
    { from: at('192.0.2.5', { isSecure: true }), to: at('192.0.2.6', { isSecure: true }), codecs: [] },
  ],
  [
    'fax is no matter',
    null,
    sdpOf('192.0.2.5', 'm=image 4000 udptl t38'),
    { from: at('192.0.2.5'), to: at('192.0.2.6'), codecs: ['PCMA'] },
  ],
  [
    'a codec that is not allowed',
    /PCMU is not/,
    sdpOf('192.0.2.5', audio, events),
    { from: at('192.0.2.5'), to: at('192.0.2.6'), codecs: ['PCMA'] },
  ],
  [
    'codecs that are, and key presses',
    null,
    sdpOf('192.0.2.5', audio, events),
    { from: at('192.0.2.5'), to: at('192.0.2.6'), codecs: ['PCMA', 'PCMU'] },
  ],
];

for (const [what, obstacle, sdp, pair] of cases) {
  test(`straight from one to the other: ${what}: ${obstacle === null ? 'yes' : 'no'}`, () => {
    const found = directObstacle(sdp, pair);
    if (obstacle === null) assert.equal(found, null);
    else assert.match(found ?? '', obstacle);
  });
}

test('RFC 6890: addresses of one scope reach each other, of two they do not', () => {
  const scopes = [
    '127.0.0.1',
    '::1',
    '169.254.1.1',
    'fe80::1%eth0',
    '172.16.0.1',
    '100.64.0.1',
    'fd00::1',
    '172.32.0.1',
    '2001:db8::1',
  ];
  assert.deepEqual(scopes.map(addressScope), [
    'loopback',
    'loopback',
    'link',
    'link',
    'private',
    'private',
    'private',
    'global',
    'global',
  ]);
  assert.deepEqual([canReach('10.1.1.1', '192.168.0.1'), canReach('10.1.1.1', '203.0.113.1')], [true, false]);
  assert.ok(sameAddress('::ffff:192.0.2.1', '192.0.2.1') && sameAddress('[2001:DB8::1]', '2001:db8:0:0::1'));
});

test('what crosses is marked, and keeps nothing of the origin of who wrote it', () => {
  const sdp = sdpOf('0.0.0.0', audio);
  assert.deepEqual([isCrossed(sdp), isCrossed(crossAsIs(sdp))], [false, true]);
  assert.deepEqual({ ...crossAsIs(sdp), origin: null }, { ...sdp, origin: null });
});
