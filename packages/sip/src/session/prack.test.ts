/** The caller's PRACK (RFC 3262 §4, §5): per dialog and in order, once for each; early answers and offers of several forks; what becomes of a PRACK that fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type FarScene,
  phoneAndFar,
  respondAs,
  textBody,
  textOf,
  twoPhones,
  type VirtualPhoneOptions,
} from '@ringdown/testkit';
import { dialogOfCallee, inDialogRequest } from '../dialog/dialog.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { SessionBody } from './session-port.ts';

const sdp = ['Content-Type', 'application/sdp'] as const;
const updates = { headers: [['Allow', 'INVITE, ACK, BYE, PRACK, UPDATE']] } as const;
const said = (body: SessionBody | null | undefined): string | null =>
  body === null || body === undefined ? null : String.fromCharCode(...body.bytes);

interface Called extends FarScene {
  readonly invite: ServerTransaction;
  /** PRACKs that came, as "tag RAck body". */
  readonly pracks: () => string[];
  /** A provisional of one fork with 100rel, or without where `rseq` is null; and time to arrive. */
  ring(fork: string, rseq: number | null, parts?: { readonly body?: string; readonly status?: number }): void;
  answer(fork: string, body?: string): void;
  /** A request of a fork; its final. */
  ask(fork: string, method: string, body?: string): SipResponse | undefined;
}

function called(options: VirtualPhoneOptions = {}, call: Parameters<FarScene['a']['call']>[1] = {}): Called {
  const scene = phoneAndFar(options);
  const { a, far, clock } = scene;
  a.call(far.address, call);
  clock.advance(50);
  const invite = far.requests[0] ?? assert.fail();
  const seqs = new Map<string, number>();
  const parts = (body: string | undefined) => (body === undefined ? {} : { body });
  return {
    ...scene,
    invite,
    pracks: () =>
      far.requests.flatMap(({ request }) =>
        request.method === 'PRACK'
          ? [`${request.to.tag} ${request.header('RAck')} ${String.fromCharCode(...request.body)}`.trim()]
          : [],
      ),
    ring(fork, rseq, { body, status = 183 } = {}) {
      const reliable: [string, string][] =
        rseq === null
          ? []
          : [
              ['Require', '100rel'],
              ['RSeq', String(rseq)],
            ];
      const headers: [string, string][] = [['Allow', 'INVITE, UPDATE'], ...reliable];
      respondAs(invite, status, fork, { headers, ...parts(body) });
      clock.advance(50);
    },
    answer(fork, body) {
      respondAs(invite, 200, fork, parts(body));
      clock.advance(50);
    },
    ask(fork, method, body) {
      const dialog = dialogOfCallee(invite.request, fork);
      dialog.localSeq = seqs.get(fork) ?? 0;
      seqs.set(fork, dialog.localSeq + 1);
      const headers = [['Contact', `<sip:${fork}@192.0.2.9>`] as const, ...(body === undefined ? [] : [sdp])];
      const bytes = body === undefined ? {} : { body: new TextEncoder().encode(body) };
      const record = far.send(inDialogRequest(dialog, { method, headers, ...bytes }), a.target);
      clock.advance(50);
      return record.responses.at(-1);
    },
  };
}

const seqOf = ({ invite }: Called): number => invite.request.cseq.seq;

test('RFC 3262 §4: Supported, or with `required` Require, in the INVITE; neither with `off`', () => {
  for (const [reliability, supported, required] of [
    ['supported', ['timer', '100rel', 'replaces'], []],
    ['required', ['timer', '100rel', 'replaces'], ['100rel']],
    ['off', ['timer', 'replaces'], []],
  ] as const) {
    const { invite } = called({}, { reliability });
    assert.deepEqual([invite.request.headers('Supported'), invite.request.headers('Require')], [supported, required]);
  }
});

test('RFC 3262 §4: each is acknowledged once, in its dialog, with RSeq and CSeq of what it is for', () => {
  const call = called();
  call.ring('one', 7, { status: 180 });
  call.ring('one', 7, { status: 180 });
  call.ring('one', 8);
  assert.deepEqual(call.a.seen, ['180', '183']);
  assert.deepEqual(call.pracks(), [`one 7 ${seqOf(call)} INVITE`, `one 8 ${seqOf(call)} INVITE`]);
});

test('RFC 3262 §4: one that is not the next is neither acknowledged nor looked at', () => {
  const call = called();
  call.ring('one', 7);
  call.ring('one', 9);
  call.ring('one', 6);
  assert.deepEqual([call.a.seen, call.pracks().length], [['183'], 1]);
  call.ring('one', 8);
  call.ring('one', 9);
  assert.deepEqual([call.a.seen.length, call.pracks().length], [3, 3]);
});

test('RFC 3262 §4: each fork has its own numbers', () => {
  const call = called();
  call.ring('one', 100);
  call.ring('two', 5);
  call.ring('one', 101);
  call.ring('two', 6);
  assert.deepEqual(
    call.pracks().map((prack) => prack.split(' ', 2).join(' ')),
    ['one 100', 'two 5', 'one 101', 'two 6'],
  );
});

test('without RSeq, or without a To tag, it is a plain provisional', () => {
  const call = called();
  const { invite, clock, a } = call;
  respondAs(invite, 180, 'one', { headers: [['Require', '100rel']] });
  clock.advance(50);
  invite.request.responseTag = undefined;
  invite.respond(
    buildResponse(invite.request, 180, {
      headers: [
        ['Require', '100rel'],
        ['RSeq', '1'],
      ],
    }),
  );
  clock.advance(50);
  assert.deepEqual([a.seen, call.pracks()], [['180', '180'], []]);
});

test('RFC 3262 §5: the answer of a reliable provisional stands; a 2xx that says nothing, or something else, changes nothing', () => {
  for (const late of [undefined, 'something else']) {
    const call = called();
    call.ring('one', 1, { body: 'early answer' });
    call.answer('one', late);
    assert.equal(call.a.session?.phase, 'confirmed');
    assert.deepEqual([said(call.a.session.localBody), said(call.a.session.remoteBody)], ['offer', 'early answer']);
    assert.equal(call.a.session.reinvite(textBody('and on')), true);
  }
});

test('RFC 3261 §13.2.1: what an unreliable provisional said was a preview: the 2xx counts', () => {
  const call = called();
  call.ring('one', null, { body: 'preview' });
  call.answer('one', 'answer');
  assert.equal(said(call.a.session?.remoteBody), 'answer');
});

test('RFC 6337 §3.1: several forks, each with an answer of its own: the one that is answered keeps its own', () => {
  const call = called();
  call.ring('one', 1, { body: 'of one' });
  call.ring('two', 1, { body: 'of two' });
  call.ring('three', null);
  call.answer('two');
  assert.equal(said(call.a.session?.remoteBody), 'of two');
  const third = called();
  third.ring('one', 1, { body: 'of one' });
  third.ring('three', null);
  third.answer('three', 'of three');
  assert.equal(said(third.a.session?.remoteBody), 'of three');
});

test('RFC 3261 §13.2.2.4: the BYE of a fork that lost comes after its PRACKs in number', () => {
  const call = called();
  call.ring('one', 1);
  call.ring('two', 1);
  call.answer('one', 'answer');
  call.answer('two', 'answer');
  const seqs = call.far.requests.filter(({ request }) => request.to.tag === 'two').map(({ request }) => request.cseq);
  assert.deepEqual(
    seqs.map(({ method }) => method),
    ['PRACK', 'BYE'],
  );
  assert.ok((seqs[1]?.seq ?? 0) > (seqs[0]?.seq ?? 0));
});

test('RFC 3262 §5: an offer in the provisional is answered in its PRACK, and not before the user has', () => {
  const call = called({}, { body: null });
  call.a.onRinging = () => undefined;
  call.ring('one', 1, { body: 'offer of far' });
  assert.deepEqual(call.pracks(), []);
  assert.equal(call.a.session?.prack('one', null), false, 'the answer is due');
  assert.equal(call.a.session?.prack('one', textBody('answer of a')), true);
  assert.equal(call.a.session?.prack('one', textBody('answer of a')), false, 'once');
  call.clock.advance(50);
  assert.deepEqual(call.pracks(), [`one 1 ${seqOf(call)} INVITE answer of a`]);
  call.answer('one');
  call.a.session?.ack(null);
  assert.deepEqual(
    [said(call.a.session?.localBody), said(call.a.session?.remoteBody)],
    ['answer of a', 'offer of far'],
  );
});

test('RFC 3262 §5: another offer in the PRACK; its answer is in the 200 of that', () => {
  const call = called();
  call.far.answer = (transaction) =>
    respondAs(transaction, 200, 'one', transaction.method === 'PRACK' ? { body: 'second answer' } : {});
  call.a.onRinging = (session, fork) => void session.prack(fork, textBody('second offer'));
  call.ring('one', 1, { body: 'answer' });
  assert.deepEqual(call.a.seen, ['183', 'reoffer-accepted second answer']);
  call.answer('one');
  assert.deepEqual(
    [said(call.a.session?.localBody), said(call.a.session?.remoteBody)],
    ['second offer', 'second answer'],
  );
});

test('RFC 3262 §5: no offer in the PRACK of what has not answered the first', () => {
  const call = called();
  const taken: (boolean | undefined)[] = [];
  call.a.onRinging = (session, fork) => void taken.push(session.prack(fork, textBody('second offer')));
  call.ring('one', 1, { status: 180 });
  assert.deepEqual([taken, call.pracks()], [[false], [`one 1 ${seqOf(call)} INVITE`]]);
});

test('an offer in a PRACK that is refused, or not answered: the first answer stands', () => {
  for (const status of [488, 200]) {
    const call = called();
    call.far.answer = (transaction) => respondAs(transaction, transaction.method === 'PRACK' ? status : 200, 'one');
    call.a.onRinging = (session, fork) => void session.prack(fork, textBody('second offer'));
    call.ring('one', 1, { body: 'answer' });
    assert.deepEqual(call.a.seen, ['183', `reoffer-refused ${status}`]);
    call.answer('one');
    assert.deepEqual([said(call.a.session?.localBody), said(call.a.session?.remoteBody)], ['offer', 'answer']);
  }
});

test('a PRACK that is challenged goes out again with credentials', () => {
  const call = called({}, { authenticate: () => [['Authorization', 'Digest username="a"']] });
  call.far.answer = (transaction) => {
    const isKnown = transaction.request.header('Authorization') !== undefined;
    respondAs(
      transaction,
      isKnown ? 200 : 401,
      'one',
      isKnown ? {} : { headers: [['WWW-Authenticate', 'Digest realm="x"']] },
    );
  };
  call.ring('one', 1);
  assert.equal(call.pracks().length, 2);
});

test('a PRACK that nobody answers ends nothing by itself', () => {
  const call = called();
  call.far.answer = () => undefined;
  call.ring('one', 1, { body: 'answer' });
  call.clock.advance(40_000);
  assert.equal(call.a.ends, 0);
  call.answer('one');
  assert.equal(call.a.session?.phase, 'confirmed');
});

test('RFC 3262 §4: after our CANCEL it is still acknowledged, so that the callee need not wait; nobody is told', () => {
  const call = called();
  call.ring('one', 1);
  call.far.answerCancel = () => undefined;
  call.a.session?.end();
  call.ring('one', 2);
  assert.deepEqual([call.a.seen, call.pracks().length], [['183'], 2]);
  respondAs(call.invite, 487, 'one');
  call.clock.advance(100);
  assert.equal(call.a.end?.why, 'cancelled');
});

test('RFC 6228 §5: a reliable 199 is acknowledged, and its fork is over', () => {
  const call = called();
  call.ring('one', 1);
  call.ring('one', 2, { status: 199 });
  assert.equal(call.pracks().length, 2);
  assert.equal(call.ask('one', 'UPDATE')?.status, 481);
});

test('RFC 3311 §5.1: once a fork has answered reliably, it and we may change by UPDATE; others are as they were', () => {
  const call = called(updates);
  call.far.answer = (transaction) =>
    respondAs(transaction, 200, 'one', transaction.method === 'UPDATE' ? { body: 'update answer' } : {});
  call.ring('one', 1, { body: 'of one' });
  call.ring('two', 1, { body: 'of two' });
  call.ring('three', null, { body: 'preview' });
  assert.equal(call.a.session?.update(textBody('update'), [], 'three'), false, 'only a preview: our offer is open');
  assert.equal(call.a.session?.update(textBody('update')), false, 'to whom?');
  assert.equal(call.a.session?.update(textBody('update'), [], 'one'), true);
  call.clock.advance(50);
  assert.equal(call.a.seen.at(-1), 'reoffer-accepted update answer');
  assert.equal(call.ask('two', 'UPDATE', 'theirs')?.status, 200);
  assert.equal(call.a.seen.at(-1), 'reoffer UPDATE theirs');
  call.answer('one');
  assert.deepEqual([said(call.a.session?.localBody), said(call.a.session?.remoteBody)], ['update', 'update answer']);
});

test('RFC 3311 §5.2: an UPDATE with an offer while another fork’s waits for its answer is told to come again', () => {
  const call = called(updates);
  call.a.onChange = () => undefined;
  call.ring('one', 1, { body: 'of one' });
  call.ring('two', 1, { body: 'of two' });
  assert.equal(call.ask('one', 'UPDATE', 'first'), undefined);
  const second = call.ask('two', 'UPDATE', 'second');
  assert.equal(second?.status, 500);
  assert.ok(second.header('Retry-After') !== undefined);
  call.answer('two');
  assert.equal(call.a.session?.phase, 'confirmed', 'and the fork that lost has its UPDATE answered');
  const statuses = call.network.trace
    .sent('a')
    .map(textOf)
    .filter((text) => /CSeq: \d+ UPDATE/.test(text))
    .map((text) => text.slice(8, 11));
  assert.deepEqual(statuses, ['500', '487']);
});

test('RFC 3262 §4: a re-INVITE that is answered by a reliable provisional: acknowledged, and the 2xx need not say it again', () => {
  const call = called();
  call.answer('one', 'answer');
  call.a.session?.reinvite(textBody('hold'));
  call.clock.advance(20);
  const again = call.far.requests.at(-1) ?? assert.fail();
  respondAs(again, 183, 'one', {
    headers: [
      ['Require', '100rel'],
      ['RSeq', '9'],
    ],
    body: 'early',
  });
  respondAs(again, 183, 'one', {
    headers: [
      ['Require', '100rel'],
      ['RSeq', '9'],
    ],
    body: 'early',
  });
  call.clock.advance(20);
  assert.deepEqual(call.pracks(), [`one 9 ${again.request.cseq.seq} INVITE`]);
  respondAs(again, 200, 'one');
  call.clock.advance(50);
  assert.deepEqual([said(call.a.session?.localBody), said(call.a.session?.remoteBody)], ['hold', 'early']);
  assert.equal(call.far.acks.length, 2);
});

test('RFC 6141 §3.4: a re-INVITE that is refused after its reliable provisional had answered it: all stands as before', () => {
  const call = called();
  call.answer('one', 'answer');
  call.a.session?.reinvite(textBody('hold'));
  call.clock.advance(20);
  const again = call.far.requests.at(-1) ?? assert.fail();
  respondAs(again, 183, 'one', {
    headers: [
      ['Require', '100rel'],
      ['RSeq', '9'],
    ],
    body: 'early',
  });
  call.clock.advance(20);
  respondAs(again, 488, 'one');
  call.clock.advance(50);
  assert.deepEqual([said(call.a.session?.localBody), said(call.a.session?.remoteBody)], ['offer', 'answer']);
  assert.equal(call.a.session?.reinvite(textBody('again')), true);
});

test('an offerless re-INVITE does not say 100rel: the offer comes in the 2xx', () => {
  const call = called();
  call.answer('one', 'answer');
  call.a.session?.reinvite(null);
  call.clock.advance(20);
  assert.deepEqual(call.far.requests.at(-1)?.request.headers('Supported'), ['timer', 'replaces']);
});

test('two phones that speak it: early answer, held 2xx, UPDATE from both sides before the answer, and the call', () => {
  const { a, b, clock } = twoPhones({ a: updates, b: updates });
  b.onCall = (session) => void session.progress(183, { body: textBody('early') });
  const session = a.call(b);
  let fork = '';
  a.onRinging = (_session, from) => {
    fork = from;
  };
  clock.advance(100);
  assert.equal(session.update(textBody('from a'), [], fork), true);
  clock.advance(100);
  assert.equal(b.session?.update(textBody('from b')), true);
  clock.advance(100);
  b.session.accept(textBody('no place for this'));
  clock.advance(100);
  assert.deepEqual(b.seen, ['pracked', 'reoffer UPDATE from a', 'reoffer-accepted changed', 'acknowledged']);
  assert.deepEqual(a.seen, ['183', 'reoffer-accepted changed', 'reoffer UPDATE from b', 'accepted']);
  for (const [one, local, remote] of [
    [a, 'changed', 'from b'],
    [b, 'from b', 'changed'],
  ] as const)
    assert.deepEqual([said(one.session?.localBody), said(one.session?.remoteBody)], [local, remote]);
});

test('RFC 3262 §3, §4: over a network that loses a third, doubles and reorders, each is told once and in order, and both agree', () => {
  let answered = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const { a, b, clock, network } = twoPhones({
      seed,
      link: { loss: 0.33, duplication: 0.2, reorder: 0.2, reorderMs: 60, delayMs: 20, jitterMs: 30 },
    });
    b.onCall = (session) => {
      session.progress(180);
      session.progress(183, { body: textBody('early') });
      session.progress(182);
      session.accept(textBody('early'));
    };
    a.call(b, seed % 2 === 0 ? { body: null } : {});
    clock.advance(120_000);
    const where = `seed ${seed}\n${network.trace.ladder()}`;
    const rung = a.seen.filter((what) => /^1/.test(what));
    assert.deepEqual(rung, ['180', '183', '182'].slice(0, rung.length), where);
    if (a.session?.phase !== 'confirmed' || b.session?.phase !== 'confirmed') {
      assert.deepEqual([a.session?.phase, b.session?.phase ?? 'ended'], ['ended', 'ended'], where);
      continue;
    }
    answered += 1;
    assert.deepEqual(
      [said(a.session.localBody), said(a.session.remoteBody)],
      [said(b.session.remoteBody), said(b.session.localBody)],
      where,
    );
  }
  assert.ok(answered > 50, String(answered));
});
