import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createMedia,
  localDescription,
  offerFaults,
  type Revision,
  reviseOffer,
  type SessionDescription,
} from './index.ts';
import { lineOf, sdpOf } from './sdp-lines.test.ts';

const local = sdpOf('s=-', 'm=audio 4000 RTP/AVP 0', 'a=kept: 1 ', 'm=video 4002 RTP/AVP 31', 'm=audio 4004 RTP/AVP 8');
const allOn = sdpOf('s=-', 'm=audio 5000 RTP/AVP 0', 'm=video 5002 RTP/AVP 31', 'm=audio 5004 RTP/AVP 8');
const noVideo = sdpOf('s=-', 'm=audio 5000 RTP/AVP 0', 'm=video 0 RTP/AVP 31', 'm=audio 5004 RTP/AVP 8');
const fax = lineOf('m=image 4010 udptl t38');
const text = lineOf('m=text 4012 RTP/AVP 98', 'a=rtpmap:98 t140/1000');

const heads = (sdp: SessionDescription): string[] => sdp.media.map(({ kind, port }) => `${kind} ${port}`);

/** [what, the peer's answer, revision, lines, places of the added] */
const rows: readonly (readonly [string, SessionDescription, Revision, readonly string[], readonly number[]])[] = [
  ['nothing changes', allOn, {}, ['audio 4000', 'video 4002', 'audio 4004'], []],
  [
    'RFC 3264 §8.1: a new line goes behind all',
    allOn,
    { added: [fax] },
    ['audio 4000', 'video 4002', 'audio 4004', 'image 4010'],
    [3],
  ],
  [
    'RFC 3264 §8.2: a line goes off in its place',
    allOn,
    { changed: new Map([[0, null]]) },
    ['audio 0', 'video 4002', 'audio 4004'],
    [],
  ],
  ['RFC 3264 §6: what the peer refused is off', noVideo, {}, ['audio 4000', 'video 0', 'audio 4004'], []],
  [
    'RFC 3264 §8.1: a refused line is used by another kind',
    noVideo,
    { added: [fax] },
    ['audio 4000', 'image 4010', 'audio 4004'],
    [1],
  ],
  [
    'RFC 3264 §8.1: two new ones, one place',
    noVideo,
    { added: [fax, text] },
    ['audio 4000', 'image 4010', 'audio 4004', 'text 4012'],
    [1, 3],
  ],
  [
    'a line that goes off now is not free before it is answered',
    allOn,
    { changed: new Map([[0, null]]), added: [fax] },
    ['audio 0', 'video 4002', 'audio 4004', 'image 4010'],
    [3],
  ],
  [
    'RFC 3264 §8.3.3: a line that changes its kind',
    allOn,
    { changed: new Map([[2, fax]]) },
    ['audio 4000', 'video 4002', 'image 4010'],
    [],
  ],
];

for (const [what, remote, revision, expected, places] of rows) {
  test(what, () => {
    const revised = reviseOffer(local, remote, revision);
    assert.deepEqual([heads(revised.description), revised.places], [expected, places]);
    assert.deepEqual(offerFaults(local, localDescription(local, revised.description)), []);
    if (expected[0] === 'audio 4000')
      assert.equal(revised.description.media[0], local.media[0], 'untouched, to the byte');
  });
}

/** [what, offer, code and line] */
const faults: readonly (readonly [string, SessionDescription, readonly (readonly [string, number | null])[]])[] = [
  ['the same again', local, []],
  [
    'fewer lines',
    { ...local, media: local.media.slice(1) },
    [
      ['fewer-lines', null],
      ['wrong-version', null],
    ],
  ],
  [
    'another version of the same',
    { ...local, origin: { ...local.origin, sessionVersion: '2' } },
    [['wrong-version', null]],
  ],
  ['another content of the same version', { ...local, media: [...local.media, fax] }, [['wrong-version', null]]],
  [
    'a jump of versions',
    { ...local, origin: { ...local.origin, sessionVersion: '9' }, media: [...local.media, fax] },
    [['wrong-version', null]],
  ],
  ['another session', { ...local, origin: { ...local.origin, sessionId: '2' } }, [['wrong-session', null]]],
];

for (const [what, offer, expected] of faults) {
  test(`RFC 3264 §8: an offer after another, ${what}`, () => {
    assert.deepEqual(
      offerFaults(local, offer).map(({ code, line }) => [code, line]),
      expected,
    );
  });
}

test('RFC 3264 §8.3.2: a payload type with another codec is named with its line; not in a line that began anew', () => {
  const codec = { payloadType: 96, clockRate: 8000, channels: 1, fmtp: '' };
  const before = { ...local, media: [...local.media, createMedia({ port: 1, codecs: [{ ...codec, name: 'ILBC' }] })] };
  const after = { ...local, media: [...local.media, createMedia({ port: 1, codecs: [{ ...codec, name: 'SPEEX' }] })] };
  assert.deepEqual(
    offerFaults(before, localDescription(before, after)).map(({ code, line, isFatal }) => [code, line, isFatal]),
    [['remapped-format', 4, false]],
  );
  const off = { ...before, media: [...local.media, { ...before.media[3]!, port: 0 }] };
  assert.deepEqual(offerFaults(off, localDescription(off, after)), []);
  assert.deepEqual(offerFaults(null, after), []);
});
