import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultSdpLimits, parseSdp, readCodecs, type SessionDescription } from './index.ts';

const head = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';

function parsed(text: string): SessionDescription {
  const result = parseSdp(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.sdp;
}

/** Under limits of its own nothing that is known is used. */
const readAnew = (text: string) => parseSdp(text, { ...defaultSdpLimits });

test('what stands below an m= line is shared by descriptions that say the same there, and read once', () => {
  const below = 'a=rtpmap:96 opus/48000/2\r\na=sendrecv\r\n';
  const [one, two] = [4000, 4002].map((port) => parsed(`${head}m=audio ${port} RTP/AVP 96 0\r\n${below}`).media[0]);
  assert.ok(one !== undefined && two !== undefined);
  assert.deepEqual([one.port, two.port], [4000, 4002]);
  assert.equal(one.lines, two.lines);
  assert.equal(readCodecs(one), readCodecs(two));
});

test('RFC 8866 §5.14: the same lines below other formats are other codecs', () => {
  const below = 'a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 iLBC/8000\r\n';
  const names = (formats: string) =>
    parsed(`${head}m=audio 4000 RTP/AVP ${formats}\r\n${below}`).media.flatMap((line) =>
      readCodecs(line).map(({ name }) => name),
    );
  assert.deepEqual(names('96 0'), ['OPUS', 'PCMU']);
  assert.deepEqual(names('97'), ['ILBC']);
  assert.deepEqual(names('96 0'), ['OPUS', 'PCMU']);
});

test('a section that was refused is refused again, with the number of its line', () => {
  const bad = `${head}m=audio 4000 RTP/AVP 0\r\na=sendrecv\r\nm=video 4002 RTP/AVP 31\r\na=x\r\nc=IN IP4 \r\n`;
  for (const _ of [1, 2]) {
    const result = parseSdp(bad);
    assert.ok(!result.ok);
    assert.deepEqual([result.failure.code, result.failure.line], ['bad-connection', 10]);
  }
});

test('what does not come again is forgotten', () => {
  const text = (mark: number) => `${head}m=audio 4000 RTP/AVP 0\r\na=mark:${mark}\r\n`;
  const first = parsed(text(-1)).media[0]?.lines;
  assert.equal(parsed(text(-1)).media[0]?.lines, first);
  for (let mark = 0; mark < 1000; mark++) parsed(text(mark));
  assert.notEqual(parsed(text(-1)).media[0]?.lines, first);
});

test('known or not, a description is read alike', () => {
  const row = fc.constantFrom(
    'm=audio 1 RTP/AVP 0',
    'a=sendonly',
    'c=IN IP4 1.2.3.4',
    '',
    'm=',
    'am=x',
    'i=x',
    'a=b\rc',
  );
  const ends = fc.constantFrom('\r\n', '\n', '\r', '');
  fc.assert(
    fc.property(fc.array(fc.tuple(row, ends)), fc.boolean(), (rows, hasHead) => {
      const text = (hasHead ? head : '') + rows.flat().join('');
      assert.deepEqual(parseSdp(text), readAnew(text));
      assert.deepEqual(parseSdp(text), readAnew(text));
    }),
  );
});

test('known or not, a port and an origin are read alike', () => {
  const port = fc.constantFrom(
    '1',
    '0',
    '00',
    '01',
    '65535',
    '65536',
    '123456',
    '',
    ' 1',
    '1/2',
    '1 ',
    'x',
    '-1',
    '1\r',
  );
  const kind = fc.constantFrom('audio', 'video', 'image', 'Audio', 'audio ', '');
  const rest = fc.constantFrom('RTP/AVP 0', 'RTP/AVP  0', 'RTP/AVP 0 ', 'RTP/AVP', '', 'RTP/AVP 0\r\na=x');
  const origin = fc.constantFrom(
    '- 1 1 IN IP4 192.0.2.1',
    '- 01 1 IN IP6 ::1',
    '- 1  1 IN IP4 a',
    '- 1 1 IN IP4 a b',
    '- 1 1 IN IP4 ',
    '- 1 1 IN IP5 a',
    '- 1 1 IN',
    ' 1 1 IN IP4 a',
    '- x 1 IN IP4 a',
    '- 1 123456789012345678901 IN IP4 a',
    'a\tb 1 1 IN IP4 a',
    '- 1 1 IN IP4 a\rb',
    '- 1 1 IN IP4 a\nm=audio 1 RTP/AVP 0',
    '',
  );
  fc.assert(
    fc.property(origin, fc.array(fc.tuple(kind, port, rest)), (value, media) => {
      const text = `v=0\r\no=${value}\r\ns=-\r\n${media.map((parts) => `m=${parts.join(' ')}\r\n`).join('')}`;
      assert.deepEqual(parseSdp(text), readAnew(text));
      assert.deepEqual(parseSdp(text), readAnew(text));
    }),
  );
});
