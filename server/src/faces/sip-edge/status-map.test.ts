import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest, buildResponse, reasonPhrase, type SessionEnd } from '@ringdown/sip';
import { type EndCauseCode, endCause, endCauses } from '#engine/calls';
import { causeOfEnd, causeOfStatus, reasonHeaderFor, statusFor } from './status-map.ts';

/** Every final refusal of the registry: what it means of a device, of a trunk, and what our own caller is told after a trunk's. */
const rows: readonly [status: number, device: EndCauseCode, trunk: EndCauseCode, told: number][] = [
  [300, 'upstream-rejected', 'upstream-rejected', 480],
  [301, 'upstream-rejected', 'upstream-rejected', 480],
  [302, 'upstream-rejected', 'upstream-rejected', 480],
  [305, 'upstream-rejected', 'upstream-rejected', 480],
  [380, 'upstream-rejected', 'upstream-rejected', 480],
  [400, 'upstream-failed', 'upstream-failed', 502],
  [401, 'upstream-rejected', 'upstream-auth', 502],
  [402, 'upstream-rejected', 'upstream-rejected', 402],
  [403, 'forbidden', 'upstream-rejected', 403],
  [404, 'not-found', 'upstream-rejected', 404],
  [405, 'upstream-rejected', 'upstream-rejected', 480],
  [406, 'not-acceptable', 'not-acceptable', 488],
  [407, 'upstream-rejected', 'upstream-auth', 502],
  [408, 'request-timeout', 'request-timeout', 408],
  [410, 'not-found', 'upstream-rejected', 410],
  [412, 'upstream-rejected', 'upstream-rejected', 480],
  [413, 'upstream-rejected', 'upstream-rejected', 480],
  [414, 'upstream-rejected', 'upstream-rejected', 480],
  [415, 'not-acceptable', 'not-acceptable', 488],
  [416, 'upstream-rejected', 'upstream-rejected', 480],
  [420, 'unsupported', 'unsupported', 420],
  [421, 'unsupported', 'unsupported', 420],
  [422, 'upstream-rejected', 'upstream-rejected', 480],
  [423, 'upstream-rejected', 'upstream-rejected', 480],
  [428, 'upstream-rejected', 'upstream-rejected', 480],
  [433, 'upstream-rejected', 'upstream-rejected', 433],
  [436, 'upstream-rejected', 'upstream-rejected', 480],
  [437, 'upstream-rejected', 'upstream-rejected', 480],
  [438, 'upstream-rejected', 'upstream-rejected', 480],
  [469, 'upstream-rejected', 'upstream-rejected', 480],
  [480, 'no-answer', 'upstream-rejected', 480],
  [481, 'upstream-rejected', 'upstream-rejected', 480],
  [482, 'too-many-hops', 'too-many-hops', 483],
  [483, 'too-many-hops', 'too-many-hops', 483],
  [484, 'not-found', 'upstream-rejected', 484],
  [485, 'upstream-rejected', 'upstream-rejected', 485],
  [486, 'busy', 'busy', 486],
  [487, 'cancelled', 'cancelled', 487],
  [488, 'not-acceptable', 'not-acceptable', 488],
  [489, 'upstream-rejected', 'upstream-rejected', 480],
  [491, 'not-acceptable', 'not-acceptable', 491],
  [493, 'upstream-rejected', 'upstream-rejected', 480],
  [494, 'upstream-rejected', 'upstream-rejected', 480],
  [500, 'upstream-failed', 'upstream-failed', 502],
  [501, 'upstream-failed', 'upstream-failed', 502],
  [502, 'upstream-failed', 'upstream-failed', 502],
  [503, 'upstream-failed', 'upstream-failed', 502],
  [504, 'upstream-failed', 'upstream-failed', 502],
  [505, 'upstream-failed', 'upstream-failed', 502],
  [513, 'upstream-failed', 'upstream-failed', 502],
  [580, 'upstream-failed', 'upstream-failed', 502],
  [600, 'busy', 'busy', 486],
  [603, 'declined', 'declined', 603],
  [604, 'not-found', 'upstream-rejected', 604],
  [606, 'not-acceptable', 'not-acceptable', 488],
  [607, 'declined', 'upstream-rejected', 607],
  [608, 'declined', 'upstream-rejected', 608],
  [699, 'declined', 'declined', 603],
];

for (const [status, device, trunk, told] of rows) {
  test(`RFC 3261 §21: ${status} ${reasonPhrase(status)}`, () => {
    const ofDevice = causeOfStatus(status, 'why', 'device');
    const ofTrunk = causeOfStatus(status, '', 'trunk');
    assert.deepEqual([ofDevice.code, ofTrunk.code, statusFor(ofTrunk)], [device, trunk, told]);
    assert.deepEqual([ofDevice.status, ofDevice.detail, ofDevice.by], [status, 'why', 'peer'], 'what was seen is kept');
    assert.equal('detail' in ofTrunk, false);
  });
}

test('no status from 300 to 699 makes a caller redirect, authenticate, or see a success', () => {
  for (let status = 300; status < 700; status += 1) {
    for (const far of ['device', 'trunk'] as const) {
      const told = statusFor(causeOfStatus(status, '', far));
      assert.ok(told >= 400 && told < 700 && told !== 401 && told !== 407, `${status} of a ${far} became ${told}`);
    }
  }
});

test('RFC 3326, RFC 6432: every cause has a status and a Reason with its Q.850 value', () => {
  for (const [code, { q850 }] of Object.entries(endCauses)) {
    const cause = endCause(code as EndCauseCode);
    assert.ok(statusFor(cause) >= 400 && statusFor(cause) < 700, code);
    const expected =
      code === 'answered-elsewhere'
        ? 'SIP;cause=200;text="Call completed elsewhere"'
        : `Q.850;cause=${q850};text="${code}"`;
    assert.equal(reasonHeaderFor(cause), expected);
  }
});

const cancelWith = (reason: string) =>
  buildRequest({
    method: 'CANCEL',
    uri: 'sip:101@a.test',
    headers: [
      ['From', '<sip:100@a.test>;tag=1'],
      ['To', '<sip:101@a.test>'],
      ['Call-ID', 'c'],
      ['CSeq', '1 CANCEL'],
      ['Reason', reason],
    ],
  });

const ends: readonly [title: string, end: SessionEnd, code: EndCauseCode, by: 'peer' | 'us', detail?: string][] = [
  [
    'a refusal by the peer',
    { why: 'rejected', by: 'remote', status: 486, reasonPhrase: 'Busy Here' },
    'busy',
    'peer',
    'Busy Here',
  ],
  ['a refusal by us', { why: 'rejected', by: 'local', status: 404 }, 'not-found', 'us'],
  ['a caller gives up', { why: 'cancelled', by: 'remote', status: 487 }, 'cancelled', 'peer'],
  [
    'a caller whose call was answered elsewhere',
    { why: 'cancelled', by: 'remote', message: cancelWith('Q.850;cause=26, SIP;cause=200;text="x"') },
    'answered-elsewhere',
    'peer',
  ],
  [
    'a CANCEL with another Reason',
    { why: 'cancelled', by: 'remote', message: cancelWith('SIP;cause=487') },
    'cancelled',
    'peer',
  ],
  ['a peer hangs up', { why: 'hung-up', by: 'remote' }, 'normal-clearing', 'peer'],
  ['we hang up', { why: 'hung-up', by: 'local' }, 'normal-clearing', 'us'],
  ['silence', { why: 'timeout', by: 'remote', status: 408 }, 'request-timeout', 'peer'],
  [
    'no connection',
    { why: 'transport', by: 'remote', failure: { code: 'refused', detail: '192.0.2.1:5060 refused' } },
    'unreachable',
    'peer',
    '192.0.2.1:5060 refused',
  ],
  ['no ACK', { why: 'no-ack', by: 'remote' }, 'no-ack', 'peer'],
  ['a session timer ran out', { why: 'expired', by: 'local' }, 'session-expired', 'us'],
  ['RFC 5057: the peer knows the dialog no more', { why: 'gone', by: 'remote', status: 481 }, 'dialog-gone', 'peer'],
];

for (const [title, end, code, by, detail] of ends) {
  test(`the end of a session: ${title}`, () => {
    const cause = causeOfEnd(end, 'device');
    assert.deepEqual([cause.code, cause.by, cause.detail], [code, by, detail]);
  });
}

const refusedWith = (status: number, reason: string): SessionEnd => ({
  why: 'rejected',
  by: 'remote',
  status,
  message: buildResponse(cancelWith('SIP;cause=1'), status, { headers: [['Reason', reason]] }),
});

test('RFC 6432 §3, RFC 3398: of a status that is one for all, the Q.850 value of the network says what it was', () => {
  const rows: readonly [status: number, q850: number, code: EndCauseCode, told: number][] = [
    [500, 17, 'busy', 486],
    [503, 1, 'not-found', 404],
    [480, 19, 'no-answer', 480],
    [503, 34, 'upstream-failed', 502],
    [486, 1, 'busy', 486],
    [404, 17, 'upstream-rejected', 404],
  ];
  for (const [status, q850, code, told] of rows) {
    const cause = causeOfEnd(refusedWith(status, `Q.850;cause=${q850}`), 'trunk');
    assert.deepEqual(
      [cause.code, cause.q850, cause.status, statusFor(cause)],
      [code, q850, status, told],
      String(status),
    );
  }
});

test('RFC 9366: reasons of other protocols are kept, a few of them', () => {
  const many = Array.from({ length: 9 }, (_, at) => `STIR;cause=${400 + at}`).join(', ');
  const cause = causeOfEnd(refusedWith(403, `Q.850;cause=21, ${many}`), 'trunk');
  assert.deepEqual(cause.reasons, ['STIR;cause=400', 'STIR;cause=401', 'STIR;cause=402', 'STIR;cause=403']);
  assert.equal(reasonHeaderFor(cause).split(', ').length, 5);
  assert.equal(causeOfEnd(refusedWith(486, 'SIP;cause=486'), 'trunk').reasons, undefined);
});
