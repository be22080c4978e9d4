import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerFaults,
  answerFax,
  answerOffer,
  type Codec,
  faxAttributes,
  faxDefaults,
  faxParameters,
  formatContent,
  type MediaAnswer,
  readCodecs,
  type SessionDescription,
  sharedCodecs,
} from './index.ts';
import { lineOf, sdpOf } from './sdp-lines.test.ts';

const codec = (name: string, payloadType: number, clockRate = 8000, fmtp = ''): Codec => ({
  payloadType,
  name,
  clockRate,
  channels: name === 'OPUS' ? 2 : 1,
  fmtp,
});

const voices = [
  codec('OPUS', 96, 48000, 'useinbandfec=1'),
  codec('PCMU', 0),
  codec('PCMA', 8),
  codec('TELEPHONE-EVENT', 101, 8000, '0-16'),
  codec('TELEPHONE-EVENT', 110, 48000, '0-16'),
];

function answer(offer: SessionDescription, ours: Partial<MediaAnswer> = {}): SessionDescription {
  const made = answerOffer(offer, {
    origin: { sessionId: '7', sessionVersion: '1' },
    address: '203.0.113.9',
    accept: (media, place) => (media.kind === 'audio' ? { port: 5000 + 2 * place, codecs: voices, ...ours } : null),
  });
  assert.deepEqual(answerFaults(offer, made), []);
  return made;
}

const said = (sdp: SessionDescription): string[] =>
  formatContent(sdp)
    .split('\r\n')
    .filter((line) => line.startsWith('m=') || line.startsWith('a='));

/** [what, offered lines, answered lines, what we have] */
const rows: readonly (readonly [string, readonly string[], readonly string[], Partial<MediaAnswer>?])[] = [
  [
    'RFC 3264 §6: unknown media are rejected in their places, by port 0',
    [
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'm=audio 4000 RTP/AVP 0',
      'm=image 4002 udptl t38',
      'm=video 4004 RTP/AVP 31',
    ],
    [
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
      'm=audio 5002 RTP/AVP 0',
      'a=rtpmap:0 PCMU/8000',
      'a=sendrecv',
      'm=image 0 udptl t38',
      'm=video 0 RTP/AVP 31',
    ],
  ],
  [
    'RFC 3264 §6: what is off stays off, and so does what has nothing in common',
    ['m=audio 0 RTP/AVP 0', 'm=audio 4000 RTP/AVP 18'],
    ['m=audio 0 RTP/AVP 0', 'm=audio 0 RTP/AVP 18'],
  ],
  [
    "RFC 3264 §6.1: the offer's order and numbers, our parameters",
    ['m=audio 4000 RTP/AVP 8 111 0', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 stereo=1'],
    [
      'm=audio 5000 RTP/AVP 8 111 0',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 useinbandfec=1',
      'a=rtpmap:0 PCMU/8000',
      'a=sendrecv',
    ],
  ],
  [
    'RFC 3264 §6.1: our own order where we want it',
    ['m=audio 4000 RTP/AVP 8 0 9'],
    ['m=audio 5000 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=sendrecv'],
    { order: 'ours' },
  ],
  [
    'RFC 4733 §2.1: keys on the clock of each voice that is left',
    [
      'm=audio 4000 RTP/AVP 8 96 100 101',
      'a=rtpmap:96 telephone-event/8000',
      'a=rtpmap:100 telephone-event/48000',
      'a=rtpmap:101 telephone-event/16000',
    ],
    [
      'm=audio 5000 RTP/AVP 8 96',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:96 telephone-event/8000',
      'a=fmtp:96 0-16',
      'a=sendrecv',
    ],
  ],
  [
    'RFC 4317 §2.4: a line of keys alone',
    ['m=audio 4000 RTP/AVP 98', 'a=rtpmap:98 telephone-event/8000', 'a=sendonly'],
    ['m=audio 5000 RTP/AVP 98', 'a=rtpmap:98 telephone-event/8000', 'a=fmtp:98 0-16', 'a=recvonly'],
  ],
  [
    'keys are no voice',
    ['m=audio 4000 RTP/AVP 18 98', 'a=rtpmap:98 telephone-event/8000'],
    ['m=audio 0 RTP/AVP 18 98'],
  ],
  [
    'RFC 5761 §5.1.1: rtcp-mux where it was offered',
    ['m=audio 4000 RTP/AVP 0', 'a=rtcp-mux', 'm=audio 4002 RTP/AVP 0'],
    [
      'm=audio 5000 RTP/AVP 0',
      'a=rtpmap:0 PCMU/8000',
      'a=rtcp-mux',
      'a=sendrecv',
      'm=audio 5002 RTP/AVP 0',
      'a=rtpmap:0 PCMU/8000',
      'a=sendrecv',
    ],
    { rtcpMux: true },
  ],
  [
    'RFC 8858 §4: rtcp-mux or nothing',
    ['m=audio 4000 RTP/AVP 0', 'a=rtcp-mux', 'a=rtcp-mux-only'],
    ['m=audio 0 RTP/AVP 0'],
  ],
  [
    'RFC 8843 §7.3: a bundle is refused by not naming it; what could only be bundled is rejected',
    ['a=group:BUNDLE 1 2', 'm=audio 4000 RTP/AVP 0', 'a=mid:1', 'm=audio 0 RTP/AVP 0', 'a=mid:2', 'a=bundle-only'],
    ['m=audio 5000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=sendrecv', 'm=audio 0 RTP/AVP 0'],
  ],
  [
    'RFC 5939 §3.6.2: capabilities are left unanswered, the actual configuration counts',
    [
      'a=creq:cap-v0',
      'm=audio 4000 RTP/AVP 0',
      'a=tcap:1 RTP/SAVP',
      'a=acap:1 crypto:1 AES inline:x',
      'a=pcfg:1 t=1 a=1',
    ],
    ['m=audio 5000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=sendrecv'],
  ],
  [
    'RFC 3264 §8.3.2: a number that meant another codec is not used again',
    ['m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'],
    ['m=audio 5000 RTP/AVP 97', 'a=rtpmap:97 opus/48000/2', 'a=fmtp:97 useinbandfec=1', 'a=sendrecv'],
    { known: [codec('PCMA', 96)] },
  ],
];

for (const [what, offered, answered, ours] of rows)
  test(what, () => assert.deepEqual(said(answer(sdpOf(...offered), ours)), answered));

test('RFC 3362: a fax line is answered with the format that was offered, and our parameters', () => {
  const offer = sdpOf('m=image 4000 udptl t38', 'a=T38FaxVersion:3', 'a=T38MaxBitRate:33600');
  const made = answerOffer(offer, {
    origin: { sessionId: '7', sessionVersion: '1' },
    address: '203.0.113.9',
    accept: (media) => {
      const fax = faxParameters(media);
      return fax === null ? null : { port: 5000, codecs: [], attributes: faxAttributes(answerFax(fax, faxDefaults)) };
    },
  });
  assert.deepEqual(answerFaults(offer, made), []);
  assert.deepEqual(said(made).slice(0, 3), ['m=image 5000 udptl t38', 'a=T38FaxVersion:0', 'a=T38MaxBitRate:14400']);
});

/** RFC 3264 §6.1: [offered, wanted, answered] */
const directions = [
  ['sendrecv', 'sendrecv', 'sendrecv'],
  ['sendrecv', 'sendonly', 'sendonly'],
  ['sendrecv', 'recvonly', 'recvonly'],
  ['sendrecv', 'inactive', 'inactive'],
  ['sendonly', 'sendrecv', 'recvonly'],
  ['sendonly', 'sendonly', 'inactive'],
  ['sendonly', 'recvonly', 'recvonly'],
  ['sendonly', 'inactive', 'inactive'],
  ['recvonly', 'sendrecv', 'sendonly'],
  ['recvonly', 'sendonly', 'sendonly'],
  ['recvonly', 'recvonly', 'inactive'],
  ['recvonly', 'inactive', 'inactive'],
  ['inactive', 'sendrecv', 'inactive'],
  ['inactive', 'sendonly', 'inactive'],
  ['inactive', 'recvonly', 'inactive'],
  ['inactive', 'inactive', 'inactive'],
] as const;

for (const [offered, wanted, answered] of directions) {
  test(`RFC 3264 §6.1: ${offered}, by who wants ${wanted}, is answered ${answered}`, () => {
    const made = answer(sdpOf('m=audio 4000 RTP/AVP 0', `a=${offered}`), { direction: wanted });
    assert.equal(said(made).at(-1), `a=${answered}`);
  });
}

test('RFC 3264 §8.4: to an address of zeros nothing is sent', () => {
  assert.equal(said(answer(sdpOf('c=IN IP4 0.0.0.0', 'm=audio 4000 RTP/AVP 0'))).at(-1), 'a=recvonly');
});

test('RFC 3264 §5.1, §6.1: each side sends by the numbers of the other', () => {
  const alice = lineOf('m=audio 4000 RTP/AVP 96 0', 'a=rtpmap:96 opus/48000/2');
  const bob = lineOf('m=audio 5000 RTP/AVP 111 0', 'a=rtpmap:111 opus/48000/2');
  assert.deepEqual(
    sharedCodecs(alice, bob).map(({ payloadType }) => payloadType),
    [111, 0],
  );
  assert.deepEqual(
    sharedCodecs(bob, alice).map(({ payloadType }) => payloadType),
    [96, 0],
  );
  assert.equal(readCodecs(alice).length, 2);
});
