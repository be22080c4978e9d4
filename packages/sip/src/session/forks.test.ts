/** One INVITE, several answers (RFC 3261 §12.1.2, §13.2.2.4; RFC 6228): early dialogs, the first 2xx, what becomes of the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, type ServerTransaction, type SipRequest } from '@ringdown/sip';
import { type FarScene, phoneAndFar, respondAs } from '@ringdown/testkit';
import { dialogOfCallee, inDialogRequest } from '../dialog/dialog.ts';

interface ForkScene extends FarScene {
  readonly invite: ServerTransaction;
  /** A response of one fork, and time for it to arrive. */
  answer(status: number, fork: string, body?: string): void;
  /** A request of a fork in its dialog; the status of its final. */
  ask(
    fork: string,
    method: string,
    parts?: { readonly seq?: number; readonly body?: string; readonly contact?: string },
  ): number;
  readonly byes: () => SipRequest[];
  readonly acksOf: (fork: string) => SipRequest[];
}

function forked(): ForkScene {
  const scene = phoneAndFar();
  const { a, far, clock } = scene;
  a.call(far.address);
  clock.advance(50);
  const invite = far.requests[0];
  assert.ok(invite);
  return {
    ...scene,
    invite,
    answer(status, fork, body) {
      respondAs(invite, status, fork, body === undefined ? {} : { body });
      clock.advance(50);
    },
    ask(fork, method, parts = {}) {
      const dialog = dialogOfCallee(invite.request, fork);
      dialog.localSeq = parts.seq ?? 0;
      const type = parts.body === undefined ? [] : [['Content-Type', 'application/sdp'] as const];
      const request = inDialogRequest(dialog, {
        method,
        headers: [['Contact', parts.contact ?? `<sip:${fork}@192.0.2.9>`], ...type],
        ...(parts.body === undefined ? {} : { body: new TextEncoder().encode(parts.body) }),
      });
      const record = far.send(request, a.target);
      clock.advance(100);
      return record.statuses.at(-1) ?? 0;
    },
    byes: () => far.requests.map(({ request }) => request).filter(({ method }) => method === 'BYE'),
    acksOf: (fork) => far.acks.filter(({ to }) => to.tag === fork),
  };
}

test('RFC 3261 §12.1.2: each fork that rings is an early dialog and is told with its tag', () => {
  const { a, answer } = forked();
  const forks: string[] = [];
  a.onProvisional = (_session, response) => void forks.push(`${response.status} ${response.to.tag}`);
  answer(180, 'one');
  answer(183, 'two');
  answer(180, 'one');
  assert.deepEqual(forks, ['180 one', '183 two', '180 one']);
  assert.equal(a.agent.sessionCount, 1);
});

test('RFC 3261 §13.2.2.4: the first 2xx wins; that of another fork is acknowledged and ended in its own dialog', () => {
  const { a, answer, byes, acksOf, clock } = forked();
  answer(180, 'one');
  answer(180, 'two');
  answer(200, 'two', 'answer');
  answer(200, 'one', 'answer');
  assert.equal(a.session?.phase, 'confirmed');
  assert.deepEqual(a.seen, ['180', '180', 'accepted']);
  assert.deepEqual([acksOf('two').length, acksOf('one').length], [1, 1]);
  assert.deepEqual(
    byes().map(({ uri, to }) => `${uri} ${to.tag}`),
    ['sip:one@192.0.2.9 one'],
  );
  clock.advance(60_000);
  assert.equal(a.ends, 0, 'the call that won goes on');
});

test('a 2xx comes again: the winner gets its ACK again, the other fork its ACK too', () => {
  const { answer, acksOf, a } = forked();
  answer(200, 'one', 'answer');
  answer(200, 'two', 'answer');
  answer(200, 'one', 'answer');
  answer(200, 'two', 'answer');
  assert.deepEqual([acksOf('one').length, acksOf('two').length], [2, 2]);
  assert.deepEqual(a.seen, ['accepted']);
});

test('a provisional after the 2xx is ignored', () => {
  const { a, far, network, clock, invite } = forked();
  // The two cross: the 2xx of one fork overtakes the 180 of another.
  network.oneWay(far.host, a.host, { delayMs: 100 });
  respondAs(invite, 180, 'late');
  network.oneWay(far.host, a.host, { delayMs: 1 });
  respondAs(invite, 200, 'one', { body: 'answer' });
  clock.advance(500);
  assert.deepEqual(a.seen, ['accepted']);
  assert.equal(a.agent.sessionCount, 1);
});

test('a 2xx after the call is over is acknowledged and ended', () => {
  const { a, answer, byes, acksOf, clock } = forked();
  answer(200, 'one', 'answer');
  a.session?.end();
  clock.advance(1000);
  assert.equal(a.end?.why, 'hung-up');
  answer(200, 'two', 'answer');
  assert.equal(acksOf('two').length, 1);
  assert.deepEqual(
    byes().map(({ to }) => to.tag),
    ['one', 'two'],
  );
});

test('RFC 6228 §5: 199 ends one early dialog, the others ring on', () => {
  const { a, answer, ask } = forked();
  answer(180, 'one');
  answer(180, 'two');
  answer(199, 'one');
  assert.equal(ask('one', 'UPDATE'), 481);
  assert.equal(ask('two', 'UPDATE'), 200);
  answer(200, 'two', 'answer');
  assert.equal(a.session?.phase, 'confirmed');
});

test('a request in an early dialog: a bare UPDATE moves the target, one with an offer meets ours, OPTIONS is answered', () => {
  const { a, answer, ask, acksOf } = forked();
  answer(180, 'one');
  assert.equal(ask('one', 'UPDATE', { seq: 10, body: 'another offer' }), 491);
  assert.equal(ask('one', 'UPDATE', { seq: 11, contact: '<sip:moved@192.0.2.9>' }), 200);
  assert.equal(ask('one', 'OPTIONS', { seq: 12 }), 200);
  assert.equal(ask('one', 'OPTIONS', { seq: 5 }), 500);
  answer(200, 'one', 'answer');
  assert.deepEqual(
    acksOf('one').map(({ uri }) => uri),
    ['sip:one@192.0.2.9'],
    'the 2xx says where to from now on',
  );
  assert.equal(a.session?.phase, 'confirmed');
});

test('BYE in an early dialog takes the INVITE back', () => {
  const { a, answer, ask, far, clock } = forked();
  answer(180, 'one');
  assert.equal(ask('one', 'BYE'), 200);
  clock.advance(500);
  assert.equal(far.cancels.length, 1);
  assert.equal(a.end?.why, 'cancelled');
});

test('BYE of a fork while our CANCEL is under way: answered, and the call ends once, as cancelled', () => {
  const { a, answer, ask, far, invite, clock } = forked();
  far.answerCancel = () => {};
  answer(180, 'one');
  a.session?.end();
  assert.equal(ask('one', 'BYE'), 200);
  assert.equal(a.ends, 0);
  respondAs(invite, 487, 'one');
  clock.advance(100);
  assert.deepEqual([a.end?.why, a.ends], ['cancelled', 1]);
});

test('RFC 3261 §9.1: CANCEL crosses the 2xx of every fork: each is acknowledged and ended', () => {
  const { a, answer, byes, acksOf, far, clock } = forked();
  far.answerCancel = () => {};
  answer(180, 'one');
  a.session?.end();
  answer(200, 'one', 'answer');
  answer(200, 'two', 'answer');
  clock.advance(1000);
  assert.deepEqual([acksOf('one').length, acksOf('two').length], [1, 1]);
  assert.deepEqual(
    byes().map(({ to }) => to.tag),
    ['one', 'two'],
  );
  assert.equal(a.end?.why, 'cancelled');
  assert.equal(a.agent.sessionCount, 0);
});

test('an answer without a To-tag (RFC 2543) makes the dialog at the 2xx (RFC 3261 §12.1.2)', () => {
  const { a, far, invite, clock } = forked();
  const text = 'answer';
  invite.respond(responseWithoutTag(invite, text));
  clock.advance(50);
  assert.equal(a.session?.phase, 'confirmed');
  a.session?.end();
  clock.advance(100);
  assert.equal(far.requests.at(-1)?.request.to.tag, undefined);
  assert.equal(a.end?.why, 'hung-up');
});

function responseWithoutTag(invite: ServerTransaction, body: string) {
  invite.request.responseTag = undefined;
  return buildResponse(invite.request, 200, {
    headers: [
      ['Contact', '<sip:old@192.0.2.9>'],
      ['Content-Type', 'application/sdp'],
    ],
    body,
  });
}
