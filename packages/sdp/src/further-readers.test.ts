import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attributeProblems,
  isCapabilityLine,
  isReducedSizeRtcp,
  isRtcpMuxOnly,
  keepAliveFor,
  mediaContent,
  mediaLabel,
  mediaSources,
  mediaStreamIds,
  potentialConfigurations,
  readPotential,
  readSource,
  requiredCapabilities,
  sourceGroups,
  transportCapabilities,
} from './index.ts';
import { lineOf, sdpOf } from './sdp-lines.test.ts';

test('RFC 5939 §3.5.1: potential configurations by preference, malformed ones left out', () => {
  const sdp = sdpOf(
    'a=csup:cap-v0',
    'a=tcap:1 RTP/SAVPF RTP/SAVP',
    'm=audio 4000 RTP/AVP 0',
    'a=tcap:3 RTP/AVPF',
    'a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x',
    'a=pcfg:2 t=2 a=1',
    'a=pcfg:1 t=1|3 a=[1,2]',
    'a=pcfg:0 t=1',
    'a=pcfg:3 t',
    'a=creq:cap-v0, foo',
    'a=sendrecv',
  );
  const [line] = sdp.media;
  assert.ok(line);
  assert.deepEqual(
    potentialConfigurations(line).map(({ number }) => number),
    [1, 2],
  );
  assert.deepEqual(readPotential('1 t=1|3 a=[1,2]')?.parts, ['t=1|3', 'a=[1,2]']);
  assert.deepEqual(
    [...transportCapabilities(sdp, line)],
    [
      [1, 'RTP/SAVPF'],
      [2, 'RTP/SAVP'],
      [3, 'RTP/AVPF'],
    ],
  );
  assert.deepEqual(requiredCapabilities(sdp, line), ['cap-v0', 'foo']);
  assert.deepEqual([...sdp.lines, ...line.lines].map(isCapabilityLine), [true, true, ...Array(7).fill(true), false]);
});

test('RFC 5576 §4.1: sources with their attributes, malformed lines left out', () => {
  const line = lineOf(
    'a=ssrc:1 cname:me@example.com',
    'a=ssrc:4294967295 cname:x',
    'a=ssrc:1 previous-ssrc:2 3',
    'a=ssrc:4294967296 cname:x',
    'a=ssrc:1',
    'a=ssrc:x cname:y',
    'a=ssrc:1 flag',
    'a=ssrc-group:FID 1 4294967295',
    'a=ssrc-group:FID x',
    'a=msid:stream track',
    'a=msid:-',
  );
  assert.deepEqual(mediaSources(line), [
    {
      ssrc: 1,
      attributes: [
        ['cname', 'me@example.com'],
        ['previous-ssrc', '2 3'],
        ['flag', ''],
      ],
    },
    { ssrc: 4294967295, attributes: [['cname', 'x']] },
  ]);
  assert.deepEqual(sourceGroups(line), [{ semantics: 'FID', ssrcs: [1, 4294967295] }]);
  assert.deepEqual(mediaStreamIds(line), [
    { stream: 'stream', track: 'track' },
    { stream: '-', track: null },
  ]);
  assert.equal(readSource(''), null);
});

test('RFC 4796 §4, RFC 4574 §4: what a line is for', () => {
  const line = lineOf('a=content:slides,speaker', 'a=content: alt,, a b', 'a=label:7');
  assert.deepEqual(mediaContent(line), ['slides', 'speaker', 'alt']);
  assert.deepEqual([mediaLabel(line), mediaLabel(lineOf('a=label:a b')), mediaLabel(lineOf())], ['7', null, null]);
});

test('RFC 8858 §3, RFC 5506 §5: RTCP on the port of RTP or not at all; of reduced size', () => {
  assert.deepEqual([isRtcpMuxOnly(lineOf('a=rtcp-mux-only')), isRtcpMuxOnly(lineOf('a=rtcp-mux'))], [true, false]);
  assert.deepEqual([isReducedSizeRtcp(lineOf('a=rtcp-rsize')), isReducedSizeRtcp(lineOf())], [true, false]);
});

/** [what, lines of both sides, what keeps the path open] */
const keepAlives: readonly (readonly [string, readonly string[], unknown])[] = [
  ['§4.3: RTCP where both have rtcp-mux', ['m=audio 1 RTP/AVP 0', 'a=rtcp-mux'], { kind: 'rtcp' }],
  [
    '§4.6: a payload type that nobody named',
    ['m=audio 1 RTP/AVP 0 127 126', 'a=rtpmap:127 x/8000'],
    { kind: 'rtp', payloadType: 125 },
  ],
  [
    '§4.4: with ICE its own',
    ['m=audio 1 UDP/TLS/RTP/SAVPF 0', 'a=ice-ufrag:a', 'a=ice-pwd:b', 'a=rtcp-mux'],
    { kind: 'stun' },
  ],
  ['what is not RTP', ['m=image 1 udptl t38'], { kind: 'empty' }],
];

for (const [what, lines, expected] of keepAlives) {
  test(`RFC 6263 §5: keep-alive, ${what}`, () => {
    const sdp = sdpOf(...lines);
    const side = { sdp, media: sdp.media[0]! };
    assert.deepEqual(keepAliveFor(side, side), expected);
  });
}

test('RFC 6263 §5: what only one side says is not used', () => {
  const [muxed, plain] = [sdpOf('m=audio 1 RTP/AVP 0', 'a=rtcp-mux'), sdpOf('m=audio 1 RTP/AVP 0')];
  const kept = keepAliveFor({ sdp: muxed, media: muxed.media[0]! }, { sdp: plain, media: plain.media[0]! });
  assert.deepEqual(kept, { kind: 'rtp', payloadType: 127 });
});

/** One malformed value for each attribute that has a grammar. */
const malformed: readonly string[] = [
  'a=rtpmap:x PCMU/8000',
  'a=rtpmap:0 PCMU',
  'a=fmtp:96',
  'a=ptime:0',
  'a=maxptime:long',
  'a=sendrecv:1',
  'a=sendonly:1',
  'a=recvonly:1',
  'a=inactive:1',
  'a=rtcp:70000',
  'a=rtcp-mux:yes',
  'a=mid:a b',
  'a=group:',
  'a=bundle-only:1',
  'a=crypto:1 AES',
  'a=fingerprint:sha-256 AA',
  'a=setup:both',
  'a=connection:old',
  'a=tls-id:short',
  'a=candidate:1 1 UDP',
  'a=remote-candidates:1',
  'a=ice-lite:1',
  'a=ice-mismatch:1',
  'a=ice-ufrag:a',
  'a=ice-pwd:short',
  'a=ice-pacing:x',
  'a=rid:1',
  'a=simulcast:send',
  'a=ssrc:1',
  'a=ssrc-group:FID x',
  'a=content:,',
  'a=label:',
  'a=maxprate:x',
  'a=pcfg:0',
  'a=T38FaxVersion:x',
  'a=T38MaxBitRate:fast',
  'b=AS',
];

for (const text of malformed) {
  test(`RFC 8866 §9: ${text} is named with its line and its grammar`, () => {
    const sdp = sdpOf('s=-', 'a=unknown:((', 'm=audio 4000 RTP/AVP 0', 'a=also-unknown', text, 'a=ptime:20');
    const [problem, ...more] = attributeProblems(sdp);
    assert.deepEqual([problem?.line, more], [7, []]);
    assert.equal(problem?.name, text.startsWith('b=') ? 'b' : text.slice(2).split(':')[0]);
    assert.match(problem?.section ?? '', /^(RFC \d+ §[\d.]+|T\.38 table D\.1)$/);
  });
}

test('problems are bounded in number', () => {
  const sdp = sdpOf(...Array(300).fill('a=ptime:0'));
  assert.equal(attributeProblems(sdp).length, 100);
  assert.equal(attributeProblems(sdp, 3).length, 3);
});
