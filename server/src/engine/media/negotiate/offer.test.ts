import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSdp, readCodecs } from '@ringdown/sdp';
import { offerAcross, offerFresh } from './offer.ts';
import { portsAt, said, sdpOf } from './two-legs.ts';

const usual = [
  'm=audio 4000 RTP/AVP 96 9 0 8 101 110 13',
  'a=rtpmap:96 opus/48000/2',
  'a=fmtp:96 useinbandfec=1',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=rtpmap:110 telephone-event/48000',
];

const names = (description: Parameters<typeof readCodecs>[0] | undefined): string[] =>
  description === undefined ? [] : readCodecs(description).map((codec) => `${codec.name}/${codec.clockRate}`);

/** [what, offered, policy of the leg that gets it, codecs of its offer] */
const policyRows: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  ['ordered by the policy', usual, ['PCMA', 'PCMU'], ['PCMA/8000', 'PCMU/8000', 'TELEPHONE-EVENT/8000', 'CN/8000']],
  [
    'names in any case, twice or unknown',
    usual,
    ['g722', 'X', 'G722', 'pcmu'],
    ['G722/8000', 'PCMU/8000', 'TELEPHONE-EVENT/8000', 'CN/8000'],
  ],
  ['RFC 4733 §2.1: keys on the clock of the voice', usual, ['opus'], ['OPUS/48000', 'TELEPHONE-EVENT/48000']],
  [
    'keys for both clocks',
    usual,
    ['opus', 'PCMA'],
    ['OPUS/48000', 'PCMA/8000', 'TELEPHONE-EVENT/8000', 'TELEPHONE-EVENT/48000', 'CN/8000'],
  ],
  [
    'Opus with keys at 8 kHz only keeps them',
    ['m=audio 4000 RTP/AVP 96 101', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:101 telephone-event/8000'],
    ['opus'],
    ['OPUS/48000', 'TELEPHONE-EVENT/8000'],
  ],
  [
    'RFC 4317 §2.4: a line of key presses alone',
    ['m=audio 4000 RTP/AVP 98', 'a=rtpmap:98 telephone-event/8000'],
    ['PCMU'],
    ['TELEPHONE-EVENT/8000'],
  ],
  [
    'redundancy is not carried (RFC 2198)',
    ['m=audio 4000 RTP/AVP 0 99', 'a=rtpmap:99 red/8000', 'a=fmtp:99 0/0'],
    ['RED', 'PCMU'],
    ['PCMU/8000'],
  ],
];

for (const [what, lines, policy, expected] of policyRows) {
  test(`policy: ${what}`, () => {
    const result = offerAcross({
      source: sdpOf('192.0.2.1', ...lines),
      policy,
      local: portsAt('203.0.113.9', 20000),
    });
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(names(result.description.media[0]), expected);
  });
}

test('the offer across has our address and ports, and nothing that belongs to the other leg', () => {
  const source = sdpOf(
    '192.0.2.1',
    'a=ice-ufrag:abcd',
    'm=audio 4000 RTP/AVP 0',
    'i=voice',
    'b=AS:64',
    'a=rtcp:4005 IN IP4 192.0.2.1',
    'a=rtcp-mux',
    'a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa',
    'a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0',
    'a=fingerprint:sha-256 AA',
    'a=ssrc:1 cname:x',
    'a=mid:0',
    'a=ptime:30',
    'a=maxptime:60',
    'a=sendonly',
  );
  const result = offerAcross({ source, policy: ['PCMU'], local: portsAt('203.0.113.9', 20000) });
  assert.ok(result.ok);
  assert.equal(
    formatSdp(result.description),
    [
      'v=0',
      'o=- 0 0 IN IP4 203.0.113.9',
      's=-',
      'c=IN IP4 203.0.113.9',
      't=0 0',
      'm=audio 20000 RTP/AVP 0',
      'c=IN IP4 203.0.113.9',
      'b=AS:64',
      'a=rtpmap:0 PCMU/8000',
      'a=ptime:30',
      'a=maxptime:60',
      'a=sendonly',
      '',
    ].join('\r\n'),
  );
});

test('keys cross where told so, and only then is encrypted RTP carried', () => {
  const source = sdpOf('192.0.2.1', 'a=crypto:9 session-level', 'm=audio 4000 RTP/SAVP 0', 'a=crypto:1 AES inline:x');
  const request = { source, policy: ['PCMU'], local: portsAt('2001:db8::9', 20000) };
  const refused = offerAcross(request);
  assert.ok(!refused.ok && refused.failure.code === 'not-acceptable');
  assert.match(refused.failure.detail, /audio RTP\/SAVP/);
  const kept = offerAcross({ ...request, keep: ['crypto'] });
  assert.ok(kept.ok);
  assert.deepEqual(said(kept.description), [
    'm=audio 20000 RTP/SAVP 0',
    'c=IN IP6 2001:db8::9',
    'a=rtpmap:0 PCMU/8000',
    'a=crypto:1 AES inline:x',
    'a=sendrecv',
  ]);
});

test('an unknown kind is refused in its place, video beside it is carried', () => {
  const source = sdpOf(
    '192.0.2.1',
    'm=application 4000 UDP/BFCP *',
    'm=audio 4002 RTP/AVP 0',
    'm=video 4004 RTP/AVPF 97 98',
    'a=rtpmap:97 H264/90000',
    'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
    'a=rtcp-fb:97 nack pli',
    'a=rtcp-fb:* ccm fir',
    'a=rtpmap:98 rtx/90000',
    'a=fmtp:98 apt=97',
    'a=rtcp-fb:98 nack',
  );
  const result = offerAcross({ source, policy: ['PCMU'], local: portsAt('203.0.113.9', 20000) });
  assert.ok(result.ok);
  assert.deepEqual(said(result.description), [
    'm=application 0 UDP/BFCP *',
    'm=audio 20010 RTP/AVP 0',
    'c=IN IP4 203.0.113.9',
    'a=rtpmap:0 PCMU/8000',
    'a=sendrecv',
    'm=video 20020 RTP/AVPF 97',
    'c=IN IP4 203.0.113.9',
    'a=rtpmap:97 H264/90000',
    'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
    'a=rtcp-fb:97 nack pli',
    'a=rtcp-fb:* ccm fir',
    'a=sendrecv',
  ]);
});

test('no codec in common: 488 material that names both lists', () => {
  const source = sdpOf('192.0.2.1', 'm=audio 4000 RTP/AVP 0 8');
  const result = offerAcross({ source, policy: ['G722', 'opus'], local: portsAt('203.0.113.9', 20000) });
  assert.deepEqual(result, {
    ok: false,
    failure: { code: 'no-common-codec', detail: 'offered: PCMU, PCMA; allowed: G722, opus' },
  });
});

test('what the offering side may not use is not asked of the other', () => {
  const source = sdpOf('192.0.2.1', 'm=audio 4000 RTP/AVP 9 8 0');
  const request = { source, policy: ['G722', 'PCMU', 'PCMA'], local: portsAt('203.0.113.9', 20000) };
  const result = offerAcross({ ...request, sourcePolicy: ['pcma', 'pcmu'] });
  assert.ok(result.ok);
  assert.deepEqual(names(result.description.media[0]), ['PCMU/8000', 'PCMA/8000']);
  const none = offerAcross({ ...request, sourcePolicy: ['opus'] });
  assert.ok(!none.ok && none.failure.code === 'no-common-codec');
});

test('an offer with nothing on is passed on as it is', () => {
  const source = sdpOf('192.0.2.1', 'm=audio 0 RTP/AVP 0');
  const result = offerAcross({ source, policy: ['PCMU'], local: portsAt('203.0.113.9', 20000) });
  assert.ok(result.ok);
  assert.deepEqual(said(result.description), ['m=audio 0 RTP/AVP 0']);
});

/** [what, policy, codecs offered out of nothing] */
const freshRows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['in the order of the policy', ['PCMA', 'PCMU'], ['8 PCMA', '0 PCMU', '101 TELEPHONE-EVENT/8000']],
  [
    'keys per clock rate',
    ['opus', 'G722'],
    ['96 OPUS', '9 G722', '110 TELEPHONE-EVENT/48000', '101 TELEPHONE-EVENT/8000'],
  ],
  ['nothing known: G.711', ['EVS'], ['0 PCMU', '8 PCMA', '101 TELEPHONE-EVENT/8000']],
];

for (const [what, policy, expected] of freshRows) {
  test(`an offer out of the policy alone: ${what}`, () => {
    const description = offerFresh(policy, { address: '203.0.113.9', port: 20000, rtcpPort: 20003 });
    const line = description.media[0];
    assert.ok(line);
    const codecs = readCodecs(line).map(
      ({ payloadType, name, clockRate }) =>
        `${payloadType} ${name}${name === 'TELEPHONE-EVENT' ? `/${clockRate}` : ''}`,
    );
    assert.deepEqual(codecs, expected);
    assert.ok(said(description).includes('a=rtcp:20003'));
  });
}

/** [attribute, whether it crosses] */
const crossingRows: readonly (readonly [string, boolean])[] = [
  ['X-vendor: something  odd ', true],
  ['silenceSupp:off - - - -', true],
  ['X-version:1.2.3', true],
  ['X-time:12:34:56', true],
  ['X-flag', true],
  ['maxprate:50', true],
  ['X-nat:192.0.2.1', false],
  ['X-nat:[192.0.2.1]:4000', false],
  ['X-nat:2001:db8::1', false],
  ['X-nat:2001:db8:1:2:3:4:5:6', false],
  ['extmap:1 urn:x', false],
  ['rid:1 send', false],
  ['simulcast:send 1', false],
  ['pcfg:1 t=1', false],
  ['msid:a b', false],
  ['tls-id:abc3de65cddef001be82', false],
];

for (const [value, isCrossing] of crossingRows) {
  test(`RFC 8866 §5.13: a=${value} ${isCrossing ? 'crosses as written' : 'stays on its leg'}`, () => {
    const source = sdpOf('192.0.2.1', 'm=audio 4000 RTP/AVP 0', `a=${value}`);
    const result = offerAcross({ source, policy: ['PCMU'], local: portsAt('203.0.113.9', 20000) });
    assert.ok(result.ok);
    assert.equal(said(result.description).includes(`a=${value}`), isCrossing);
  });
}
