import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatCandidate,
  hasIceMismatch,
  iceCandidates,
  iceOptions,
  icePacingMs,
  isIcePassword,
  isIceRestart,
  isIceUfrag,
  readCandidate,
  readRemoteCandidates,
} from './index.ts';
import { lineOf, sdpOf } from './sdp-lines.test.ts';

/** RFC 8839 §5.1, RFC 6544 §4.5, and what browsers add: come out as they went in. */
const good: readonly string[] = [
  '1 1 UDP 2130706431 203.0.113.141 8998 typ host',
  '2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998',
  '1 2 TCP 2105458943 2001:db8::1 9 typ host tcptype active',
  '842163049 1 UDP 1677729535 198.51.100.7 3478 typ relay raddr 0.0.0.0 rport 0 generation 0 ufrag F7gI network-cost 50',
  'a+/9 256 UDP 1 0a3c5d70-0000-4000-8000-000000000000.local 1 typ host',
];

for (const value of good) {
  test(`RFC 8839 §5.1: a=candidate:${value.slice(0, 50)} is read and written`, () => {
    const read = readCandidate(value);
    assert.ok(read);
    assert.equal(formatCandidate(read), value);
  });
}

/** [what, value] */
const bad: readonly (readonly [string, string])[] = [
  ['cut short', '1 1 UDP 2130706431 203.0.113.141 8998'],
  ['a foundation of other letters', '- 1 UDP 1 192.0.2.1 1 typ host'],
  ['a foundation of 33', `${'1'.repeat(33)} 1 UDP 1 192.0.2.1 1 typ host`],
  ['component 0', '1 0 UDP 1 192.0.2.1 1 typ host'],
  ['component 257', '1 257 UDP 1 192.0.2.1 1 typ host'],
  ['priority 0', '1 1 UDP 0 192.0.2.1 1 typ host'],
  ['a priority of 32 bits', '1 1 UDP 4294967295 192.0.2.1 1 typ host'],
  ['a port beyond 65535', '1 1 UDP 1 192.0.2.1 70000 typ host'],
  ['no typ', '1 1 UDP 1 192.0.2.1 1 tip host'],
  ['a name without a value', '1 1 UDP 1 192.0.2.1 1 typ host generation'],
  ['a related port that is none', '1 1 UDP 1 192.0.2.1 1 typ srflx raddr 192.0.2.2 rport x'],
];

for (const [what, value] of bad) {
  test(`RFC 8839 §5.1: malformed, ${what}`, () => assert.equal(readCandidate(value), null));
}

test('RFC 8839 §5.1: candidates in their order, malformed ones left out', () => {
  const line = lineOf(
    'a=candidate:2 1 udp 10 192.0.2.1 1 typ host',
    'a=candidate:x',
    'a=candidate:1 1 UDP 20 192.0.2.2 2 typ relay',
  );
  assert.deepEqual(
    iceCandidates(line).map(({ transport, address, type, priority }) => [transport, address, type, priority]),
    [
      ['udp', '192.0.2.1', 'host', 10],
      ['udp', '192.0.2.2', 'relay', 20],
    ],
  );
});

test('RFC 8839 §5.2: remote candidates come in threes', () => {
  assert.deepEqual(readRemoteCandidates('1 192.0.2.3 45664 2 192.0.2.3 45665'), [
    { component: 1, address: '192.0.2.3', port: 45664 },
    { component: 2, address: '192.0.2.3', port: 45665 },
  ]);
  for (const value of ['', '1 192.0.2.3', '0 192.0.2.3 1', '1 192.0.2.3 x'])
    assert.equal(readRemoteCandidates(value), null);
});

test('RFC 8839 §5.4: 4 to 256 characters for a name, 22 to 256 for a password, of ice-char', () => {
  assert.deepEqual(['abc', 'abcd', 'ab-d', 'a'.repeat(257)].map(isIceUfrag), [false, true, false, false]);
  assert.deepEqual(['a'.repeat(21), 'a'.repeat(22), `${'a'.repeat(22)} `].map(isIcePassword), [false, true, false]);
});

test('RFC 8839 §5.5, §5.6: pacing of the session, options of both', () => {
  const sdp = sdpOf('a=ice-pacing:20', 'a=ice-options:trickle', 'm=audio 1 RTP/AVP 0', 'a=ice-options:ice2 trickle');
  assert.equal(icePacingMs(sdp), 20);
  assert.equal(icePacingMs(sdpOf('a=ice-pacing:fast')), 50);
  assert.deepEqual(iceOptions(sdp, lineOf('a=ice-options:ice2 trickle')), ['ice2', 'trickle']);
});

test('RFC 8839 §4.4.1.1.1: only a new name with a new password is a restart', () => {
  const one = { ufrag: 'aaaa', password: 'p', isLite: false, candidates: [] };
  assert.equal(isIceRestart(one, { ...one, ufrag: 'bbbb', password: 'q' }), true);
  assert.equal(isIceRestart(one, { ...one, ufrag: 'bbbb' }), false);
  assert.equal(isIceRestart(one, one), false);
});

/** [what, c= and m=, candidates, mismatch] */
const destinations: readonly (readonly [string, readonly [string, number], readonly string[], boolean])[] = [
  ['one of the candidates', ['192.0.2.1', 4000], ['1 1 UDP 1 192.0.2.1 4000 typ host'], false],
  ['none of them: somebody rewrote it', ['198.51.100.1', 30000], ['1 1 UDP 1 192.0.2.1 4000 typ host'], true],
  ['that of RTCP only', ['192.0.2.1', 4001], ['1 2 UDP 1 192.0.2.1 4001 typ host'], true],
  ['not known yet (trickle)', ['0.0.0.0', 9], [], false],
  ['a name', ['198.51.100.1', 4000], ['1 1 UDP 1 x.local 4000 typ host'], false],
  ['of a line that is off', ['198.51.100.1', 0], ['1 1 UDP 1 192.0.2.1 4000 typ host'], false],
];

for (const [what, [address, port], candidates, isMismatch] of destinations) {
  test(`RFC 8839 §4.2.5: the default destination is ${what}`, () => {
    const lines = ['a=ice-ufrag:abcd', 'a=ice-pwd:x', ...candidates.map((text) => `a=candidate:${text}`)];
    const sdp = sdpOf(`c=IN IP4 ${address}`, `m=audio ${port} RTP/AVP 0`, ...lines);
    assert.equal(hasIceMismatch(sdp, sdp.media[0]!), isMismatch);
    const plain = sdpOf(`c=IN IP4 ${address}`, `m=audio ${port} RTP/AVP 0`);
    assert.equal(hasIceMismatch(plain, plain.media[0]!), false, 'without ICE there is none');
  });
}
