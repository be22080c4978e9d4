import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest, type SipRequest } from '@ringdown/sip';
import { type HeaderRule, parseHeaderRule } from '#services/directory';
import { compileHeaderRules, type HeaderRules } from './header-rules.ts';

function rules(...lines: string[]): HeaderRules {
  const read = lines.map((line) => parseHeaderRule(line));
  for (const rule of read) assert.ok(typeof rule !== 'string', String(rule));
  return compileHeaderRules(read as HeaderRule[]) ?? assert.fail();
}

const invite = (...headers: (readonly [string, string])[]): SipRequest =>
  buildRequest({
    method: 'INVITE',
    uri: 'sip:b@h',
    headers: [['From', '"A" <sip:004930@h;x=y>;tag=1'], ['To', '<sip:b@h>'], ['User-Agent', 'us'], ...headers],
  });

const rowsOf = (request: SipRequest | undefined): string[] =>
  (request?.rows() ?? [])
    .filter(({ name }) => !/^(?:To|Content-Length)$/.test(name))
    .map(({ name, value }) => `${name}: ${value}`);

const cases: readonly [
  lines: readonly string[],
  headers: readonly (readonly [string, string])[],
  rows: readonly string[],
][] = [
  [['out add X-Carrier: gold'], [], ['X-Carrier: gold']],
  [['out add X-A: 2'], [['X-A', '1']], ['X-A: 1', 'X-A: 2']],
  [
    ['out set X-A: 2'],
    [
      ['X-A', '1'],
      ['x-a', '3'],
    ],
    ['X-A: 2'],
  ],
  [['out remove Subject'], [['s', 'hello']], []],
  [['out rewrite Subject *secret* $1-$2'], [['Subject', 'a secret b']], ['Subject: a - b']],
  [['out rewrite Subject x y'], [['Subject', 'xx']], ['Subject: xx']],
  [['out rewrite Subject a.c z'], [['Subject', 'abc']], ['Subject: abc']],
  [
    ['out rewrite P-Asserted-Identity.user 00* +$1'],
    [['P-Asserted-Identity', '"sip:001@x" <sip:001@x>, <tel:001>']],
    ['P-Asserted-Identity: "sip:001@x" <sip:+1@x>', 'P-Asserted-Identity: <tel:001>'],
  ],
  [
    ['out rewrite Diversion.user 0?? $2$1'],
    [['Diversion', '<sip:012@h>;reason=x']],
    ['Diversion: <sip:21@h>;reason=x'],
  ],
  [['out remove X-A', 'out add X-A: new'], [['X-A', 'old']], ['X-A: new']],
];

for (const [lines, headers, rows] of cases) {
  test(`${lines.join('; ')} on ${headers.map((row) => row.join(': ')).join(' | ')}`, () => {
    const request = invite(...headers);
    assert.deepEqual(rowsOf(rules(...lines).outgoing?.(request)).slice(2), rows);
  });
}

test('the other direction is not touched, and a message without anything to change stays the same', () => {
  const made = rules('in remove Subject');
  assert.equal(made.outgoing, null);
  const request = invite();
  assert.equal(made.incoming?.(request), request);
  assert.equal(rules('out rewrite Subject a b').outgoing?.(request), request);
});

test('the users of From and To are rewritten before a dialog begins, and read rewritten on the way in', () => {
  const out = rules('out rewrite From.user 00* +$1');
  assert.equal(out.outgoing, null);
  assert.equal(out.address?.('From', '"004 <x" <sip:004930@h;x=y>'), '"004 <x" <sip:+4930@h;x=y>');
  assert.equal(out.address?.('To', '<sip:004930@h>'), '<sip:004930@h>');
  assert.equal(out.address?.('From', '<sip:123@h>'), '<sip:123@h>');
  const read = rules('in rewrite From.user 00* +$1').incoming?.(invite());
  assert.equal(read?.from.uriText, 'sip:+4930@h;x=y');
  assert.equal(read?.from.tag, '1');
});

test('what a pattern takes over is escaped anew, and cannot leave its place', () => {
  const { address } = rules('out rewrite From.user *%3B* $2$1');
  assert.equal(address?.('From', '<sip:a%253Bb@h>'), '<sip:ba@h>');
  const plain = rules('out rewrite From.user x* $1');
  assert.equal(plain.address?.('From', '<sip:x%40evil%3E@h>'), '<sip:%40evil%3E@h>');
});
