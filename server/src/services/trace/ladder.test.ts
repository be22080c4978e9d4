import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLadder } from './index.ts';
import { callOf, entriesOf, flowTo, type Row, sdp } from './trace-scene.test.ts';

const a = flowTo('192.0.2.10', 5062);
const b = flowTo('192.0.2.20', 5060, 'tcp');
const c = flowTo('2001:db8::30', 5060);

const answered: readonly Row[] = [
  ['<', 0, a, { start: 'INVITE 102', sipCallId: 'one@a', body: sdp() }],
  ['>', 1, a, { start: '100 Trying INVITE', sipCallId: 'one@a' }],
  ['<', 3, a, { start: 'INVITE 102', sipCallId: 'one@a', body: sdp() }],
  ['>', 4, b, { start: 'INVITE 102', sipCallId: 'two@r', body: sdp() }],
  ['>', 5, c, { start: 'INVITE 103', sipCallId: 'three@r', body: sdp() }],
  ['<', 30, b, { start: '180 Ringing INVITE', sipCallId: 'two@r' }],
  ['<', 2004, b, { start: '200 OK INVITE', sipCallId: 'two@r', body: sdp() }],
  ['>', 2005, c, { start: 'CANCEL 103', sipCallId: 'three@r' }],
  ['>', 2006, a, { start: '200 OK INVITE', sipCallId: 'one@a', body: sdp() }],
  ['<', 62_006, a, { start: 'BYE 102', sipCallId: 'one@a' }],
];

const golden = `call_01kdz2j7ry0000000000000000   2026-01-02T03:04:05.678Z

      ms         101                                                             102                             103
           192.0.2.10:5062                    Ringdown                     192.0.2.20:5060               [2001:db8::30]:5060
                 udp                                                             tcp                             udp
       0          |------ INVITE 102 [SDP] ------>|                               |                               |
       1          |<---- 100 Trying (INVITE) -----|                               |                               |
       3          |-- INVITE 102 [SDP] (again) -->|                               |                               |
       4          |                               |------ INVITE 102 [SDP] ------>|                               |
       5          |                               |---------------------- INVITE 103 [SDP] ---------------------->|
      30          |                               |<--- 180 Ringing (INVITE) -----|                               |
    2004          |                               |<--- 200 OK (INVITE) [SDP] ----|                               |
    2005          |                               |--------------------------- CANCEL --------------------------->|
    2006          |<--- 200 OK (INVITE) [SDP] ----|                               |                               |
   62006          |------------- BYE ------------>|                               |                               |

leg_01kdz2j7ry0000000000000001   Call-ID one@a
leg_01kdz2j7ry0000000000000002   Call-ID two@r
no leg   Call-ID three@r
`;

const failedGolden = `call_01kdz2j7ry0000000000000000   2026-01-02T03:04:05.678Z

      ms         101
           192.0.2.10:5062                        Ringdown                         192.0.2.20:5060
                 udp                                                                     tcp
       0          |-------- INVITE 102 [SDP] -------->|                                   |
       0          |                                   |-- tls: certificate has expired --x|

leg_01kdz2j7ry0000000000000001   Call-ID one@a
leg_01kdz2j7ry0000000000000002   Call-ID two@r
`;

test('a call with a fork, a retransmission and IPv6', () => {
  assert.equal(formatLadder(callOf(entriesOf(answered))), golden);
});

test('a message that could not be sent is drawn to where it should have gone, with the reason', () => {
  const [invite] = entriesOf([['<', 0, a, { start: 'INVITE 102', sipCallId: 'one@a', body: sdp() }]]);
  assert.ok(invite);
  const failure = { code: 'tls', detail: 'certificate has expired' };
  const failed = {
    ...invite,
    n: 2,
    direction: 'out' as const,
    flow: b,
    sipCallId: 'two@r',
    bytes: new Uint8Array(0),
    failure,
  };
  assert.equal(formatLadder(callOf([invite, failed])), failedGolden);
});

test('what a peer puts into a message cannot speak to the terminal', () => {
  const entries = entriesOf([['<', 0, a, { start: '486 B\u001b[2Jusy\u202e INVITE', sipCallId: 'one@a' }]]);
  const text = formatLadder(callOf(entries));
  assert.match(text, /486 B\?\[2Jusy\? \(INVITE\)/);
});

test('an empty call, and one that lost its middle, say so', () => {
  assert.equal(formatLadder(callOf([])), 'Nothing of this call is in the trace.\n');
  const call = callOf(entriesOf(answered));
  assert.match(formatLadder({ ...call, dropped: 7 }), /\n7 messages in between are no longer kept\.\n$/);
});
