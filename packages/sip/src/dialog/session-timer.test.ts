/** Session timers as functions (RFC 4028): who refreshes, by table 2 of §9, and what a request and a refresh say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import {
  expireAfterMs,
  grantTimer,
  newSessionTimer,
  proposeTimer,
  raiseMinimum,
  refreshAfterMs,
  refuseShortInterval,
  takeGrant,
} from './session-timer.ts';

type Rows = readonly (readonly [string, string])[];

function request(headers: Rows) {
  const common: Rows = [
    ['Via', 'SIP/2.0/UDP a.test;branch=z9hG4bK1'],
    ['From', '<sip:a@a.test>;tag=1'],
    ['To', '<sip:b@b.test>'],
    ['Call-ID', '1'],
    ['CSeq', '1 INVITE'],
  ];
  return buildRequest({ method: 'INVITE', uri: 'sip:b@b.test', headers: [...common, ...headers] });
}

const knows = ['Supported', 'timer'] as const;
const settings = { intervalSec: 0, minSec: 90 } as const;

/** What the caller says of timers, and whom it names; who refreshes then. */
const table2: readonly [caller: 'knows' | 'does not', named: string, refresher: string, required: boolean][] = [
  ['does not', '', 'uas', false],
  ['does not', ';refresher=uas', 'uas', false],
  ['knows', '', 'uac', true],
  ['knows', ';refresher=uac', 'uac', true],
  ['knows', ';refresher=uas', 'uas', true],
];

for (const [caller, named, refresher, required] of table2) {
  test(`RFC 4028 §9, table 2: the caller ${caller} timers and says "300${named}": ${refresher} refreshes`, () => {
    const state = newSessionTimer();
    const rows = grantTimer(
      state,
      request([...(caller === 'knows' ? [knows] : []), ['Session-Expires', `300${named}`]]),
      settings,
    );
    assert.deepEqual(rows, [
      ...(required ? [['Require', 'timer']] : []),
      ['Session-Expires', `300;refresher=${refresher}`],
    ]);
    assert.deepEqual([state.intervalSec, state.refresher], [300, refresher === 'uas' ? 'local' : 'remote']);
  });
}

test('RFC 4028 §7.4, §7.3: each refresh says the interval, who refreshes, and the largest Min-SE that was seen', () => {
  const state = newSessionTimer();
  assert.deepEqual(proposeTimer(state, 120), [['Session-Expires', '120']]);
  const tooShort = buildResponse(request([]), 422, { headers: [['Min-SE', '300']] });
  assert.equal(raiseMinimum(state, tooShort), true);
  assert.deepEqual(proposeTimer(state, 120), [
    ['Session-Expires', '300'],
    ['Min-SE', '300'],
  ]);
  takeGrant(state, buildResponse(request([]), 200, { headers: [['Session-Expires', '400;refresher=uac']] }), settings);
  assert.deepEqual(proposeTimer(state, 120), [
    ['Session-Expires', '400;refresher=uac'],
    ['Min-SE', '300'],
  ]);
});

test('RFC 4028 §5, §9: below our minimum is 422 for one who knows timers; a Min-SE that is no number, or below 90, is none', () => {
  const asked = (seconds: number, ...more: Rows) => request([['Session-Expires', String(seconds)], ...more]);
  assert.deepEqual(refuseShortInterval(asked(89, knows), settings), [['Min-SE', '90']]);
  assert.equal(refuseShortInterval(asked(90, knows), settings), null);
  assert.equal(refuseShortInterval(asked(60), settings), null, 'it could not read a 422');
  assert.equal(refuseShortInterval(request([knows]), settings), null);
  for (const minSe of ['soon', '10']) {
    const state = newSessionTimer();
    grantTimer(state, asked(200, knows, ['Min-SE', minSe]), settings);
    assert.equal(state.minSec, 90, minSe);
  }
});

test('RFC 4028 §10: refreshed at half the interval; given up a third of it, 32 s at most, before its end', () => {
  for (const [intervalSec, refreshSec, expireSec] of [
    [90, 45, 60],
    [96, 48, 64],
    [1800, 900, 1768],
  ] as const) {
    const state = { ...newSessionTimer(), intervalSec };
    assert.deepEqual([refreshAfterMs(state), expireAfterMs(state)], [refreshSec * 1000, expireSec * 1000]);
  }
});
