import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdSource, createSeededRandom } from '#base/ids';
import { type ApplyOutcome, applyRegister, type RegisterPolicy } from './apply-register.ts';
import type { Binding, BindingFlow, RegisterContact, RegisterRequest } from './binding.ts';

const tenant = createIdSource({ nowUtcMs: () => 1 }, createSeededRandom(1)).next('tenant');
const policy: RegisterPolicy = {
  minExpiresSec: 60,
  maxExpiresSec: 3600,
  defaultExpiresSec: 1800,
  natUdpExpiresSec: 120,
  maxContacts: 3,
};
const udp: BindingFlow = {
  id: 1,
  kind: 'udp',
  remoteAddress: '198.51.100.7',
  remotePort: 4000,
  localAddress: '192.0.2.1',
  localPort: 5060,
};
const at = (sec: number) => ({ nowMs: sec * 1_000, nowUtcMs: 1_700_000_000_000 + sec * 1_000 });
const request = (contacts: RegisterRequest['contacts'], more: Partial<RegisterRequest> = {}): RegisterRequest => ({
  tenant,
  aor: '100@a.test',
  contacts,
  callId: 'c1',
  cseq: 1,
  ...more,
});
const contact = (uri: string, more: Partial<RegisterContact> = {}): RegisterContact => ({ uri, ...more });

/** Applies requests one after the other, one second apart; the last outcome. */
function run(...requests: readonly RegisterRequest[]): ApplyOutcome {
  let bindings: readonly Binding[] = [];
  let outcome: ApplyOutcome = { kind: 'ok', bindings, changes: [] };
  requests.forEach((one, i) => {
    outcome = applyRegister(bindings, one, policy, at(i));
    if (outcome.kind === 'ok') bindings = outcome.bindings;
  });
  return outcome;
}
const summary = (outcome: ApplyOutcome): unknown =>
  outcome.kind === 'ok' ? outcome.bindings.map((binding) => [binding.contact, binding.grantedSec]) : outcome;
const changesOf = (outcome: ApplyOutcome) =>
  outcome.kind === 'ok' ? outcome.changes.map(({ what, binding }) => [what, binding.contact]) : outcome.kind;

const a = 'sip:100@192.0.2.5';
const b = 'sip:100@192.0.2.6';

const rows: readonly [title: string, requests: readonly RegisterRequest[], expected: unknown][] = [
  ['§10.2.3 no contact only asks', [request([contact(a)]), request([], { cseq: 2 })], [[a, 1800]]],
  ['§10.2.1.1 the default when the phone says nothing', [request([contact(a)])], [[a, 1800]]],
  ['§10.2.1.1 the Expires header', [request([contact(a)], { expiresSec: 600 })], [[a, 600]]],
  [
    '§10.2.1.1 the parameter wins over the header',
    [request([contact(a, { expiresSec: 300 })], { expiresSec: 600 })],
    [[a, 300]],
  ],
  ['§10.3 step 7 more than we like is shortened', [request([contact(a)], { expiresSec: 90_000 })], [[a, 3600]]],
  [
    '§10.3 step 7 too brief is refused',
    [request([contact(a)], { expiresSec: 59 })],
    { kind: 'too-brief', minExpiresSec: 60 },
  ],
  [
    'one too brief refuses all',
    [request([contact(a), contact(b, { expiresSec: 5 })])],
    { kind: 'too-brief', minExpiresSec: 60 },
  ],
  ['§10.2.2 expires 0 removes', [request([contact(a)]), request([contact(a, { expiresSec: 0 })], { cseq: 2 })], []],
  ['removing what is not there is no failure', [request([contact(a, { expiresSec: 0 })])], []],
  [
    '§10.2.2 * with Expires 0 removes all',
    [request([contact(a), contact(b)]), request('all', { cseq: 2, expiresSec: 0 })],
    [],
  ],
  ['* without Expires 0', [request('all')], { kind: 'bad-request', why: 'wildcard-without-expires-0' }],
  [
    '* with Expires 60',
    [request('all', { expiresSec: 60 })],
    { kind: 'bad-request', why: 'wildcard-without-expires-0' },
  ],
  [
    '* beside a contact',
    [request([contact('*'), contact(a)], { expiresSec: 0 })],
    { kind: 'bad-request', why: 'wildcard-beside-contacts' },
  ],
  [
    '* with an old CSeq of the same Call-ID removes none',
    [request([contact(a)], { cseq: 5 }), request('all', { cseq: 5, expiresSec: 0 })],
    { kind: 'out-of-order' },
  ],
  [
    '§10.3 step 7 same Call-ID, higher CSeq refreshes',
    [request([contact(a)]), request([contact(a)], { cseq: 2, expiresSec: 600 })],
    [[a, 600]],
  ],
  ['same Call-ID, same CSeq is out of order', [request([contact(a)]), request([contact(a)])], { kind: 'out-of-order' }],
  [
    'another Call-ID (the phone restarted) refreshes whatever its CSeq',
    [request([contact(a)], { cseq: 9 }), request([contact(a)], { callId: 'c2', expiresSec: 600 })],
    [[a, 600]],
  ],
  [
    'a different key spelling of the same URI is the same contact',
    [request([contact('sip:100@A', { key: 'k' })]), request([contact('sip:100@a', { key: 'k' })], { cseq: 2 })],
    [['sip:100@a', 1800]],
  ],
  [
    'the same contact twice in one request',
    [request([contact(a), contact(a)])],
    { kind: 'bad-request', why: 'contact-twice' },
  ],
  [
    'more contacts than the limit',
    [request(['1', '2', '3', '4'].map((n) => contact(`sip:${n}`)))],
    { kind: 'bad-request', why: 'too-many-contacts' },
  ],
  [
    'RFC 5626 §6 same instance and reg-id replaces though the URI differs',
    [
      request([contact(a, { instance: 'i', regId: 1 })]),
      request([contact(b, { instance: 'i', regId: 1 })], { callId: 'c2' }),
    ],
    [[b, 1800]],
  ],
  [
    'RFC 5626 §6 another reg-id of the instance stays beside it',
    [
      request([contact(a, { instance: 'i', regId: 1 })]),
      request([contact(b, { instance: 'i', regId: 2 })], { callId: 'c2' }),
    ],
    [
      [b, 1800],
      [a, 1800],
    ],
  ],
  [
    'RFC 5626 §6 reg-id without an instance is not counted',
    [request([contact(a, { regId: 1 })]), request([contact(b, { regId: 1 })], { callId: 'c2' })],
    [
      [b, 1800],
      [a, 1800],
    ],
  ],
  [
    'RFC 5626 §6 two reg-ids in one request',
    [request([contact(a, { instance: 'i', regId: 1 }), contact(b, { instance: 'i', regId: 2 })])],
    { kind: 'bad-request', why: 'several-reg-ids' },
  ],
  [
    '§20.10 higher q first, then the latest',
    [
      request([contact(a, { q: 0.2 })]),
      request([contact(b, { q: 0.9 })], { callId: 'c2' }),
      request([contact('sip:c', { q: 0.2 })], { callId: 'c3' }),
    ],
    [
      [b, 1800],
      ['sip:c', 1800],
      [a, 1800],
    ],
  ],
  ['behind NAT over UDP no more than the NAT bound', [request([contact(a)], { nat: true, flow: udp })], [[a, 120]]],
  ['behind NAT over TCP the usual', [request([contact(a)], { nat: true, flow: { ...udp, kind: 'tcp' } })], [[a, 1800]]],
];
for (const [title, requests, expected] of rows) {
  test(`RFC 3261 ${title}`, () => assert.deepEqual(summary(run(...requests)), expected));
}

test('two phones behind two NATs with the same private Contact are two bindings; one NAT that changes its port is one', () => {
  const from = (remoteAddress: string, remotePort: number, callId: string) =>
    request([contact(a)], { callId, nat: true, flow: { ...udp, remoteAddress, remotePort } });
  const outcome = run(from('198.51.100.7', 1, 'c1'), from('203.0.113.9', 2, 'c2'), from('203.0.113.9', 3, 'c3'));
  assert.ok(outcome.kind === 'ok');
  const flows = outcome.bindings.map(({ flow }) => `${flow?.remoteAddress}:${flow?.remotePort}`);
  assert.deepEqual(flows, ['203.0.113.9:3', '198.51.100.7:1']);
});

test('one more than the limit displaces the one not heard of for longest', () => {
  const one = (n: number) => request([contact(`sip:${n}`)], { callId: `c${n}` });
  const outcome = run(one(1), one(2), one(3), one(4));
  assert.deepEqual(summary(outcome), [
    ['sip:4', 1800],
    ['sip:3', 1800],
    ['sip:2', 1800],
  ]);
  assert.deepEqual(changesOf(outcome), [
    ['registered', 'sip:4'],
    ['displaced', 'sip:1'],
  ]);
});

test('an expired binding is no obstacle: its CSeq no longer counts', () => {
  const first = applyRegister([], request([contact(a)], { cseq: 9 }), policy, at(0));
  assert.ok(first.kind === 'ok');
  const second = applyRegister(first.bindings, request([contact(a)], { cseq: 1 }), policy, at(1_800));
  assert.deepEqual(changesOf(second), [['registered', a]]);
});

test('a refused request leaves the standing bindings as they are', () => {
  const first = applyRegister([], request([contact(a)], { cseq: 3 }), policy, at(0));
  assert.ok(first.kind === 'ok');
  const before = structuredClone(first.bindings);
  assert.equal(
    applyRegister(first.bindings, request([contact(b), contact(a)], { cseq: 3 }), policy, at(1)).kind,
    'out-of-order',
  );
  assert.deepEqual(first.bindings, before);
});

test('RFC 3327: Path, flow, User-Agent and device stay with the binding', () => {
  const outcome = run(
    request([contact(a)], { path: ['<sip:p1;lr>', '<sip:p2;lr>'], flow: udp, userAgent: 'Phone 1', device: 'dev_1' }),
  );
  assert.ok(outcome.kind === 'ok');
  const { path, flow, userAgent, device } = outcome.bindings[0]!;
  assert.deepEqual(
    { path, flow, userAgent, device },
    { path: ['<sip:p1;lr>', '<sip:p2;lr>'], flow: udp, userAgent: 'Phone 1', device: 'dev_1' },
  );
});
