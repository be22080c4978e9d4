import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  attribute,
  attributeProblems,
  attributes,
  bandwidths,
  canReceive,
  canSend,
  commonDirection,
  connectionAddress,
  cryptoAttributes,
  type Direction,
  dtlsParameters,
  faxParameters,
  formatParameters,
  iceParameters,
  isNowhere,
  isRtcpMux,
  isTelephoneEvent,
  maskSdpSecrets,
  maxPacketTimeMs,
  mediaDirection,
  mediaGroups,
  mediaId,
  mirrorDirection,
  packetTimeMs,
  readCodecs,
  rtcpAddress,
  rtcpPort,
  statedDirection,
} from './index.ts';
import { lineOf, sdpOf } from './sdp-lines.test.ts';

test('RFC 8866 §5.13: attributes by their whole name', () => {
  const { lines } = lineOf('a=rtcp-mux', 'a=rtcp:1', 'a=x:1:2', 'a=x:3', 'a=empty:', 'i=rtcp:9');
  assert.equal(attribute(lines, 'rtcp'), '1');
  assert.equal(attribute(lines, 'rtcp-mux'), '');
  assert.equal(attribute(lines, 'empty'), '');
  assert.equal(attribute(lines, 'rtc'), undefined);
  assert.equal(attribute(lines, 'RTCP'), undefined);
  assert.deepEqual(attributes(lines, 'x'), ['1:2', '3']);
});

/** [what, session's lines, m-line's lines, address] */
const addressRows: readonly (readonly [string, string, string, string | null])[] = [
  ["the session's", 'c=IN IP4 192.0.2.1', '', '192.0.2.1'],
  ["the m-line's own", 'c=IN IP4 192.0.2.1', 'c=IN IP6 2001:db8::2', '2001:db8::2'],
  ['a multicast address without its TTL', '', 'c=IN IP4 233.252.0.1/127/3', '233.252.0.1'],
  ['a name', '', 'c=IN IP4 media.example.com', 'media.example.com'],
  ['none', '', '', null],
];

for (const [what, session, media, address] of addressRows) {
  test(`RFC 8866 §5.7: connection address, ${what}`, () => {
    const lines = [session, 'm=audio 4000 RTP/AVP 0', media].filter((line) => line !== '');
    const sdp = sdpOf(...lines);
    assert.equal(connectionAddress(sdp, sdp.media[0]!), address);
  });
}

/** [a=rtcp value, read] */
const rtcpRows: readonly (readonly [string, { port: number; address: string | null } | null])[] = [
  ['53020', { port: 53020, address: null }],
  ['53020 IN IP4 126.16.64.4', { port: 53020, address: '126.16.64.4' }],
  ['53020 IN IP6 2001:db8::9', { port: 53020, address: '2001:db8::9' }],
  ['53020 nonsense', { port: 53020, address: null }],
  ['0', null],
  ['70000', null],
  ['x', null],
];

for (const [value, read] of rtcpRows) {
  test(`RFC 3605 §2.1: a=rtcp:${value}`, () => {
    const line = lineOf(`a=rtcp:${value}`);
    assert.deepEqual(rtcpAddress(line), read);
    assert.equal(rtcpPort(line), read?.port);
  });
}

test('RFC 5761 §5.1.1: rtcp-mux where it is said', () => {
  assert.equal(isRtcpMux(lineOf('a=rtcp-mux')), true);
  assert.equal(isRtcpMux(lineOf('a=rtcp:9')), false);
});

/** [m-line and attributes, codecs] */
const codecRows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'RFC 3551 §6: static payload types without rtpmap',
    ['m=audio 4000 RTP/AVP 0 3 8 9 18 13'],
    ['0 PCMU/8000/1', '3 GSM/8000/1', '8 PCMA/8000/1', '9 G722/8000/1', '18 G729/8000/1', '13 CN/8000/1'],
  ],
  [
    'an rtpmap counts more than the static type',
    ['m=audio 4000 RTP/AVP 3', 'a=rtpmap:3 X-Other/16000'],
    ['3 X-OTHER/16000/1'],
  ],
  [
    'names in any case, channels, fmtp',
    ['m=audio 4000 RTP/AVP 96 97', 'a=rtpmap:96 OpuS/48000/2', 'a=fmtp:96 a=1;b', 'a=rtpmap:97 L16/44100/0'],
    ['96 OPUS/48000/2 a=1;b', '97 L16/44100/1'],
  ],
  [
    'what has no meaning is left out: dynamic without rtpmap, no number, beyond 127, rtpmap without rate',
    ['m=audio 4000 RTP/AVP 77 x 128 96 0', 'a=rtpmap:96 opus', 'a=rtpmap:128 a/8000'],
    ['0 PCMU/8000/1'],
  ],
  ['a number that stands twice counts once', ['m=audio 4000 RTP/AVP 8 0 8 08'], ['8 PCMA/8000/1', '0 PCMU/8000/1']],
  ['a line that is not RTP', ['m=image 4000 udptl t38'], []],
];

for (const [what, lines, expected] of codecRows) {
  test(`codecs: ${what}`, () => {
    const codecs = readCodecs(lineOf(...lines)).map(
      ({ payloadType, name, clockRate, channels, fmtp }) => `${payloadType} ${name}/${clockRate}/${channels} ${fmtp}`,
    );
    assert.deepEqual(
      codecs.map((text) => text.trim()),
      expected,
    );
  });
}

test('fmtp parameters by name, in any case; telephone-event is known', () => {
  const [amr, events] = readCodecs(
    lineOf(
      'm=audio 4000 RTP/AVP 96 101',
      'a=rtpmap:96 AMR/8000',
      'a=fmtp:96 Octet-Align=1; mode-set=0,2 ;crc',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15,66',
    ),
  );
  assert.ok(amr && events);
  assert.deepEqual(
    [...formatParameters(amr)],
    [
      ['octet-align', '1'],
      ['mode-set', '0,2'],
    ],
  );
  assert.deepEqual([isTelephoneEvent(amr), isTelephoneEvent(events)], [false, true]);
  assert.deepEqual([...formatParameters(events)], []);
});

/** [what, lines before the m-line, lines in it, direction] */
const directionRows: readonly (readonly [string, readonly string[], readonly string[], Direction])[] = [
  ['nothing said', [], [], 'sendrecv'],
  ['said for the session', ['a=sendonly'], [], 'sendonly'],
  ['the m-line wins', ['a=sendonly'], ['a=inactive'], 'inactive'],
  ['RFC 3264 §8.4: hold by 0.0.0.0', ['c=IN IP4 0.0.0.0'], [], 'sendonly'],
  ['hold by 0.0.0.0 in the m-line', ['c=IN IP4 192.0.2.1'], ['c=IN IP4 0.0.0.0'], 'sendonly'],
  ['hold by 0.0.0.0 and recvonly', ['c=IN IP4 0.0.0.0'], ['a=recvonly'], 'inactive'],
  ['hold by 0.0.0.0 and inactive', ['c=IN IP4 0.0.0.0'], ['a=inactive'], 'inactive'],
  ['hold by ::', ['c=IN IP6 ::'], [], 'sendonly'],
  ['hold by :: at length', ['c=IN IP6 0:0:0:0:0:0:0:0'], [], 'sendonly'],
];

for (const [what, session, media, direction] of directionRows) {
  test(`direction: ${what}`, () => {
    const sdp = sdpOf(...session, 'm=audio 4000 RTP/AVP 0', ...media);
    assert.equal(mediaDirection(sdp, sdp.media[0]!), direction);
  });
}

test('the attributes alone know nothing of an address', () => {
  const sdp = sdpOf('c=IN IP4 0.0.0.0', 'a=recvonly', 'm=audio 4000 RTP/AVP 0', 'm=audio 4000 RTP/AVP 0', 'a=sendrecv');
  assert.deepEqual(
    sdp.media.map((line) => statedDirection(sdp, line)),
    ['recvonly', 'sendrecv'],
  );
});

test('nowhere is a whole address of zeros', () => {
  assert.deepEqual(['0.0.0.0', '::', '::0', '::1', '2001:db8::', '10.0.0.0', '0', null].map(isNowhere), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('directions: mirrored, and what two sides have in common', () => {
  const all: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
  assert.deepEqual(all.map(mirrorDirection), ['sendrecv', 'recvonly', 'sendonly', 'inactive']);
  for (const one of all) {
    for (const other of all) {
      const common = commonDirection(one, other);
      assert.equal(canSend(common), canSend(one) && canSend(other));
      assert.equal(canReceive(common), canReceive(one) && canReceive(other));
    }
  }
});

/** [value, ms] */
const packetTimes: readonly (readonly [string, number | undefined])[] = [
  ['20', 20],
  ['7.5', 7.5],
  ['0', undefined],
  ['-20', undefined],
  ['2000', undefined],
  ['1e2', undefined],
  ['', undefined],
];

for (const [value, ms] of packetTimes) {
  test(`RFC 8866 §6.4: packet time "${value}"`, () => {
    assert.equal(packetTimeMs(lineOf(`a=ptime:${value}`)), ms);
    assert.equal(maxPacketTimeMs(lineOf(`a=maxptime:${value}`)), ms);
  });
}

test('RFC 8866 §5.8, RFC 3890, RFC 3556: bandwidths by type', () => {
  const found = bandwidths(lineOf('b=AS:64', 'b=TIAS:64000', 'b=RS:0', 'b=X-YZ:1', 'b=bad', 'b=AS:x').lines);
  assert.deepEqual(
    [...found],
    [
      ['AS', 64],
      ['TIAS', 64000],
      ['RS', 0],
      ['X-YZ', 1],
    ],
  );
});

const octets = (count: number, hex: string): string => Array(count).fill(hex).join(':');

test('RFC 8122, RFC 8839, RFC 5888: DTLS, ICE and groups, of the m-line or else of the session', () => {
  const sdp = sdpOf(
    'a=ice-lite',
    'a=ice-ufrag:abcd',
    'a=ice-pwd:secret',
    `a=fingerprint:SHA-256 ${octets(32, 'ab')}`,
    'a=setup:actpass',
    'a=group:BUNDLE 0 1',
    'a=group:LS',
    'm=audio 9 UDP/TLS/RTP/SAVPF 0',
    'a=mid:0',
    'a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=setup:passive',
    `a=fingerprint:sha-1 ${octets(20, '00')}`,
    `a=fingerprint:sha-256 ${octets(32, '11')}`,
  );
  const [audio, video] = sdp.media;
  assert.ok(audio && video);
  assert.deepEqual(dtlsParameters(sdp, audio), {
    setup: 'actpass',
    fingerprints: [{ hash: 'sha-256', value: octets(32, 'AB') }],
    tlsId: null,
  });
  assert.deepEqual(dtlsParameters(sdp, video), {
    setup: 'passive',
    fingerprints: [
      { hash: 'sha-1', value: octets(20, '00') },
      { hash: 'sha-256', value: octets(32, '11') },
    ],
    tlsId: null,
  });
  assert.deepEqual(iceParameters(sdp, audio), {
    ufrag: 'abcd',
    password: 'secret',
    isLite: true,
    candidates: ['1 1 UDP 1 192.0.2.1 4000 typ host'],
  });
  assert.equal(iceParameters(sdpOf('a=ice-ufrag:x'), audio), null);
  assert.deepEqual([mediaId(audio), mediaId(video)], ['0', null]);
  assert.deepEqual(mediaGroups(sdp), [
    { semantics: 'BUNDLE', mediaIds: ['0', '1'] },
    { semantics: 'LS', mediaIds: [] },
  ]);
});

/** [text, masked] */
const secrets: readonly (readonly [string, string])[] = [
  [
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20|1:4\r\nm=audio 1 RTP/SAVP 0\r\n',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:XXXXXXXX|2^20|1:4\r\nm=audio 1 RTP/SAVP 0\r\n',
  ],
  ['a=crypto:1 AES inline:AAA;inline:BBB KDR=1', 'a=crypto:1 AES inline:XXX;inline:XXX KDR=1'],
  ['a=crypto:1 AES other:secret', 'a=crypto:1 AES other:***'],
  ['  a=crypto:1 AES inline:AAA in a log line', '  a=crypto:1 AES inline:XXX in a log line'],
  ['k=clear:secret\r\nk=prompt\r\n', 'k=clear:***\r\nk=prompt\r\n'],
  ['a=ice-ufrag:F7gI\na=ice-pwd:asd88fgpdd777uzjYhagZg\n', 'a=ice-ufrag:F7gI\na=ice-pwd:***\n'],
  ['a=fingerprint:sha-256 AA:BB', 'a=fingerprint:sha-256 AA:BB'],
];

for (const [text, masked] of secrets) {
  test(`keys are masked, the rest is untouched: ${JSON.stringify(masked)}`, () =>
    assert.equal(maskSdpSecrets(text), masked));
}

const names =
  'rtcp rtcp-mux ptime maxptime crypto fingerprint setup ice-ufrag ice-pwd candidate mid group rtpmap fmtp sendonly T38MaxBitRate';
const value = fc.string({ unit: fc.constantFrom(...'019 /:;=|*.aIPN46_-\udc80é'), maxLength: 24 });
const attributeLine = fc.tuple(fc.constantFrom(...names.split(' ')), value).map(([name, text]) => `a=${name}:${text}`);
const otherLine = fc.tuple(fc.constantFrom('b', 'k', 'i'), value).map(([type, text]) => `${type}=${text}`);

test('property: no attribute makes a reader throw or answer out of range', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(attributeLine, otherLine), { maxLength: 8 }), (lines) => {
      const sdp = sdpOf(...lines, 'm=image 4000 udptl t38 0 96', ...lines);
      const line = sdp.media[0]!;
      for (const codec of readCodecs(line)) {
        assert.ok(codec.payloadType <= 127 && codec.clockRate > 0 && codec.channels > 0);
        formatParameters(codec);
      }
      assert.ok((rtcpPort(line) ?? 1) > 0 && (rtcpPort(line) ?? 1) < 65536);
      assert.ok((packetTimeMs(line) ?? 20) > 0 && (maxPacketTimeMs(line) ?? 20) <= 1000);
      assert.ok(cryptoAttributes(line).every(({ tag }) => Number.isSafeInteger(tag)));
      assert.ok(attributeProblems(sdp).every(({ line: at }) => at >= 3 && at <= 3 + 2 * lines.length));
      void [dtlsParameters(sdp, line), iceParameters(sdp, line), mediaGroups(sdp), faxParameters(line), mediaId(line)];
      void [mediaDirection(sdp, line), bandwidths(line.lines), maskSdpSecrets(lines.join('\r\n'))];
    }),
    { seed: 4566, numRuns: 1000 },
  );
});
