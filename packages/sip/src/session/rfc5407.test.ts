/** The race conditions of RFC 5407, each as a scenario: what crosses a final that is not acknowledged yet (§3.1), a BYE (§3.2), another change (§3.3); with 100rel and without. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectedPhones, labelOf, type PhoneScene, textBody, textOf, twoPhones } from '@ringdown/testkit';
import { dialogOfCaller, inDialogRequest } from '../dialog/dialog.ts';

const updates = { headers: [['Allow', 'INVITE, ACK, BYE, PRACK, UPDATE']] } as const;

/** What `from` sends takes so long on the way. */
function slow({ network, a, b }: PhoneScene, from: 'a' | 'b', delayMs: number): void {
  const [one, other] = from === 'a' ? [a, b] : [b, a];
  network.oneWay(one.host, other.host, { delayMs });
}

/** `b` has rung, and answers now; its 200 is on its way. */
function answering(bodyOfA: Parameters<PhoneScene['a']['call']>[1] = {}): PhoneScene {
  const scene = twoPhones({ a: updates, b: updates });
  scene.b.onCall = (session) => void session.progress(180);
  scene.a.call(scene.b, bodyOfA);
  scene.clock.advance(100);
  slow(scene, 'b', 200);
  scene.b.session?.accept(textBody('answer'));
  return scene;
}

function over({ a, b, clock }: PhoneScene): void {
  clock.advance(80_000);
  assert.deepEqual([a.ends, b.ends, a.agent.sessionCount, b.agent.sessionCount], [1, 1, 0, 0]);
}

test('RFC 5407 §3.1.1: the INVITE comes again while the 200 waits for its ACK: one call', () => {
  const { a, b, clock, network } = twoPhones();
  network.oneWay(b.host, a.host, { delayMs: 700 });
  a.call(b);
  clock.advance(5000);
  assert.equal(network.trace.timesOf('a', 'INVITE').length, 2);
  assert.deepEqual([b.invites.length, a.session?.phase, b.session?.phase], [1, 'confirmed', 'confirmed']);
});

test('RFC 5407 §3.1.2: CANCEL comes when the 200 is out: it has no effect on it; the caller acknowledges and hangs up', () => {
  const scene = answering();
  const { a, clock, network } = scene;
  a.session?.end();
  clock.advance(2000);
  assert.deepEqual(network.trace.sent('a').map(labelOf).slice(-3), ['CANCEL', 'ACK', 'BYE']);
  assert.equal(a.end?.why, 'cancelled');
  over(scene);
});

test('RFC 5407 §3.1.3: BYE of an early dialog comes when the 200 is out: answered, and both are over', () => {
  const scene = answering();
  const { a, b, clock } = scene;
  // Our callers never send one, though RFC 3261 §15 lets them: this one does.
  const dialog = dialogOfCaller(a.responses[0] ?? assert.fail(), '') ?? assert.fail();
  // Its PRACK had a number.
  dialog.localSeq += 1;
  const finals: number[] = [];
  a.layer.request(inDialogRequest(dialog, { method: 'BYE', headers: [] }), b.target, {
    onResponse: ({ status }) => void finals.push(status),
    onTimeout: () => undefined,
    onTransportFailure: () => undefined,
  });
  clock.advance(300);
  assert.deepEqual(finals, [200]);
  clock.advance(100);
  assert.deepEqual([b.end?.why, b.end?.by], ['hung-up', 'remote']);
});

test('RFC 5407 §3.1.5: a re-INVITE overtakes the ACK that owes the answer: 491, and it comes through behind it', () => {
  const scene = twoPhones();
  const { a, b, clock, network } = scene;
  let lost = 0;
  network.filter = (from, _to, bytes) => {
    const isAck = from === 'a' && String.fromCharCode(...bytes.subarray(0, 3)) === 'ACK';
    lost += isAck ? 1 : 0;
    return !isAck || lost > 1;
  };
  a.call(b, { body: null });
  clock.advance(100);
  assert.equal(a.session?.reinvite(textBody('moved')), true);
  clock.advance(10_000);
  assert.ok(network.trace.sent('b').some((entry) => labelOf(entry) === '491'));
  assert.deepEqual(b.seen, ['acknowledged late answer', 'reoffer INVITE moved']);
  assert.equal(a.seen.at(-1), 'reoffer-accepted changed');
});

test('RFC 5407 §3.1.6: BYE overtakes the ACK: both are over, the 200 is not repeated', () => {
  const scene = twoPhones();
  const { a, b, clock, network } = scene;
  network.filter = (from, _to, bytes) => !(from === 'a' && String.fromCharCode(...bytes.subarray(0, 3)) === 'ACK');
  a.call(b);
  clock.advance(100);
  a.session?.end();
  clock.advance(100);
  assert.deepEqual([a.end?.why, b.end?.why], ['hung-up', 'hung-up']);
  over(scene);
  assert.equal(
    network.trace.sent('b').filter((entry) => /^SIP.*200/.test(textOf(entry))).length,
    2,
    'of INVITE and of BYE',
  );
});

test('RFC 5407 §3.2.3: the 200 of our re-INVITE meets our BYE: it is acknowledged', () => {
  const scene = connectedPhones();
  const { a, clock, network } = scene;
  slow(scene, 'b', 100);
  a.session?.reinvite(textBody('hold'));
  clock.advance(10);
  a.session?.end();
  const acks = network.trace.timesOf('a', 'ACK').length;
  clock.advance(1000);
  assert.equal(network.trace.timesOf('a', 'ACK').length, acks + 1);
  over(scene);
});

test('RFC 5407 §3.2.4: the ACK comes when the callee has hung up: it is ignored', () => {
  const scene = answering();
  const { a, b, clock } = scene;
  slow(scene, 'a', 300);
  clock.advance(250);
  assert.equal(a.session?.phase, 'confirmed');
  b.session?.end();
  clock.advance(2000);
  assert.deepEqual([a.end?.why, b.end?.why], ['hung-up', 'hung-up']);
  over(scene);
});

test('RFC 5407 §3.3.2: UPDATE and re-INVITE cross: the one that offers is 491, both come through', () => {
  const { a, b, clock, network } = connectedPhones({ a: updates, b: updates });
  a.session?.reinvite(textBody('from a'));
  b.session?.update(textBody('from b'));
  clock.advance(10_000);
  assert.ok(
    network.trace
      .sent('a')
      .concat(network.trace.sent('b'))
      .some((entry) => labelOf(entry) === '491'),
  );
  assert.ok(b.seen.includes('reoffer INVITE from a') && a.seen.includes('reoffer UPDATE from b'));
});

test('RFC 5407 §3.3.3: REFER meets our BYE: 481', () => {
  const scene = connectedPhones();
  const { a, b, clock } = scene;
  const finals: (number | undefined)[] = [];
  b.session?.request('REFER', {
    headers: [['Refer-To', '<sip:x@192.0.2.9>']],
    onFinal: (response) => void finals.push(response?.status),
  });
  a.session?.end();
  clock.advance(1000);
  assert.deepEqual(finals, [481]);
  over(scene);
});

test('RFC 5407 appendix A: an early BYE of the callee’s side is a CANCEL of ours; with a reliable provisional that waits too', () => {
  const { a, b, clock } = twoPhones();
  b.onCall = (session) => void session.progress(183, { body: textBody('early') });
  a.call(b);
  clock.advance(100);
  a.session?.end();
  clock.advance(1000);
  assert.deepEqual([a.end?.why, b.end?.why, a.ends, b.ends], ['cancelled', 'cancelled', 1, 1]);
});

test('RFC 3262 §4: CANCEL and a reliable provisional cross: it is acknowledged, and the INVITE ends 487', () => {
  const scene = twoPhones();
  const { a, b, clock, network } = scene;
  b.onCall = (session) => void session.progress(180);
  a.call(b);
  clock.advance(100);
  slow(scene, 'b', 300);
  b.session?.progress(183, { body: textBody('early') });
  clock.advance(250);
  a.session?.end();
  clock.advance(2000);
  assert.equal(network.trace.timesOf('a', 'PRACK').length, 2);
  assert.deepEqual([a.end?.why, a.seen], ['cancelled', ['180']]);
  over(scene);
});

test('RFC 3262 §3: PRACK and the 200 cross: both count', () => {
  const scene = twoPhones();
  const { a, b, clock } = scene;
  b.onCall = (session) => void session.progress(180);
  slow(scene, 'a', 200);
  a.call(b);
  clock.advance(210);
  b.session?.accept(textBody('answer'));
  clock.advance(2000);
  assert.deepEqual([a.session?.phase, b.session?.phase], ['confirmed', 'confirmed']);
  assert.ok(b.seen.includes('pracked'));
});

test('RFC 3311 §5.2: UPDATEs cross in an early dialog: both are 491, and come through after their pauses', () => {
  const { a, b, clock, network } = twoPhones({ a: updates, b: updates });
  b.onCall = (session) => void session.progress(183, { body: textBody('early') });
  a.onRinging = (session, fork) => network.later(50, () => session.update(textBody('from a'), [], fork));
  a.call(b);
  clock.advanceUntil(() => b.seen.includes('pracked'), 1000);
  network.oneWay(a.host, b.host, { delayMs: 60 });
  network.oneWay(b.host, a.host, { delayMs: 60 });
  clock.advance(70);
  b.session?.update(textBody('from b'));
  clock.advance(10_000);
  assert.equal(
    network.trace
      .sent('a')
      .concat(network.trace.sent('b'))
      .filter((entry) => labelOf(entry) === '491').length,
    2,
  );
  assert.ok(a.seen.includes('reoffer UPDATE from b') && b.seen.includes('reoffer UPDATE from a'));
});

test('RFC 3311 §5.1: an UPDATE of ours is under way when the 2xx comes: both come through', () => {
  const scene = twoPhones({ a: updates, b: updates });
  const { a, b, clock, network } = scene;
  b.onCall = (session) => void session.progress(183, { body: textBody('early') });
  a.onRinging = (session, fork) => network.later(50, () => session.update(textBody('from a'), [], fork));
  b.onChange = (session) => network.later(500, () => session.acceptReoffer(textBody('changed')));
  a.call(b);
  clock.advance(200);
  b.session?.accept(textBody('no place for it'));
  clock.advance(5000);
  assert.deepEqual([a.session?.phase, b.session?.phase], ['confirmed', 'confirmed']);
  assert.equal(a.seen.at(-1), 'reoffer-accepted changed');
  const said = (body: { readonly bytes: Uint8Array } | null | undefined): string =>
    String.fromCharCode(...(body?.bytes ?? []));
  assert.deepEqual([said(a.session?.localBody), said(a.session?.remoteBody)], ['from a', 'changed']);
  assert.equal(a.session?.reinvite(textBody('and on')), true);
});

test('RFC 3311 §6, RFC 3262: a call with sound before the answer and a change of it, message by message', () => {
  const { a, b, clock, network } = twoPhones({ a: updates, b: updates });
  b.onCall = (session) => void session.progress(183, { body: textBody('answer 1') });
  a.onRinging = (session, fork) => network.later(50, () => session.update(textBody('offer 2'), [], fork));
  b.says.change = 'answer 2';
  a.call(b);
  clock.advance(150);
  b.session?.accept(textBody('answer 1'));
  clock.advance(100);
  a.session?.end();
  clock.advance(100);
  const said = network.trace.entries.map((entry) => {
    const text = textOf(entry);
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    return `${entry.from}>${entry.to} ${labelOf(entry)}${body === '' ? '' : ` ${body}`}`;
  });
  assert.deepEqual(said, [
    'a>b INVITE offer',
    'b>a 183 answer 1',
    'a>b PRACK',
    'b>a 200',
    'a>b UPDATE offer 2',
    'b>a 200 answer 2',
    'b>a 200',
    'a>b ACK',
    'a>b BYE',
    'b>a 200',
  ]);
});
