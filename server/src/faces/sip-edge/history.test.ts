/** Where a call has been, as a phone and a trunk are told it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Crossing, SentOn } from '#engine/calls';
import type { ToldHistory } from '#services/trunks';
import { tellHistory } from './history.ts';

const dialled = { displayName: '', user: '+4930123', host: 'a.test' };
const to = { displayName: '', user: '100', host: 'a.test' };
const outside = { displayName: '', user: '+49170', host: '' };

function told(
  rows: Crossing['headers'],
  more: { sentOn?: SentOn; trunk?: ToldHistory; isPrivate?: true; goesTo?: typeof to } = {},
): string[] {
  const crossing = { maxForwards: 70, headers: rows, ...(more.isPrivate ? { isHistoryPrivate: true } : {}) };
  const telling = { crossing, sentOn: more.sentOn, to: more.goesTo ?? to, host: 'gw.test', trunk: more.trunk };
  return tellHistory(telling).map((row) => row.join(': '));
}

test('nothing was sent on and nothing came: the rows are the very same', () => {
  const crossing: Crossing = { maxForwards: 70, headers: [['Subject', 'x']] };
  assert.equal(tellHistory({ crossing, sentOn: undefined, to, host: '', trunk: undefined }), crossing.headers);
});

test('RFC 7044 §9: a number that is a user of ours: whom the call came for, and to whom it goes', () => {
  assert.deepEqual(told([['Subject', 'x']], { sentOn: { party: dialled } }), [
    'Subject: x',
    'History-Info: <sip:+4930123@a.test>;index=1',
    'History-Info: <sip:100@a.test>;index=1.1;mp=1',
  ]);
});

test('RFC 4458, RFC 5806: a number that is forwarded outside is told as its trunk is set to read it', () => {
  const sentOn = { party: dialled, cause: 302 };
  const history = [
    'History-Info: <sip:+4930123@a.test>;index=1',
    'History-Info: <sip:+49170@gw.test;cause=302>;index=1.1;mp=1',
  ];
  const diversion = ['Diversion: <sip:+4930123@a.test>;reason=unconditional;counter=1;privacy=off'];
  const rows: [ToldHistory, string[]][] = [
    ['history-info', history],
    ['diversion', diversion],
    ['both', [...history, ...diversion]],
    ['off', []],
  ];
  for (const [trunk, expected] of rows) assert.deepEqual(told([], { sentOn, trunk, goesTo: outside }), expected, trunk);
});

test('RFC 7544: a history that came goes on from its last entry; diversions come before those that came', () => {
  const sentOn = { party: dialled, cause: 302 };
  const came: [string, string][] = [
    ['History-Info', '<sip:+49999@b.test>;index=1'],
    ['History-Info', '<sip:+4930123@a.test;cause=486>;index=1.1;mp=1'],
    ['Diversion', '<sip:+49999@b.test>;reason=user-busy;counter=3'],
  ];
  assert.deepEqual(told(came, { sentOn, trunk: 'both', goesTo: outside }), [
    'History-Info: <sip:+49999@b.test>;index=1',
    'History-Info: <sip:+4930123@a.test;cause=486>;index=1.1;mp=1',
    'History-Info: <sip:+49170@gw.test;cause=302>;index=1.1.1;mp=1.1',
    'Diversion: <sip:+4930123@a.test>;reason=unconditional;counter=1;privacy=off',
    'Diversion: <sip:+49999@b.test>;reason=user-busy;counter=3',
  ]);
});

test('RFC 7544: a trunk that sends Diversion only is read all the same', () => {
  const came: [string, string][] = [['Diversion', '<sip:+49999@b.test>;reason=no-answer']];
  assert.deepEqual(told(came, { sentOn: { party: dialled } }), [
    'History-Info: <sip:+49999@b.test>;index=1',
    'History-Info: <sip:+4930123@a.test;cause=408>;index=1.1;mp=1',
    'History-Info: <sip:100@a.test>;index=1.1.1;mp=1.1',
    'Diversion: <sip:+49999@b.test>;reason=no-answer',
  ]);
});

test('RFC 7044 §10.1: what is to be kept from strangers is not told to a trunk, and is to a phone', () => {
  const one: [string, string][] = [
    ['History-Info', '<sip:boss@a.test?Privacy=history>;index=1'],
    ['History-Info', '<sip:100@a.test;cause=486>;index=1.1;mp=1'],
  ];
  const hidden = 'History-Info: <sip:anonymous@anonymous.invalid>;index=1';
  const shown = 'History-Info: <sip:100@a.test;cause=486>;index=1.1;mp=1';
  assert.deepEqual(told(one, { trunk: 'history-info' }), [hidden, shown]);
  assert.deepEqual(told(one).slice(0, 2), ['History-Info: <sip:boss@a.test?Privacy=history>;index=1', shown]);
  const all = told([['History-Info', '<sip:a@a.test>;index=1']], { trunk: 'both', isPrivate: true });
  assert.deepEqual(all, [hidden]);
  const diverted = told(one, { trunk: 'diversion' });
  assert.deepEqual(diverted, ['Diversion: <sip:anonymous@anonymous.invalid>;reason=user-busy;counter=1;privacy=off']);
});
