import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeText,
  encodeText,
  formatContent,
  formatSdp,
  parseSdp,
  type SdpLimits,
  type SessionDescription,
} from './index.ts';
import { readVectors } from './vectors/vectors.test.ts';

const head = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n';

function parsed(text: string | Uint8Array): SessionDescription {
  const result = parseSdp(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.sdp;
}

for (const file of ['rfc8866.txt', 'rfc3264.txt', 'rfc4317.txt']) {
  const vectors = readVectors(file);
  test(`${file}: all ${vectors.length} examples come out byte for byte, and are plain data`, () => {
    assert.ok(vectors.length >= 4);
    for (const { section, text } of vectors) {
      const sdp = parsed(text);
      assert.equal(formatSdp(sdp), text, section);
      assert.deepEqual(JSON.parse(JSON.stringify(sdp)), sdp);
    }
  });
}

/** [what, text, what comes out] */
const tolerated: readonly (readonly [string, string, string])[] = [
  ['bare line feeds', 'v=0\no=- 1 1 IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 8\n', `${head}m=audio 4000 RTP/AVP 8\r\n`],
  ['no line end at the end', `${head}s=-`, `${head}s=-\r\n`],
  ['blank lines', `${head}\r\ns=-\r\n\r\n\n`, `${head}s=-\r\n`],
  ['blanks behind the version', `v=0 \r\n${head.slice(5)}`, head],
  ['neither s= nor t=', `${head}m=audio 4000 RTP/AVP 8\r\n`, `${head}m=audio 4000 RTP/AVP 8\r\n`],
  ['lines out of order', `${head}a=x\r\nt=0 0\r\ns=-\r\n`, `${head}a=x\r\nt=0 0\r\ns=-\r\n`],
  ['RFC 4566 §5.3: an empty session name', `${head}s=\r\n`, `${head}s=\r\n`],
  [
    'RFC 4566 §5.9 to §5.12: people, several times, repeats, zones, keys',
    `${head}s= \r\nu=http://x\r\ne=a@b (A B)\r\np=+1 617 555-6011\r\nb=X-A:1\r\nt=1 2\r\nr=7d 1h 0 25h\r\nt=3 4\r\nz=0 -1h\r\nk=prompt\r\n`,
    `${head}s= \r\nu=http://x\r\ne=a@b (A B)\r\np=+1 617 555-6011\r\nb=X-A:1\r\nt=1 2\r\nr=7d 1h 0 25h\r\nt=3 4\r\nz=0 -1h\r\nk=prompt\r\n`,
  ],
  [
    'RFC 4566 §5.7: several addresses of one line, with scopes',
    `${head}m=audio 4000/2 RTP/AVP 0\r\nc=IN IP4 233.252.0.1/127\r\nc=IN IP4 233.252.0.2/127/3\r\n`,
    `${head}m=audio 4000/2 RTP/AVP 0\r\nc=IN IP4 233.252.0.1/127\r\nc=IN IP4 233.252.0.2/127/3\r\n`,
  ],
  ['an unknown line', `${head}Y=1 2 3\r\n`, `${head}Y=1 2 3\r\n`],
  ['an m-line without formats', `${head}m=audio 0 RTP/AVP\r\n`, `${head}m=audio 0 RTP/AVP\r\n`],
  ['a second o= line', `${head}o=nonsense\r\n`, `${head}o=nonsense\r\n`],
  [
    'blanks and zeros as they were written',
    'v=0\r\no=-  0001 1 IN IP4 192.0.2.1 \r\nm=audio  04000  RTP/AVP 8 0 \r\na= x \r\n',
    'v=0\r\no=-  0001 1 IN IP4 192.0.2.1 \r\nm=audio  04000  RTP/AVP 8 0 \r\na= x \r\n',
  ],
];

for (const [what, text, out] of tolerated) {
  test(`tolerated: ${what}`, () => assert.equal(formatSdp(parsed(text)), out));
}

test('how a line was written gives way to an edit, and the rest stays', () => {
  const sdp = parsed('v=0\r\no=-  7 1 IN IP4 192.0.2.1\r\nm=audio  4000 RTP/AVP 8\r\na= x \r\n');
  const [line] = sdp.media;
  assert.ok(line);
  const edited = {
    ...sdp,
    origin: { ...sdp.origin, sessionVersion: '2' },
    media: [{ ...line, port: 0 }],
  };
  assert.equal(formatSdp(edited), 'v=0\r\no=- 7 2 IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 8\r\na= x \r\n');
  const disfigured = { ...sdp, media: [{ ...line, written: 'nonsense' }] };
  assert.match(formatSdp(disfigured), /m=audio 4000 RTP\/AVP 8\r\n/);
});

test('RFC 8866 §5.13, RFC 8851, RFC 8853, RFC 8843: lines of what a relay does not know go out as they came, and in their order', () => {
  const text = `${head}s=-\r\nt=0 0\r\na=group:BUNDLE 0  1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\nb=AS:1000 \r\na=rid:hi send  pt=96;max-width=1280\r\na=simulcast: send hi;~lo\r\na=ssrc:1  cname:x\r\na=X-Unknown: é \r\na=crypto:1 AES\r\na=candidate:bad\r\na=pcfg:1 t=1\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:5000\r\n`;
  const sdp = parsed(text);
  assert.equal(formatSdp(sdp), text);
  const [video, channel] = sdp.media;
  assert.ok(video && channel);
  const moved = { ...sdp, media: [{ ...video, port: 4000 }, channel] };
  assert.equal(formatSdp(moved), text.replace('m=video 9 ', 'm=video 4000 '));
});

/** [what, text, code, line] */
const refused: readonly (readonly [string, string, string, number])[] = [
  ['nothing', '', 'no-version', 0],
  ['no version', 'o=- 1 1 IN IP4 192.0.2.1\r\n', 'no-version', 1],
  ['another version', 'v=1\r\no=- 1 1 IN IP4 192.0.2.1\r\n', 'no-version', 1],
  ['no origin', 'v=0\r\n', 'bad-origin', 0],
  ['an origin out of its place', 'v=0\r\ns=-\r\no=- 1 1 IN IP4 192.0.2.1\r\n', 'bad-origin', 2],
  ['an origin without numbers', 'v=0\r\no=- a b IN IP4 192.0.2.1\r\n', 'bad-origin', 2],
  [
    'an origin with a number of more than 64 bits',
    `v=0\r\no=- ${'9'.repeat(21)} 1 IN IP4 192.0.2.1\r\n`,
    'bad-origin',
    2,
  ],
  ['an origin of another network', 'v=0\r\no=- 1 1 ATM NSAP x\r\n', 'bad-origin', 2],
  ['an origin without an address', 'v=0\r\no=- 1 1 IN IP4\r\n', 'bad-origin', 2],
  ['a port above 65535', `${head}m=audio 70000 RTP/AVP 0\r\n`, 'bad-media', 3],
  ['a negative port', `${head}m=audio -1 RTP/AVP 0\r\n`, 'bad-media', 3],
  ['a port that is no number', `${head}m=audio x RTP/AVP 0\r\n`, 'bad-media', 3],
  ['a port count that is no number', `${head}m=audio 1/x RTP/AVP 0\r\n`, 'bad-media', 3],
  ['an m-line without a protocol', `${head}m=audio 1\r\n`, 'bad-media', 3],
  ['an ATM connection', `${head}c=ATM NSAP 1\r\n`, 'bad-connection', 3],
  ['a connection without an address', `${head}c=IN IP4 \r\n`, 'bad-connection', 3],
  ['a connection to a list', `${head}c=IN IP4 a,b\r\n`, 'bad-connection', 3],
  ['a line without an equals sign', `${head}nonsense\r\n`, 'bad-line', 3],
  ['a line of one letter', `${head}a\r\n`, 'bad-line', 3],
  ['a bare CR', `${head}s=a\rb\r\n`, 'bad-line', 3],
  ['a NUL', `${head}s=\0\r\n`, 'bad-line', 3],
];

for (const [what, text, code, line] of refused) {
  test(`refused with its line: ${what}`, () => {
    const result = parseSdp(text);
    assert.ok(!result.ok);
    assert.deepEqual([result.failure.code, result.failure.line], [code, line]);
    assert.match(result.failure.reason, /^[ -~]+$/);
  });
}

/** [limits, what passes, what is too much by one, code] */
const limitRows: readonly (readonly [Partial<SdpLimits>, string, string, string])[] = [
  [{ maxBytes: 38 }, `${head}s=12345`, `${head}s=123456`, 'too-large'],
  [{ maxLines: 4 }, `${head}s=-\r\n`, `${head}s=-\r\nt=0 0\r\n`, 'too-many'],
  [{ maxLineLength: 27 }, head, `${head}a=${'x'.repeat(26)}\r\n`, 'too-large'],
  [{ maxMedia: 1 }, `${head}m=a 1 b c\r\n`, `${head}m=a 1 b c\r\nm=a 1 b c\r\n`, 'too-many'],
  [{ maxFormats: 2 }, `${head}m=a 1 b 1 2\r\n`, `${head}m=a 1 b 1 2 3\r\n`, 'too-many'],
  [{ maxAttributes: 1 }, `${head}a=x\r\nm=a 1 b c\r\na=x\r\n`, `${head}a=x\r\nm=a 1 b c\r\na=x\r\na=y\r\n`, 'too-many'],
];

for (const [limits, fits, tooMuch, code] of limitRows) {
  test(`limit ${Object.keys(limits).join()}`, () => {
    assert.equal(parseSdp(fits, limits).ok, true);
    const result = parseSdp(tooMuch, limits);
    assert.ok(!result.ok && result.failure.code === code);
  });
}

test('RFC 8866 §5: bytes are read as UTF-8, and what is none comes out as it came in', () => {
  const bytes = Uint8Array.from([
    ...new TextEncoder().encode(`${head}s=Böb € 😀 `),
    0xff,
    0xc3,
    0x28,
    0xed,
    0xa0,
    0x80,
    0x0a,
  ]);
  const sdp = parsed(bytes);
  assert.match(sdp.lines[0]?.value ?? '', /^Böb € 😀 /);
  const expected = Uint8Array.from([...bytes.slice(0, -1), 0x0d, 0x0a]);
  assert.deepEqual(encodeText(formatSdp(sdp)), expected);
});

/** RFC 3629 §3: bytes that are no UTF-8. */
const noUtf8: readonly (readonly [string, readonly number[]])[] = [
  ['overlong, two bytes', [0xc0, 0xaf]],
  ['overlong, three bytes', [0xe0, 0x80, 0xaf]],
  ['overlong, four bytes', [0xf0, 0x80, 0x80, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ['cut short', [0xe2, 0x82]],
  ['a continuation alone', [0x80]],
];

for (const [what, bytes] of noUtf8) {
  test(`RFC 3629 §3: ${what} is kept byte by byte`, () => {
    const text = decodeText(Uint8Array.from(bytes));
    assert.deepEqual(
      [...text].map((character) => character.charCodeAt(0)),
      bytes.map((byte) => 0xdc00 + byte),
    );
    assert.deepEqual([...encodeText(text)], bytes);
  });
}

test('property: any bytes survive decoding and encoding; valid UTF-8 is read as TextDecoder does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => assert.deepEqual(encodeText(decodeText(bytes)), bytes)),
    { seed: 1, numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      assert.equal(decodeText(new TextEncoder().encode(text)), text);
      assert.deepEqual(encodeText(text), new TextEncoder().encode(text));
    }),
    { seed: 2, numRuns: 1000 },
  );
});

const blank = fc.constantFrom(' ', ' ', ' ', '  ');
const token = fc.string({ unit: fc.constantFrom(...'abzAZ09-._'), minLength: 1, maxLength: 8 });
const freeText = fc.string({ unit: fc.constantFrom(...'aZ09 :=/;*é€'), maxLength: 20 });
const attributeLine = freeText.map((value) => `a=${value}`);
const otherLine = fc.tuple(fc.constantFrom(...'sietbkrzuXy'), freeText).map(([type, value]) => `${type}=${value}`);
const mediaLine = fc
  .tuple(token, blank, fc.integer({ min: 0, max: 65535 }), fc.constantFrom('', '/2'), fc.array(token, { maxLength: 4 }))
  .map(([kind, space, port, count, formats]) => `m=${kind}${space}${port}${count} RTP/AVP ${formats.join(' ')}`);
const connectionLine = fc.constantFrom(
  'c=IN IP4 192.0.2.1',
  'c=IN IP6 2001:db8::1',
  'c=IN IP4 233.252.0.1/127',
  'c=IN IP4 0.0.0.0',
);
const description = fc
  .array(fc.oneof(attributeLine, otherLine, mediaLine, connectionLine), { maxLength: 20 })
  .map((lines) => `v=0\r\n${[`o=- 18446744073709551615 1 IN IP4 x`, ...lines].join('\r\n')}\r\n`);

test('property: formatting an unedited description gives back its bytes', () => {
  fc.assert(
    fc.property(description, (text) => {
      const sdp = parsed(text);
      assert.equal(formatSdp(sdp), text);
      assert.equal(formatSdp(JSON.parse(JSON.stringify(sdp))), text);
    }),
    { seed: 8866, numRuns: 2000 },
  );
});

test('property: no text makes it throw, and what it takes it gives back', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'abcmotv=: \r\n0129/.INPRTA'), maxLength: 200 });
  fc.assert(
    fc.property(letters, (tail) => {
      const first = parseSdp(`${head}${tail}`);
      if (first.ok) assert.deepEqual(parseSdp(formatSdp(first.sdp)), first);
    }),
    { seed: 8866, numRuns: 2000 },
  );
});

test('content leaves out the origin', () => {
  const sdp = parsed(`${head}s=-\r\nm=audio 1 RTP/AVP 0\r\na=x\r\n`);
  assert.equal(formatContent(sdp), 's=-\r\nm=audio 1 RTP/AVP 0\r\na=x\r\n');
});
