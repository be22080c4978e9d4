import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  commonDirection,
  connectionAddress,
  formatContent,
  formatSdp,
  maskSdpSecrets,
  mediaDirection,
  mirrorDirection,
  parseSdp,
  readCodecs,
  rtcpPort,
  type SessionDescription,
} from './index.ts';

const crlf = (text: string): string => text.trim().split('\n').join('\r\n').concat('\r\n');

const example = crlf(`
v=0
o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
s=Call to John Smith
i=SDP Offer #1
u=http://www.jdoe.example.com/home.html
e=Jane Doe <jane@jdoe.example.com>
p=+1 617 555-6011
c=IN IP4 198.51.100.1
t=0 0
m=audio 49170 RTP/AVP 0
m=audio 49180 RTP/AVP 0
m=video 51372 RTP/AVP 99
c=IN IP6 2001:db8::2
a=rtpmap:99 h263-1998/90000
a=x-unknown`);

function parsed(text: string): SessionDescription {
  const result = parseSdp(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.sdp;
}

test('RFC 8866 §5: the example comes out line for line', () => {
  assert.equal(formatSdp(parsed(example)), example);
});

test('a description is plain data', () => {
  const sdp = parsed(example);
  assert.deepEqual(JSON.parse(JSON.stringify(sdp)), sdp);
});

test('RFC 8866 §5.7: a connection line of the m-line wins over the session', () => {
  const sdp = parsed(example);
  assert.deepEqual(
    sdp.media.map((media) => connectionAddress(sdp, media)),
    ['198.51.100.1', '198.51.100.1', '2001:db8::2'],
  );
});

test('bare line feeds, no s= and a blank end are tolerated', () => {
  const sdp = parsed('v=0\no=- 1 1 IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 8\n\n');
  assert.equal(sdp.media[0]?.port, 4000);
});

const refused: readonly (readonly [string, string, string, number])[] = [
  ['no version', 'o=- 1 1 IN IP4 192.0.2.1\r\n', 'no-version', 1],
  ['no origin', 'v=0\r\n', 'bad-origin', 0],
  ['an origin out of its place', 'v=0\r\ns=-\r\no=- 1 1 IN IP4 192.0.2.1\r\n', 'bad-origin', 2],
  ['an origin without numbers', 'v=0\r\no=- a b IN IP4 192.0.2.1\r\n', 'bad-origin', 2],
  ['a port above 65535', 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 70000 RTP/AVP 0\r\n', 'bad-media', 3],
  ['a port that is no number', 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio x RTP/AVP 0\r\n', 'bad-media', 3],
  ['an ATM connection', 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=ATM NSAP 1\r\n', 'bad-connection', 3],
  ['a line without an equals sign', 'v=0\r\nnonsense\r\n', 'bad-line', 2],
  ['too many media', `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n${'m=audio 1 RTP/AVP 0\r\n'.repeat(65)}`, 'too-many', 67],
  ['too long', 'v=0\r\n'.padEnd(70_000, 'x'), 'too-large', 0],
];

for (const [what, text, code, line] of refused) {
  test(`refused with its line: ${what}`, () => {
    const result = parseSdp(text);
    assert.ok(!result.ok);
    assert.deepEqual([result.failure.code, result.failure.line], [code, line]);
  });
}

test('RFC 3551 §6 and RFC 8866 §6.6: codecs in order of preference, static types without rtpmap', () => {
  const sdp = parsed(
    crlf(`
v=0
o=- 1 1 IN IP4 192.0.2.1
m=audio 4000 RTP/AVP 96 0 101 77
a=rtpmap:96 opus/48000/2
a=fmtp:96 useinbandfec=1
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16`),
  );
  assert.deepEqual(readCodecs(sdp.media[0]!), [
    { payloadType: 96, name: 'OPUS', clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' },
    { payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1, fmtp: '' },
    { payloadType: 101, name: 'TELEPHONE-EVENT', clockRate: 8000, channels: 1, fmtp: '0-16' },
  ]);
});

const directionRows: readonly (readonly [string, string, string])[] = [
  ['nothing said', '', 'sendrecv'],
  ['said for the session', 'a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n', 'sendonly'],
  ['the m-line wins', 'a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\na=inactive\r\n', 'inactive'],
  ['RFC 3264 §8.4: hold by 0.0.0.0', 'c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n', 'sendonly'],
  ['hold by 0.0.0.0 and recvonly', 'c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\na=recvonly\r\n', 'inactive'],
];

for (const [what, rest, direction] of directionRows) {
  test(`direction: ${what}`, () => {
    const sdp = parsed(`v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n${rest === '' ? 'm=audio 4000 RTP/AVP 0\r\n' : rest}`);
    assert.equal(mediaDirection(sdp, sdp.media[0]!), direction);
  });
}

test('directions: mirrored, and what two sides have in common', () => {
  assert.equal(mirrorDirection('sendonly'), 'recvonly');
  assert.equal(mirrorDirection('inactive'), 'inactive');
  assert.equal(commonDirection('sendrecv', 'recvonly'), 'recvonly');
  assert.equal(commonDirection('sendonly', 'recvonly'), 'inactive');
});

test('RFC 3605: the RTCP port where it is said', () => {
  const sdp = parsed('v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\na=rtcp:53020 IN IP4 192.0.2.9\r\n');
  assert.equal(rtcpPort(sdp.media[0]!), 53020);
});

test('keys are masked, the rest is untouched', () => {
  const text =
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20|1:4\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\nm=audio 1 RTP/SAVP 0\r\n';
  assert.equal(
    maskSdpSecrets(text),
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***|2^20|1:4\r\na=ice-pwd:***\r\nm=audio 1 RTP/SAVP 0\r\n',
  );
});

test('property: whatever is parsed is formatted to something that parses to the same', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'abcmotv=: \r\n0129/.INPRTA'), maxLength: 200 });
  fc.assert(
    fc.property(letters, (tail) => {
      const first = parseSdp(`v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n${tail}`);
      if (!first.ok) return;
      const again = parseSdp(formatSdp(first.sdp));
      assert.deepEqual(again, first);
    }),
    { seed: 8866, numRuns: 2000 },
  );
});

test('content leaves out the origin', () => {
  const sdp = parsed(example);
  const later = { ...sdp, origin: { ...sdp.origin, sessionVersion: '9' } };
  assert.equal(formatContent(sdp), formatContent(later));
  assert.notEqual(formatSdp(sdp), formatSdp(later));
});
