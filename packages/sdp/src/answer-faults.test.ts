import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerFaults } from './index.ts';
import { sdpOf } from './sdp-lines.test.ts';

const key = 'inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
const suite = 'AES_CM_128_HMAC_SHA1_80';
const plain = ['m=audio 4000 RTP/AVP 0 96', 'a=rtpmap:96 opus/48000/2'];

/** [what, offer, answer, codes with their lines] */
const rows: readonly (readonly [
  string,
  readonly string[],
  readonly string[],
  readonly (readonly [string, number | null])[],
])[] = [
  ['RFC 3264 §6: all is well', plain, ['m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'], []],
  ['RFC 3264 §6: a rejected line is well', plain, ['m=audio 0 RTP/AVP 0'], []],
  [
    'RFC 3264 §6.1: other numbers for the same codec are allowed',
    plain,
    ['m=audio 5000 RTP/AVP 111', 'a=rtpmap:111 opus/48000/2'],
    [],
  ],
  ['RFC 3264 §6.1: more codecs than offered are allowed', plain, ['m=audio 5000 RTP/AVP 0 8'], []],
  [
    'RFC 3264 §6: one line for two',
    [...plain, 'm=video 1 RTP/AVP 31'],
    ['m=audio 5000 RTP/AVP 0'],
    [['wrong-count', null]],
  ],
  [
    'RFC 3264 §6: another kind',
    [...plain, 'm=video 1 RTP/AVP 31'],
    ['m=audio 1 RTP/AVP 0', 'm=audio 1 RTP/AVP 0'],
    [['wrong-kind', 2]],
  ],
  ['RFC 3264 §6: off in the offer', ['m=audio 0 RTP/AVP 0'], ['m=audio 5000 RTP/AVP 0'], [['revived-line', 1]]],
  ['RFC 3264 §6: another protocol', ['m=audio 1 RTP/AVPF 0'], ['m=audio 1 RTP/AVP 0'], [['wrong-protocol', 1]]],
  [
    'RFC 3264 §6.1: sends what is not received',
    ['m=audio 1 RTP/AVP 0', 'a=sendonly'],
    ['m=audio 1 RTP/AVP 0'],
    [['wrong-direction', 1]],
  ],
  [
    'RFC 3264 §8.4: sends to an address of zeros',
    ['c=IN IP4 0.0.0.0', 'm=audio 1 RTP/AVP 0'],
    ['m=audio 1 RTP/AVP 0', 'a=sendrecv'],
    [['wrong-direction', 1]],
  ],
  ['RFC 3264 §6.1: nothing that was offered', plain, ['m=audio 5000 RTP/AVP 8'], [['no-common-format', 1]]],
  [
    'RFC 3264 §6.1: a number with another codec',
    plain,
    ['m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 PCMU/8000'],
    [['wrong-format', 1]],
  ],
  ['formats that are no payload types', ['m=image 1 udptl t38'], ['m=image 1 udptl x'], [['no-common-format', 1]]],
  ['RFC 5761 §5.1.1: rtcp-mux unasked', plain, ['m=audio 1 RTP/AVP 0', 'a=rtcp-mux'], [['wrong-rtcp-mux', 1]]],
  [
    'RFC 8858 §4: rtcp-mux-only left out',
    ['m=audio 1 RTP/AVP 0', 'a=rtcp-mux', 'a=rtcp-mux-only'],
    ['m=audio 1 RTP/AVP 0'],
    [['wrong-rtcp-mux', 1]],
  ],
  [
    'RFC 8843 §7.3: a group that was not offered',
    ['m=audio 1 RTP/AVP 0', 'a=mid:1'],
    ['a=group:BUNDLE 1', 'm=audio 1 RTP/AVP 0', 'a=mid:1'],
    [['wrong-bundle', 1]],
  ],
  [
    'RFC 4145 §4.1: both sides active',
    ['m=audio 1 UDP/TLS/RTP/SAVP 0', 'a=setup:active'],
    ['m=audio 1 UDP/TLS/RTP/SAVP 0', 'a=setup:active'],
    [['wrong-setup', 1]],
  ],
  [
    'RFC 5763 §5: actpass answered actpass',
    ['m=audio 1 UDP/TLS/RTP/SAVP 0', 'a=setup:actpass'],
    ['m=audio 1 UDP/TLS/RTP/SAVP 0', 'a=setup:actpass'],
    [['wrong-setup', 1]],
  ],
  [
    'RFC 4568 §5.1.3: another tag',
    ['m=audio 1 RTP/SAVP 0', `a=crypto:1 ${suite} ${key}`],
    ['m=audio 1 RTP/SAVP 0', `a=crypto:2 ${suite} ${key}`],
    [['wrong-crypto', 1]],
  ],
  [
    'RFC 4568 §5.1.3: no key',
    ['m=audio 1 RTP/SAVP 0', `a=crypto:1 ${suite} ${key}`],
    ['m=audio 1 RTP/SAVP 0'],
    [['wrong-crypto', 1]],
  ],
  [
    'keys beside plain RTP need not be taken',
    ['m=audio 1 RTP/AVP 0', `a=crypto:1 ${suite} ${key}`],
    ['m=audio 1 RTP/AVP 0'],
    [],
  ],
  [
    'RFC 8853 §5.3.2: simulcast unasked',
    ['m=video 1 RTP/AVP 31'],
    ['m=video 1 RTP/AVP 31', 'a=rid:1 recv', 'a=simulcast:recv 1'],
    [['wrong-simulcast', 1]],
  ],
  [
    'several at once, in the order of the lines',
    ['m=audio 1 RTP/AVP 0', 'a=inactive', 'm=video 1 RTP/AVP 31'],
    ['m=audio 1 RTP/AVP 8', 'm=video 1 RTP/AVPF 31'],
    [
      ['wrong-direction', 1],
      ['no-common-format', 1],
      ['wrong-protocol', 2],
    ],
  ],
];

for (const [what, offer, answer, expected] of rows) {
  test(`answer checked: ${what}`, () => {
    const faults = answerFaults(sdpOf(...offer), sdpOf(...answer));
    assert.deepEqual(
      faults.map(({ code, line }) => [code, line]),
      expected,
    );
    for (const { code, reason, isFatal } of faults) {
      assert.ok(reason.length > 0);
      assert.equal(isFatal, code === 'wrong-count' || code === 'wrong-kind');
    }
  });
}
