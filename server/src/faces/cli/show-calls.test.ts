import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeCall, historyTable, liveTable, type PastCall } from './show-calls.ts';

const startUtcMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const busy: PastCall = {
  callId: 'call_1',
  from: { user: '101' },
  to: { user: '102' },
  service: null,
  startUtcMs,
  endUtcMs: startUtcMs + 12_400,
  ringMs: 12_000,
  talkMs: 0,
  outcome: 'busy',
  cause: { code: 'busy', status: 486, detail: 'Busy Here' },
  faultOf: 'the callee (102)',
  codecs: [],
};

test('a history has one line a call, with why it ended', () => {
  assert.equal(
    historyTable([busy]),
    [
      'CALL    STARTED (UTC)        FROM  TO   OUTCOME  CAUSE       RANG  TALKED',
      'call_1  2026-01-02 03:04:05  101   102  busy     busy (486)  12 s   0.0 s',
    ].join('\n'),
  );
});

test('a call that is over is shown flat, then its legs, then who heard whom', () => {
  const leg = {
    legId: 'leg_1',
    role: 'caller',
    party: { user: '101' },
    startUtcMs,
    ringUtcMs: null,
    answerUtcMs: startUtcMs + 187_000,
    endUtcMs: startUtcMs + 3_723_000,
    cause: { code: 'normal-clearing' },
    codec: 'PCMU',
    quality: { mos: 4.41, lost: 3, jitterMs: 0.25 },
  };
  const joins = [
    { legId: 'leg_1', withLegId: 'leg_2', fromUtcMs: startUtcMs + 187_000, toUtcMs: startUtcMs + 3_723_000 },
  ];
  const text = describeCall({ ...busy, legs: [leg], joins });
  assert.match(text, /^cause {4}busy \(486\): Busy Here$/m);
  assert.match(text, /^leg_1 +caller +101 +0\.0 s +- +3:07 +1:02:03 +normal-clearing +PCMU +4\.4 +3 +0\.3 ms$/m);
  assert.match(text, /^leg_1 and leg_2 were joined from 3:07 to 1:02:03$/m);
});

test('a call that is up is shown with its legs; none is said to be none', () => {
  const legs = [{ legId: 'leg_1', party: '101', phase: 'up', codec: 'PCMA', quality: null }];
  const call = {
    callId: 'call_2',
    from: '101',
    to: '102',
    phase: 'up',
    media: 'direct',
    createdUtcMs: startUtcMs,
    legs,
  };
  assert.match(liveTable([call], startUtcMs + 61_000), /^call_2 +101 +102 +up +1:01 +1 +PCMA$/m);
  assert.match(describeCall({ isUp: true, ...call }), /^leg_1 +101 +up +PCMA +- +- +-$/m);
  assert.match(describeCall({ isUp: true, ...call }), /^media +direct \(no quality figures\)$/m);
  assert.equal(liveTable([], 0), '(none)');
});
