import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatContent,
  formatSdp,
  holdOffer,
  isHeld,
  localDescription,
  mediaDirection,
  resumeOffer,
  type SessionDescription,
} from './index.ts';
import { sdpOf } from './sdp-lines.test.ts';

const call = sdpOf(
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 4000 RTP/AVP 0',
  'i=voice',
  'a=x-before: 1 ',
  'a=sendrecv',
  'a=x-behind',
  'm=video 4002 RTP/AVP 31',
  'c=IN IP6 2001:db8::1',
  'a=recvonly',
  'm=audio 0 RTP/AVP 0',
  'm=audio 4004 RTP/AVP 0',
);

const directions = (sdp: SessionDescription): string[] => sdp.media.map((line) => mediaDirection(sdp, line));

test('RFC 3264 §8.4: held by direction, in the place of what stood there; what is off stays so', () => {
  const held = holdOffer(call);
  assert.deepEqual(directions(held), ['sendonly', 'inactive', 'sendrecv', 'sendonly']);
  assert.deepEqual(
    held.media.map((line) => isHeld(held, line)),
    [true, true, false, true],
  );
  assert.equal(
    formatContent(held),
    formatContent(call)
      .replace('a=sendrecv', 'a=sendonly')
      .replace('a=recvonly', 'a=inactive')
      .replace('m=audio 4004 RTP/AVP 0\r\n', 'm=audio 4004 RTP/AVP 0\r\na=sendonly\r\n'),
  );
});

test('RFC 3264 §8.4: held by an address of zeros of the same family, and by direction as well', () => {
  const held = holdOffer(call, 'address');
  const text = formatContent(held);
  assert.match(text, /m=audio 4000 RTP\/AVP 0\r\ni=voice\r\nc=IN IP4 0\.0\.0\.0\r\na=x-before: 1 \r\na=sendonly/);
  assert.match(text, /m=video 4002 RTP\/AVP 31\r\nc=IN IP6 ::\r\na=inactive/);
  assert.deepEqual(directions(held), ['sendonly', 'inactive', 'sendrecv', 'sendonly']);
});

for (const how of ['direction', 'address'] as const) {
  test(`RFC 3264 §8.4: resumed from a hold by ${how}, all is as it was, with another version`, () => {
    const held = localDescription(call, holdOffer(call, how));
    const back = localDescription(held, resumeOffer(held, call));
    assert.deepEqual(
      [held, back].map(({ origin }) => origin.sessionVersion),
      ['2', '3'],
    );
    const expected = formatSdp({ ...call, origin: back.origin }).replace(/(m=audio 4004 .*\r\n)/, '$1a=sendrecv\r\n');
    assert.equal(formatSdp(back), expected);
  });
}

test('a hold of what is held changes nothing, and has no version of its own', () => {
  const held = localDescription(call, holdOffer(call));
  assert.equal(localDescription(held, holdOffer(held)), held);
});

test('a line that came during the hold is heard and spoken after it', () => {
  const held = holdOffer({ ...call, media: [...call.media, ...call.media.slice(0, 1)] });
  assert.deepEqual(directions(resumeOffer(held, call)), ['sendrecv', 'recvonly', 'sendrecv', 'sendrecv', 'sendrecv']);
});
