import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaDirection } from '@ringdown/sdp';
import { answerAcross, answerEndpoint } from './answer.ts';
import { offerAcross } from './offer.ts';
import { relayMap } from './relay-map.ts';
import { packetTimeTo, streamSettings } from './stream-settings.ts';
import { exchange, legOf, portsAt, said, sdpOf } from './two-legs.ts';

const a = ['192.0.2.1', '203.0.113.9'] as const;
const codecs = ['opus', 'G722', 'PCMU', 'PCMA', 'G729', 'AMR'];
const caller = () => legOf(codecs, portsAt(a[1], 10000));
const callee = (policy: readonly string[] = codecs) => legOf(policy, portsAt('2001:db8::9', 20000));

interface AnswerRow {
  readonly what: string;
  readonly offer: readonly string[];
  readonly policy?: readonly string[];
  readonly answer: readonly string[];
  readonly told: readonly string[];
  readonly toB?: readonly (readonly [number, number])[];
  readonly toA?: readonly (readonly [number, number])[];
}

const rows: readonly AnswerRow[] = [
  {
    what: 'payload types of each leg, mapped both ways',
    offer: ['m=audio 4000 RTP/AVP 111 101', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:101 telephone-event/48000'],
    answer: [
      'm=audio 5000 RTP/AVP 96 97',
      'a=rtpmap:96 opus/48000/2',
      'a=fmtp:96 stereo=1',
      'a=rtpmap:97 telephone-event/48000',
      'a=fmtp:97 0-11',
    ],
    told: [
      'm=audio 10000 RTP/AVP 111 101',
      'c=IN IP4 203.0.113.9',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 stereo=1',
      'a=rtpmap:101 telephone-event/48000',
      'a=fmtp:101 0-11',
      'a=sendrecv',
    ],
    toB: [
      [111, 96],
      [101, 97],
    ],
    toA: [
      [111, 111],
      [101, 101],
    ],
  },
  {
    what: 'an answer with several codecs is narrowed to the first',
    offer: ['m=audio 4000 RTP/AVP 0 8'],
    answer: ['m=audio 5000 RTP/AVP 8 0'],
    told: ['m=audio 10000 RTP/AVP 8', 'c=IN IP4 203.0.113.9', 'a=rtpmap:8 PCMA/8000', 'a=sendrecv'],
    toB: [[8, 8]],
    toA: [
      [0, 0],
      [8, 8],
    ],
  },
  {
    what: 'a codec that was not offered counts for nothing (RFC 3264 §6.1 allows to list it)',
    offer: ['m=audio 4000 RTP/AVP 0'],
    answer: ['m=audio 5000 RTP/AVP 9 0'],
    told: ['m=audio 10000 RTP/AVP 0', 'c=IN IP4 203.0.113.9', 'a=rtpmap:0 PCMU/8000', 'a=sendrecv'],
  },
  {
    what: 'what the far side wants is what is said: fmtp, ptime, bandwidth',
    offer: ['m=audio 4000 RTP/AVP 18', 'b=AS:99', 'a=fmtp:18 annexb=yes', 'a=ptime:20'],
    answer: ['m=audio 5000 RTP/AVP 18', 'b=AS:32', 'a=fmtp:18 annexb=no', 'a=ptime:40'],
    told: [
      'm=audio 10000 RTP/AVP 18',
      'c=IN IP4 203.0.113.9',
      'b=AS:32',
      'a=rtpmap:18 G729/8000',
      'a=fmtp:18 annexb=no',
      'a=ptime:40',
      'a=sendrecv',
    ],
  },
  {
    what: 'RFC 4867 §8.3.1: of two packings of AMR the one that was answered',
    offer: [
      'm=audio 4000 RTP/AVP 96 97',
      'a=rtpmap:96 AMR/8000',
      'a=rtpmap:97 AMR/8000',
      'a=fmtp:97 mode-set=7;octet-align=1',
    ],
    answer: ['m=audio 5000 RTP/AVP 102', 'a=rtpmap:102 AMR/8000', 'a=fmtp:102 octet-align=1'],
    told: [
      'm=audio 10000 RTP/AVP 97',
      'c=IN IP4 203.0.113.9',
      'a=rtpmap:97 AMR/8000',
      'a=fmtp:97 octet-align=1',
      'a=sendrecv',
    ],
    toB: [[97, 102]],
  },
  {
    what: 'a refused line keeps its place, the other is carried',
    offer: ['m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 97 34', 'a=rtpmap:97 H264/90000'],
    answer: ['m=audio 5000 RTP/AVP 0', 'm=video 0 RTP/AVP 97'],
    told: [
      'm=audio 10000 RTP/AVP 0',
      'c=IN IP4 203.0.113.9',
      'a=rtpmap:0 PCMU/8000',
      'a=sendrecv',
      'm=video 0 RTP/AVP 97 34',
    ],
  },
  {
    what: 'video keeps all codecs that both have, feedback by the right number',
    offer: [
      'm=video 4002 RTP/AVPF 97 98 34',
      'a=rtpmap:97 VP8/90000',
      'a=rtpmap:98 H264/90000',
      'a=rtcp-fb:98 nack pli',
    ],
    answer: ['m=video 5002 RTP/AVPF 100 34', 'a=rtpmap:100 H264/90000', 'a=rtcp-fb:100 nack pli', 'a=rtcp-fb:34 nack'],
    told: [
      'm=video 10000 RTP/AVPF 98 34',
      'c=IN IP4 203.0.113.9',
      'a=rtpmap:98 H264/90000',
      'a=rtpmap:34 H263/90000',
      'a=rtcp-fb:98 nack pli',
      'a=rtcp-fb:34 nack',
      'a=sendrecv',
    ],
    toB: [
      [98, 100],
      [34, 34],
    ],
  },
  {
    what: 'RFC 6184 §8.2.2: of two profiles of H.264 the one that was answered',
    offer: [
      'm=video 4002 RTP/AVP 97 98',
      'a=rtpmap:97 H264/90000',
      'a=fmtp:97 profile-level-id=64001f;packetization-mode=1',
      'a=rtpmap:98 H264/90000',
      'a=fmtp:98 profile-level-id=42e01f;packetization-mode=1',
    ],
    answer: [
      'm=video 5002 RTP/AVP 120',
      'a=rtpmap:120 H264/90000',
      'a=fmtp:120 profile-level-id=42E014;packetization-mode=1',
    ],
    told: [
      'm=video 10000 RTP/AVP 98',
      'c=IN IP4 203.0.113.9',
      'a=rtpmap:98 H264/90000',
      'a=fmtp:98 profile-level-id=42E014;packetization-mode=1',
      'a=sendrecv',
    ],
    toB: [[98, 120]],
  },
  {
    what: 'RFC 7587 §7: Opus without its channels is Opus',
    offer: ['m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'],
    answer: ['m=audio 5000 RTP/AVP 97', 'a=rtpmap:97 OPUS/48000'],
    told: ['m=audio 10000 RTP/AVP 96', 'c=IN IP4 203.0.113.9', 'a=rtpmap:96 opus/48000/2', 'a=sendrecv'],
    toB: [[96, 97]],
  },
  {
    what: 'an answer without the fmtp that was offered is taken by its number',
    offer: ['m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 AMR/8000', 'a=fmtp:96 octet-align=1'],
    answer: ['m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 AMR/8000'],
    told: ['m=audio 10000 RTP/AVP 96', 'c=IN IP4 203.0.113.9', 'a=rtpmap:96 AMR/8000', 'a=sendrecv'],
  },
];

for (const row of rows) {
  test(`answer across: ${row.what}`, () => {
    const offer = sdpOf(a[0], ...row.offer);
    const farAnswer = sdpOf('198.51.100.2', ...row.answer);
    const result = exchange(caller(), callee(row.policy), offer, () => farAnswer);
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(said(result.answer), row.told);
    if (row.toB !== undefined) assert.deepEqual(relayMap(result.answer, farAnswer, 0), row.toB);
    if (row.toA !== undefined) assert.deepEqual(relayMap(result.farOffer, offer, 0), row.toA);
  });
}

/** [A offers, B answers, B was offered, A is told] */
const directionRows = [
  ['sendrecv', 'sendrecv', 'sendrecv', 'sendrecv'],
  ['sendonly', 'recvonly', 'sendonly', 'recvonly'],
  ['recvonly', 'sendonly', 'recvonly', 'sendonly'],
  ['inactive', 'inactive', 'inactive', 'inactive'],
  ['sendrecv', 'sendonly', 'sendrecv', 'sendonly'],
  ['sendrecv', 'inactive', 'sendrecv', 'inactive'],
  // What B may not say to such an offer is cut down to what A allows.
  ['sendonly', 'sendrecv', 'sendonly', 'recvonly'],
  ['inactive', 'sendrecv', 'inactive', 'inactive'],
  ['sendonly', 'sendonly', 'sendonly', 'inactive'],
] as const;

for (const [offered, answered, across, told] of directionRows) {
  test(`direction: ${offered} answered ${answered} is told ${told}`, () => {
    const offer = sdpOf(a[0], 'm=audio 4000 RTP/AVP 0', `a=${offered}`);
    const far = sdpOf('198.51.100.2', 'm=audio 5000 RTP/AVP 0', `a=${answered}`);
    const result = exchange(caller(), callee(), offer, () => far);
    assert.ok(result.ok);
    assert.equal(mediaDirection(result.farOffer, result.farOffer.media[0]!), across);
    assert.equal(mediaDirection(result.answer, result.answer.media[0]!), told);
  });
}

test('RFC 3264 §8.4: hold by 0.0.0.0 crosses as a direction with our address', () => {
  const offer = sdpOf('0.0.0.0', 'm=audio 4000 RTP/AVP 0');
  const result = exchange(caller(), callee(), offer, () =>
    sdpOf('198.51.100.2', 'm=audio 5000 RTP/AVP 0', 'a=recvonly'),
  );
  assert.ok(result.ok);
  assert.deepEqual(said(result.farOffer).slice(-1), ['a=sendonly']);
  assert.ok(said(result.farOffer).includes('c=IN IP6 2001:db8::9'));
  assert.deepEqual(said(result.answer).slice(-1), ['a=recvonly']);
});

test('an answer with another number of m-lines is refused', () => {
  const offer = sdpOf(a[0], 'm=audio 4000 RTP/AVP 0');
  const result = exchange(caller(), callee(), offer, () =>
    sdpOf('198.51.100.2', 'm=audio 5000 RTP/AVP 0', 'm=audio 5002 RTP/AVP 0'),
  );
  assert.deepEqual(result, {
    ok: false,
    code: 'not-acceptable',
    detail: 'an answer with 2 m-lines to 1',
  });
});

/** [what, connection address, m-line, detail] */
const unusable: readonly (readonly [string, string, string, RegExp])[] = [
  ['a name', 'media.example.com', 'm=audio 5000 RTP/AVP 0', /media\.example\.com is not numeric/],
  ['an address that is none', '192.0.2.256', 'm=audio 5000 RTP/AVP 0', /192\.0\.2\.256 is not numeric/],
  ['multicast', '233.252.0.1', 'm=audio 5000 RTP/AVP 0', /233\.252\.0\.1 is not unicast/],
  ['multicast in IPv6', 'ff02::1', 'm=audio 5000 RTP/AVP 0', /ff02::1 is not unicast/],
  ['broadcast', '255.255.255.255', 'm=audio 5000 RTP/AVP 0', /not unicast/],
  ['a scoped address', 'fe80::1%eth0', 'm=audio 5000 RTP/AVP 0', /not numeric/],
  ['keys that we do not have', '192.0.2.1', 'm=audio 5000 RTP/SAVP 0', /no plain RTP among audio RTP\/SAVP/],
];

for (const [what, address, line, detail] of unusable) {
  test(`nothing is sent to where it cannot go: ${what}`, () => {
    const bad = sdpOf(address, line);
    const good = sdpOf('192.0.2.1', 'm=audio 4000 RTP/AVP 0');
    const outcomes = [exchange(caller(), callee(), bad, () => good), exchange(caller(), callee(), good, () => bad)];
    for (const outcome of outcomes) {
      assert.ok(!outcome.ok && outcome.code === 'not-acceptable');
      assert.match(outcome.detail, detail);
    }
    const own = answerEndpoint({ offer: bad, policy: ['PCMU'], local: portsAt(a[1], 10000) });
    assert.ok(!own.ok && own.failure.code === 'not-acceptable');
    assert.match(own.failure.detail, detail);
  });
}

test('kept keys cross both ways, those of the session too', () => {
  const keep = ['fingerprint', 'setup'];
  const offer = sdpOf(
    '192.0.2.1',
    'a=fingerprint:sha-256 AA',
    'm=audio 4000 UDP/TLS/RTP/SAVP 0',
    'a=setup:actpass',
    'a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host',
  );
  const ports = portsAt('203.0.113.9', 10000);
  const across = offerAcross({ source: offer, policy: ['PCMU'], local: ports, keep });
  assert.ok(across.ok);
  const tail = ['a=setup:actpass', 'a=fingerprint:sha-256 AA', 'a=sendrecv'];
  assert.deepEqual(said(across.description).slice(3), tail);
  const farAnswer = sdpOf('192.0.2.2', 'm=audio 5000 UDP/TLS/RTP/SAVP 0', 'a=setup:active', 'a=fingerprint:sha-256 BB');
  const back = answerAcross({ offer, farOffer: across.description, farAnswer, local: ports, keep });
  assert.ok(back.ok);
  assert.deepEqual(said(back.description), [
    'm=audio 10000 UDP/TLS/RTP/SAVP 0',
    'c=IN IP4 203.0.113.9',
    'a=rtpmap:0 PCMU/8000',
    'a=setup:active',
    'a=fingerprint:sha-256 BB',
    'a=sendrecv',
  ]);
});

test('a delayed offer: the asker is offered what the far side offers, and its answer goes back', () => {
  const [asker, far] = [caller(), callee()];
  const farOffer = sdpOf('2001:db8::2', 'm=audio 5000 RTP/AVP 8 0 96', 'a=rtpmap:96 telephone-event/8000');
  const result = exchange(far, asker, farOffer, () =>
    sdpOf('192.0.2.1', 'm=audio 4000 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000'),
  );
  assert.ok(result.ok);
  assert.deepEqual(said(result.farOffer)[0], 'm=audio 10000 RTP/AVP 0 8 96');
  assert.deepEqual(said(result.answer).slice(0, 2), ['m=audio 20000 RTP/AVP 0 96', 'c=IN IP6 2001:db8::9']);
});

/** [what, B's answer] */
const nothingRows: readonly (readonly [string, string])[] = [
  ['refused', 'm=audio 0 RTP/AVP 0'],
  ['another codec than offered', 'm=audio 5000 RTP/AVP 3'],
  ['a number without a meaning', 'm=audio 5000 RTP/AVP 77'],
];

for (const [what, line] of nothingRows) {
  test(`no codec left: ${what}`, () => {
    const offer = sdpOf(a[0], 'm=audio 4000 RTP/AVP 0 8');
    const result = exchange(caller(), callee(), offer, () => sdpOf('198.51.100.2', line));
    assert.ok(!result.ok);
    assert.equal(result.code, 'no-common-codec');
    assert.match(result.detail, /allowed: PCMU, PCMA/);
  });
}

test('an endpoint of ours answers with its best codec and says which keys it hears', () => {
  const offer = sdpOf(
    a[0],
    'm=video 4002 RTP/AVP 34',
    'm=audio 4000 RTP/AVP 0 8 9 101',
    'a=rtpmap:101 telephone-event/8000',
    'a=sendonly',
  );
  const result = answerEndpoint({ offer, policy: ['PCMA', 'PCMU'], local: portsAt(a[1], 10000) });
  assert.ok(result.ok);
  assert.deepEqual([result.codec, result.dtmfPayloadType], ['PCMA', 101]);
  assert.deepEqual(said(result.description), [
    'm=video 0 RTP/AVP 34',
    'm=audio 10010 RTP/AVP 8 101',
    'c=IN IP4 203.0.113.9',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=recvonly',
  ]);
  assert.deepEqual(
    result.state.lines.map((line) => line.far),
    [null, null],
  );
  assert.equal(answerEndpoint({ offer, policy: ['opus'], local: portsAt(a[1], 10000) }).ok, false);
});

test('a stream is set up by what both sides named', () => {
  const offer = sdpOf(
    a[0],
    'm=audio 4000 RTP/AVP 8 0 101 110',
    'a=rtpmap:101 telephone-event/48000',
    'a=rtpmap:110 telephone-event/8000',
    'a=rtcp:4009',
    'a=rtcp-mux',
    'a=ptime:40',
    'a=maxptime:30',
    'a=sendonly',
  );
  const local = [{ address: a[1], port: 10000, rtcpPort: 10001 }];
  const answer = answerEndpoint({ offer, policy: ['PCMU'], local });
  assert.ok(answer.ok);
  assert.deepEqual(streamSettings(answer.description, offer, 0), {
    remote: { address: '192.0.2.1', port: 4000, rtcpPort: 4009 },
    direction: 'recvonly',
    codecs: [{ payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1 }],
    dtmfPayloadType: 110,
  });
  assert.equal(packetTimeTo(offer.media[0]!), 30);
  const muxed = answerEndpoint({ offer, policy: ['PCMU'], local: [{ ...local[0]!, rtcpMux: true }] });
  assert.ok(muxed.ok);
  assert.equal(streamSettings(muxed.description, offer, 0)?.remote.rtcpMux, true);
  assert.equal(streamSettings(answer.description, sdpOf(a[0], 'm=audio 0 RTP/AVP 0'), 0), null);
});

test('an address of ours that is still open is no hold', () => {
  const ours = sdpOf('0.0.0.0', 'm=audio 10000 RTP/AVP 0');
  assert.equal(streamSettings(ours, sdpOf('192.0.2.1', 'm=audio 1 RTP/AVP 0'), 0)?.direction, 'sendrecv');
});

test('our open offer, answered with a hold, sends nothing', () => {
  const ours = sdpOf(a[1], 'm=audio 10000 RTP/AVP 0');
  assert.equal(streamSettings(ours, sdpOf('192.0.2.1', 'm=audio 1 RTP/AVP 0', 'a=sendonly'), 0)?.direction, 'recvonly');
  assert.equal(streamSettings(ours, sdpOf('0.0.0.0', 'm=audio 1 RTP/AVP 0'), 0)?.direction, 'recvonly');
});
