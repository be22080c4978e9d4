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
