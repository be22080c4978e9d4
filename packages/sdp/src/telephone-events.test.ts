import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dtmfEvents, eventsBeside, eventsOf, formatEvents, readCodecs, readEvents } from './index.ts';
import { lineOf } from './sdp-lines.test.ts';

/** [fmtp, as it is written by us; null: malformed] */
const lists: readonly (readonly [string, string | null])[] = [
  ['0-15', '0-15'],
  ['0-15,66,70', '0-15,66,70'],
  ['70, 66, 0 - 3', '0-3,66,70'],
  ['0,1,2,2,3', '0-3'],
  ['events=0-16', '0-16'],
  ['"0-11"', '0-11'],
  ['255', '255'],
  ['256', null],
  ['3-1', null],
  ['1-2-3', null],
  ['x', null],
  ['', null],
  ['0-15,', null],
];

for (const [fmtp, written] of lists) {
  test(`RFC 4733 §2.4.1: events "${fmtp}"`, () => {
    const events = readEvents(fmtp);
    assert.equal(events && formatEvents(events), written);
  });
}

test('RFC 4733 §2.4.1: without an fmtp the sixteen keys', () => {
  const [plain, more, odd] = readCodecs(
    lineOf(
      'm=audio 4000 RTP/AVP 101 102 103',
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:102 telephone-event/16000',
      'a=fmtp:102 0-11',
      'a=rtpmap:103 telephone-event/48000',
      'a=fmtp:103 nonsense',
    ),
  );
  assert.ok(plain && more && odd);
  assert.deepEqual([eventsOf(plain), eventsOf(odd)], [dtmfEvents, dtmfEvents]);
  assert.equal(formatEvents(eventsOf(more)), '0-11');
});

test('RFC 4733 §2.1: of several clock rates the keys go on that of the voice', () => {
  const codecs = readCodecs(
    lineOf(
      'm=audio 4000 RTP/AVP 96 0 9 101 110 97',
      'a=rtpmap:96 opus/48000/2',
      'a=rtpmap:97 AMR-WB/16000',
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:110 telephone-event/48000',
    ),
  );
  const keys = codecs.slice(0, 3).map((voice) => eventsBeside(voice, codecs)?.payloadType);
  assert.deepEqual(keys, [110, 101, 101]);
  assert.equal(eventsBeside(codecs.at(-1)!, codecs)?.payloadType, 101, 'another rate rather than none');
  assert.equal(eventsBeside(codecs[0]!, []), undefined);
});
