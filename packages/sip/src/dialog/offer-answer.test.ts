/** Offer and answer as bookkeeping (RFC 3264 §4, RFC 6337 §2.2 and §2.3, RFC 3311 §5): who may offer when, and what a body is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ackSeen,
  failed,
  maySend,
  newOfferAnswer,
  type OfferAnswerState,
  type OfferingMethod,
  owesAnswerInPrack,
  placeInResponse,
  requestReceived,
  requestSent,
  responseSeen,
} from './offer-answer.ts';

type Step = (state: OfferAnswerState) => unknown;

const send =
  (method: OfferingMethod, hasBody = true): Step =>
  (state) =>
    requestSent(state, method, hasBody);
const receive =
  (method: OfferingMethod, hasBody = true): Step =>
  (state) =>
    requestReceived(state, method, hasBody);
const respond =
  (by: 'local' | 'remote', method: OfferingMethod, status: number, hasBody = true, isReliable = true): Step =>
  (state) =>
    responseSeen(state, { by, method, status, isReliable, hasBody });
const ack =
  (by: 'local' | 'remote', hasBody = false): Step =>
  (state) =>
    ackSeen(state, by, hasBody);

/** What each step said, and what may be sent at the end: INVITE with an offer, UPDATE with one, UPDATE without. */
const rows: readonly {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly says: readonly unknown[];
  readonly maySend: string;
}[] = [
  { title: 'nothing yet', steps: [], says: [], maySend: 'INVITE UPDATE bare' },
  { title: 'our INVITE is out', steps: [send('INVITE')], says: [undefined], maySend: 'bare' },
  {
    title: 'a preview in an unreliable provisional settles nothing (RFC 3261 §13.2.1)',
    steps: [send('INVITE'), respond('remote', 'INVITE', 183, true, false)],
    says: [undefined, 'preview'],
    maySend: 'bare',
  },
  {
    title: 'answered in the 2xx: an UPDATE may go out, an INVITE only after the ACK',
    steps: [send('INVITE'), respond('remote', 'INVITE', 200)],
    says: [undefined, 'answer'],
    maySend: 'UPDATE bare',
  },
  {
    title: 'answered in the 2xx and acknowledged',
    steps: [send('INVITE'), respond('remote', 'INVITE', 200), ack('local')],
    says: [undefined, 'answer', 'none'],
    maySend: 'INVITE UPDATE bare',
  },
  {
    title: 'answered in a reliable provisional: an UPDATE may go out before the final (RFC 3311 §5.1)',
    steps: [send('INVITE'), respond('remote', 'INVITE', 183)],
    says: [undefined, 'answer'],
    maySend: 'UPDATE bare',
  },
  {
    title: 'our INVITE asks: the offer comes in the 2xx, our answer in the ACK',
    steps: [send('INVITE', false), respond('remote', 'INVITE', 200), ack('local', true)],
    says: [undefined, 'offer', 'answer'],
    maySend: 'INVITE UPDATE bare',
  },
  {
    title: 'until then nothing else is offered',
    steps: [send('INVITE', false), respond('remote', 'INVITE', 200)],
    says: [undefined, 'offer'],
    maySend: 'bare',
  },
  {
    title: 'theirs asks: we owe the offer and offer nothing else',
    steps: [receive('INVITE', false)],
    says: ['asks'],
    maySend: 'bare',
  },
  {
    title: 'theirs asks and the ACK brings no answer: void',
    steps: [receive('INVITE', false), respond('local', 'INVITE', 200), ack('remote')],
    says: ['asks', 'offer', 'missing'],
    maySend: 'INVITE UPDATE bare',
  },
  {
    title: 'INVITE meets INVITE: 491',
    steps: [send('INVITE'), receive('INVITE')],
    says: [undefined, 'glare'],
    maySend: 'bare',
  },
  {
    title: 'a second INVITE of theirs before our final: 500',
    steps: [receive('INVITE'), receive('INVITE')],
    says: ['offer', 'overlap'],
    maySend: 'bare',
  },
  {
    title: 'UPDATE meets UPDATE: 491 (RFC 3311 §5.2)',
    steps: [send('UPDATE'), receive('UPDATE')],
    says: [undefined, 'glare'],
    maySend: 'bare',
  },
  {
    title: 'an UPDATE with an offer before we have answered their INVITE: 500',
    steps: [receive('INVITE'), receive('UPDATE')],
    says: ['offer', 'overlap'],
    maySend: 'bare',
  },
  {
    title: 'an UPDATE without a body passes everything',
    steps: [send('INVITE'), receive('UPDATE', false)],
    says: [undefined, 'none'],
    maySend: 'bare',
  },
  {
    title: 'an UPDATE answered',
    steps: [receive('UPDATE'), respond('local', 'UPDATE', 200)],
    says: ['offer', 'answer'],
    maySend: 'INVITE UPDATE bare',
  },
  {
    title: 'a refusal closes what it refuses (RFC 6141)',
    steps: [send('INVITE'), respond('remote', 'INVITE', 488, false)],
    says: [undefined, 'none'],
    maySend: 'INVITE UPDATE bare',
  },
  {
    title: 'a time-out too',
    steps: [send('UPDATE'), (state) => failed(state, 'UPDATE', 'local')],
    says: [undefined, undefined],
    maySend: 'INVITE UPDATE bare',
  },
  {
    title: 'an INVITE that fails does not close an UPDATE that is open',
    steps: [send('INVITE'), respond('remote', 'INVITE', 183), send('UPDATE'), respond('remote', 'INVITE', 486, false)],
    says: [undefined, 'answer', undefined, 'none'],
    maySend: 'bare',
  },
  {
    title: 'PRACK answers the offer of a reliable provisional (RFC 6337 §2.2)',
    steps: [receive('INVITE', false), respond('local', 'INVITE', 183), receive('PRACK')],
    says: ['asks', 'offer', 'answer'],
    maySend: 'UPDATE bare',
  },
];

for (const { title, steps, says, maySend: expected } of rows) {
  test(title, () => {
    const state = newOfferAnswer();
    assert.deepEqual(
      steps.map((step) => step(state)),
      says,
    );
    const allowed = [
      maySend(state, 'INVITE', true) ? 'INVITE' : '',
      maySend(state, 'UPDATE', true) ? 'UPDATE' : '',
      maySend(state, 'UPDATE', false) ? 'bare' : '',
    ];
    assert.equal(allowed.filter((one) => one !== '').join(' '), expected);
  });
}

/**
 * RFC 6337 §2.2, table 1: the six exchanges, each from both sides: what opens it, what closes it, and that nobody offers anything between. `before`: what must have
 * happened.
 */
type Exchange = readonly [title: string, before: (by: By) => Step[], offer: (by: By) => Step, answer: (by: By) => Step];
type By = 'local' | 'remote';

const other = (by: By): By => (by === 'local' ? 'remote' : 'local');
const request = (by: By, method: OfferingMethod, hasBody = true): Step =>
  by === 'local' ? send(method, hasBody) : receive(method, hasBody);
const settled = (by: By): Step[] => [request(by, 'INVITE'), respond(other(by), 'INVITE', 183)];

const exchanges: readonly Exchange[] = [
  ['INVITE, 2xx', () => [], (by) => request(by, 'INVITE'), (by) => respond(other(by), 'INVITE', 200)],
  [
    '2xx, ACK',
    (by) => [request(other(by), 'INVITE', false)],
    (by) => respond(by, 'INVITE', 200),
    (by) => ack(other(by), true),
  ],
  ['INVITE, reliable 1xx', () => [], (by) => request(by, 'INVITE'), (by) => respond(other(by), 'INVITE', 183)],
  [
    'reliable 1xx, PRACK',
    (by) => [request(other(by), 'INVITE', false)],
    (by) => respond(by, 'INVITE', 183),
    (by) => request(other(by), 'PRACK'),
  ],
  ['PRACK, 2xx', settled, (by) => request(by, 'PRACK'), (by) => respond(other(by), 'PRACK', 200)],
  [
    'UPDATE, 2xx, in an early dialog',
    settled,
    (by) => request(by, 'UPDATE'),
    (by) => respond(other(by), 'UPDATE', 200),
  ],
  [
    'UPDATE, 2xx, of the callee',
    (by) => settled(other(by)),
    (by) => request(by, 'UPDATE'),
    (by) => respond(other(by), 'UPDATE', 200),
  ],
];

for (const [title, before, offer, answer] of exchanges) {
  for (const by of ['local', 'remote'] as const) {
    test(`RFC 6337 §2.2, table 1: ${title}; ${by === 'local' ? 'we' : 'they'} offer`, () => {
      const state = newOfferAnswer();
      for (const step of before(by)) step(state);
      offer(by)(state);
      assert.deepEqual(
        [state.open, maySend(state, 'UPDATE', true), maySend(state, 'INVITE', true)],
        [by, false, false],
      );
      const inTheWay = { ...state };
      const met = requestReceived(inTheWay, 'UPDATE', true);
      assert.equal(met, by === 'local' ? 'glare' : 'overlap', 'RFC 3311 §5.2');
      answer(by)(state);
      assert.deepEqual([state.open, state.isSettled, maySend(state, 'UPDATE', true)], [null, true, true]);
    });
  }
}

/** RFC 6337 §2.3, table 2, and RFC 6141 §3: how each offer is refused, and that the dialog is then as it was before it. */
const refusals: readonly (readonly [title: string, before: Step[], offer: Step, refusal: Step])[] = [
  ['INVITE by its final', [], receive('INVITE'), respond('local', 'INVITE', 488, false)],
  ['ours too', [], send('INVITE'), respond('remote', 'INVITE', 488, false)],
  ['UPDATE by its final', settled('remote'), receive('UPDATE'), respond('local', 'UPDATE', 488, false)],
  [
    'an UPDATE of ours that nobody answers',
    settled('local'),
    send('UPDATE'),
    (state) => failed(state, 'UPDATE', 'local'),
  ],
  ['PRACK: no answer in its 200', settled('local'), send('PRACK'), (state) => failed(state, 'PRACK', 'local')],
  ['an INVITE that is cancelled', [], receive('INVITE', false), (state) => failed(state, 'INVITE', 'remote')],
];

for (const [title, before, offer, refusal] of refusals) {
  test(`RFC 6337 §2.3, table 2: ${title}`, () => {
    const state = newOfferAnswer();
    for (const step of before) step(state);
    const open = { ...state };
    offer(state);
    refusal(state);
    assert.deepEqual(state, open);
    assert.equal(maySend(state, 'UPDATE', true), true);
  });
}

/** RFC 6337 §3.1, RFC 3261 §13.2.1: what a description in the next response to the peer's INVITE is. */
for (const [title, steps, reliably, plainly] of [
  ['to an offer', [receive('INVITE')], 'answer', 'preview'],
  ['to an INVITE without one', [receive('INVITE', false)], 'offer', 'none'],
  ['after a reliable answer', settled('remote'), 'none', 'none'],
  ['while our offer waits for its PRACK', [receive('INVITE', false), respond('local', 'INVITE', 183)], 'none', 'none'],
  ['after a preview', [receive('INVITE'), respond('local', 'INVITE', 183, true, false)], 'answer', 'preview'],
  ['while an UPDATE of theirs is open', [...settled('remote'), receive('UPDATE')], 'none', 'none'],
  ['to nobody', [send('INVITE')], 'none', 'none'],
] as const) {
  test(`RFC 3261 §13.2.1: a description in a response ${title}`, () => {
    const state = newOfferAnswer();
    for (const step of steps) step(state);
    assert.deepEqual([placeInResponse(state, true), placeInResponse(state, false)], [reliably, plainly]);
  });
}

test('RFC 3262 §5: what a PRACK may or must say', () => {
  const rows: readonly (readonly [steps: readonly Step[], bare: boolean, withBody: boolean, owes: boolean])[] = [
    [[send('INVITE')], true, false, false],
    [settled('local'), true, true, false],
    [[send('INVITE', false)], true, false, false],
    [[send('INVITE', false), respond('remote', 'INVITE', 183)], false, true, true],
    [[...settled('local'), send('UPDATE')], true, false, false],
    [[...settled('local'), receive('UPDATE')], true, false, false],
  ];
  for (const [at, [steps, bare, withBody, owes]] of rows.entries()) {
    const state = newOfferAnswer();
    for (const step of steps) step(state);
    const may = [maySend(state, 'PRACK', false), maySend(state, 'PRACK', true), owesAnswerInPrack(state)];
    assert.deepEqual(may, [bare, withBody, owes], String(at));
  }
});

test('RFC 6337 §3.2: a PRACK that offers while something else is open is no answer to that', () => {
  for (const [steps, reading] of [
    [[...settled('remote'), send('UPDATE')], 'glare'],
    [[...settled('remote'), receive('UPDATE')], 'overlap'],
    [[receive('INVITE')], 'overlap'],
    [[receive('INVITE', false)], 'overlap'],
  ] as const) {
    const state = newOfferAnswer();
    for (const step of steps) step(state);
    const before = { ...state };
    assert.equal(requestReceived(state, 'PRACK', true), reading);
    assert.deepEqual(state, before);
  }
});
