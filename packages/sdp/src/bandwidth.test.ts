import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandwidths, maxPacketRate, mediaBandwidthBps, readBandwidth, rtcpBandwidth } from './index.ts';
import { lineOf, sdpOf } from './sdp-lines.test.ts';

/** [value, read] */
const values: readonly (readonly [string, readonly [string, number] | null])[] = [
  ['AS:64', ['AS', 64]],
  ['TIAS: 64000 ', ['TIAS', 64000]],
  ['X-YZ:1', ['X-YZ', 1]],
  ['RS:0', ['RS', 0]],
  ['AS', null],
  [':1', null],
  ['AS:-1', null],
  ['AS:64.5', null],
  ['A S:64', null],
  [`AS:${'9'.repeat(20)}`, null],
];

for (const [value, read] of values) {
  test(`RFC 8866 §5.8: b=${value}`, () => {
    const found = readBandwidth(value);
    assert.deepEqual(found && [found.type, found.value], read);
  });
}

test('RFC 8866 §5.8: the last of a type counts', () => {
  assert.deepEqual([...bandwidths(lineOf('b=AS:64', 'b=AS:x', 'b=AS:32').lines)], [['AS', 32]]);
});

/** [what, session's b=, m-line's b=, RTP in bit/s, RTCP of senders and receivers] */
const shares: readonly (readonly [
  string,
  readonly string[],
  readonly string[],
  number | null,
  readonly (number | null)[],
])[] = [
  ['nothing said', [], [], null, [null, null]],
  ['RFC 3890 §6.2: TIAS before AS', [], ['AS:70', 'TIAS:64000'], 64000, [800, 2400]],
  ['AS is in kbit/s', [], ['AS:64'], 64000, [800, 2400]],
  ["the session's where the line has none", ['AS:100'], [], 100_000, [1250, 3750]],
  ['RFC 3556 §2: said', [], ['AS:64', 'RS:600', 'RR:2000'], 64000, [600, 2000]],
  ['RFC 3556 §3: none at all', [], ['AS:64', 'RS:0', 'RR:0'], 64000, [0, 0]],
  ['said for the session', ['RS:1', 'RR:2'], [], null, [1, 2]],
];

for (const [what, session, media, rtp, rtcp] of shares) {
  test(`RFC 3556 §2: bandwidth of RTP and of RTCP, ${what}`, () => {
    const sdp = sdpOf(...session.map((b) => `b=${b}`), 'm=audio 1 RTP/AVP 0', ...media.map((b) => `b=${b}`));
    const [line] = sdp.media;
    assert.ok(line);
    assert.equal(mediaBandwidthBps(sdp, line), rtp);
    const { sendersBps, receiversBps } = rtcpBandwidth(sdp, line);
    assert.deepEqual([sendersBps, receiversBps], rtcp);
  });
}

test('RFC 3890 §6.3: the most packets a second', () => {
  assert.equal(maxPacketRate(sdpOf('a=maxprate:50'), lineOf()), 50);
  assert.equal(maxPacketRate(sdpOf('a=maxprate:50'), lineOf('a=maxprate:33.3')), 33.3);
  assert.equal(maxPacketRate(sdpOf(), lineOf('a=maxprate:many')), undefined);
});
