/** What crosses on the way: CANCEL and 200, ACK and BYE, lost and late messages (RFC 3261 §9.1, §13.3.1.4, §15; RFC 5407; RFC 6026). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest } from '@ringdown/sip';
import { connectedPhones, labelOf, phoneAndFar, respondAs, textBody, textOf, twoPhones } from '@ringdown/testkit';
import type { SessionCore } from './session-core.ts';

/** Loses the first `count` messages with this label from one host. */
function lose(network: ReturnType<typeof twoPhones>['network'], from: string, label: string, count: number): void {
  let lost = 0;
  network.filter = (sender, _to, bytes) => {
    const isMeant = sender === from && labelOfBytes(bytes) === label && lost < count;
    if (isMeant) lost += 1;
    return !isMeant;
  };
}

function labelOfBytes(bytes: Uint8Array): string {
  const [first = '', second = ''] = new TextDecoder('latin1').decode(bytes.subarray(0, 40)).split(' ');
  return first.startsWith('SIP/') ? second : first;
}

test('RFC 3261 §9.1: CANCEL crosses the 200: ACK, then BYE, one end on either side', () => {
  const { a, b, clock, network } = twoPhones({ link: { delayMs: 50 } });
  b.onCall = (session) => void session.progress(180);
  a.call(b);
  clock.advance(500);
  network.trace.clear();
  b.session?.accept(textBody('answer'));
  a.session?.end();
  clock.advance(5000);
  assert.deepEqual(network.trace.flow().sort(), ['a>b ACK', 'a>b BYE', 'a>b CANCEL', 'b>a 200', 'b>a 200', 'b>a 200']);
  assert.deepEqual([a.end?.why, a.end?.by, a.ends], ['cancelled', 'local', 1]);
  assert.deepEqual([b.end?.why, b.end?.by, b.ends], ['hung-up', 'remote', 1]);
});

test('RFC 3261 §9.1: CANCEL waits for the first provisional', () => {
  const { a, b, clock, network } = twoPhones();
  b.onCall = (session) => void session.progress(180);
  lose(network, 'b', '100', 1);
  network.oneWay(b.host, a.host, { delayMs: 400 });
  a.call(b);
  a.session?.end();
  clock.advance(390);
  assert.deepEqual(network.trace.timesOf('a', 'CANCEL'), []);
  clock.advance(2000);
  assert.equal(network.trace.timesOf('a', 'CANCEL').length >= 1, true);
  assert.deepEqual([a.end?.why, b.end?.why], ['cancelled', 'cancelled']);
});

test('RFC 3261 §9.1: a CANCEL that nobody answers ends the call 64*T1 later', () => {
  const { a, far, clock } = phoneAndFar();
  far.answerCancel = () => {};
  a.call(far.address);
  clock.advance(10);
  respondAs(far.requests[0] ?? assert.fail(), 180, 'one');
  clock.advance(1000);
  a.session?.end();
  clock.advance(31_900);
  assert.equal(a.ends, 0);
  clock.advance(200);
  assert.equal(a.end?.why, 'cancelled');
  assert.equal(a.agent.sessionCount, 0);
});

test('a cancelled call that is refused otherwise (486) was cancelled all the same', () => {
  const { a, far, clock } = phoneAndFar();
  far.answerCancel = (transaction) => respondAs(transaction, 486, 'one');
  a.call(far.address);
  clock.advance(10);
  respondAs(far.requests[0] ?? assert.fail(), 180, 'one');
  clock.advance(100);
  a.session?.end();
  clock.advance(500);
  assert.deepEqual([a.end?.why, a.end?.status], ['cancelled', 486]);
});

test('CANCEL after the final has no effect', () => {
  const { a, b, clock } = connectedPhones();
  const invite = b.invites[0];
  assert.ok(invite);
  const cancel = buildRequest({
    method: 'CANCEL',
    uri: invite.uri,
    headers: [
      ['Via', invite.header('Via') ?? ''],
      ['Max-Forwards', '70'],
      ['From', invite.header('From') ?? ''],
      ['To', invite.header('To') ?? ''],
      ['Call-ID', invite.callId],
      ['CSeq', `${invite.cseq.seq} CANCEL`],
    ],
  });
  b.layer.receive(cancel, b.flow ?? assert.fail());
  clock.advance(1000);
  assert.deepEqual([a.session?.phase, b.session?.phase], ['confirmed', 'confirmed']);
});

test('RFC 3261 §13.3.1.4: the 200 comes again after T1, doubling to T2, until the ACK; the ACK is sent for each', () => {
  const { a, b, clock, network } = twoPhones();
  lose(network, 'a', 'ACK', 3);
  a.call(b);
  clock.advance(20_000);
  const [first = 0, ...rest] = network.trace.timesOf('b', '200');
  assert.deepEqual(
    rest.map((at) => at - first),
    [500, 1500, 3500],
  );
  assert.equal(network.trace.timesOf('a', 'ACK').length, 4);
  assert.deepEqual(b.seen, ['acknowledged'], 'told once');
  assert.equal(b.session?.phase, 'confirmed');
});

test('the same over TCP: the 200 is the session’s matter, not the transport’s', () => {
  const { a, b, clock } = twoPhones();
  b.onCall = (session) => void session.accept(textBody('answer'));
  a.onAnswer = () => {};
  const { remote } = b.target;
  a.call(b, { target: { kind: 'tcp', remote } });
  clock.advance(10_000);
  assert.equal(b.session?.phase, 'accepted');
  a.session?.ack(null);
  clock.advance(100);
  assert.equal(b.session?.phase, 'confirmed');
});

test('RFC 3261 §13.3.1.4: no ACK within 64*T1: BYE; the caller ends as well', () => {
  const { a, b, clock, network } = twoPhones();
  lose(network, 'a', 'ACK', 1000);
  a.call(b);
  clock.advance(31_990);
  assert.equal(b.session?.phase, 'accepted');
  clock.advance(2000);
  assert.deepEqual([b.end?.why, a.end?.why, a.end?.by], ['no-ack', 'hung-up', 'remote']);
});

test('RFC 3261 §15: the callee hangs up before the ACK: its BYE waits for it', () => {
  const { a, b, clock, network } = twoPhones();
  lose(network, 'a', 'ACK', 1);
  a.call(b);
  clock.advanceUntil(() => b.session?.phase === 'accepted', 1000);
  b.session?.end({ reasonHeader: 'Q.850;cause=16' });
  clock.advance(300);
  assert.deepEqual(network.trace.timesOf('b', 'BYE'), []);
  clock.advance(1000);
  assert.equal(network.trace.timesOf('b', 'BYE').length, 1);
  assert.equal(a.end?.reasonHeader, 'Q.850;cause=16');
  assert.deepEqual(b.seen, [], 'no news of a call that is given up');
});

test('BYE before ACK: the caller’s ACK is lost and it hangs up: both end, nothing is repeated', () => {
  const { a, b, clock, network } = twoPhones();
  lose(network, 'a', 'ACK', 1000);
  a.call(b);
  clock.advance(100);
  a.session?.end();
  clock.advance(100);
  assert.deepEqual([a.end?.why, b.end?.why, b.end?.by], ['hung-up', 'hung-up', 'remote']);
  const repeated = network.trace.timesOf('b', '200').length;
  clock.advance(40_000);
  assert.equal(network.trace.timesOf('b', '200').length, repeated);
});

test('the BYE overtakes the ACK on the way: the late ACK is ignored', () => {
  const { a, b, clock, network } = twoPhones();
  b.onCall = (session) => void session.accept(textBody('answer'));
  a.onAnswer = (session) => {
    network.oneWay(a.host, b.host, { delayMs: 200 });
    session.ack(null);
    network.oneWay(a.host, b.host, { delayMs: 1 });
    session.end();
  };
  a.call(b);
  clock.advance(2000);
  assert.deepEqual([b.end?.why, b.end?.by, b.ends], ['hung-up', 'remote', 1]);
  assert.deepEqual(b.seen, []);
});

test('the caller hangs up without having acknowledged: the ACK goes first', () => {
  const { a, b, clock, network } = twoPhones();
  a.onAnswer = (session) => session.end();
  a.call(b);
  clock.advance(1000);
  const sent = network.trace.sent('a', 'b').map(labelOf);
  assert.deepEqual(sent, ['INVITE', 'ACK', 'BYE']);
  assert.deepEqual([a.end?.why, b.end?.why], ['hung-up', 'hung-up']);
});

test('RFC 5407 §3.2.1: BYE crosses BYE: both are answered 200, each side ends once', () => {
  const { a, b, clock, network } = connectedPhones({ link: { delayMs: 50 } });
  network.trace.clear();
  a.session?.end();
  b.session?.end();
  clock.advance(5000);
  assert.deepEqual(network.trace.flow().sort(), ['a>b 200', 'a>b BYE', 'b>a 200', 'b>a BYE']);
  assert.deepEqual([a.ends, b.ends, a.end?.by, b.end?.by], [1, 1, 'local', 'local']);
});

test('RFC 5407 §3.2.2: a re-INVITE that meets our BYE is 481, and its sender ends', () => {
  const { a, b, clock, network } = connectedPhones({ link: { delayMs: 50 } });
  network.trace.clear();
  a.session?.end();
  b.session?.reinvite(textBody('hold'));
  clock.advance(5000);
  assert.ok(network.trace.flow().includes('a>b 481'));
  assert.deepEqual([a.ends, b.ends, b.end?.why], [1, 1, 'hung-up']);
});

test('BYE while our re-INVITE is at the peer’s user: it is answered 487, and nobody is asked any more', () => {
  const { a, b, clock, network } = connectedPhones();
  b.onChange = () => {};
  a.session?.reinvite(textBody('hold'));
  clock.advance(100);
  a.session?.end();
  clock.advance(100);
  assert.ok(network.trace.flow().includes('b>a 487'));
  assert.equal(b.session?.acceptReoffer(textBody('late')), false);
  assert.deepEqual([a.ends, b.ends], [1, 1]);
});

test('a BYE that nobody answers: the session ends 64*T1 later', () => {
  const { a, b, clock, network } = connectedPhones();
  network.oneWay(a.host, b.host, { up: false });
  a.session?.end();
  clock.advance(31_000);
  assert.equal(a.ends, 0);
  clock.advance(2000);
  assert.equal(a.end?.why, 'hung-up');
  assert.equal(a.agent.sessionCount, 0);
});

test('RFC 6026 §7.1: an INVITE that comes again after the 200 makes no second call', () => {
  const { a, b, clock, network } = twoPhones({ link: { duplication: 1 } });
  a.call(b);
  clock.advance(5000);
  assert.equal(b.invites.length, 1);
  assert.deepEqual([a.session?.phase, b.session?.phase], ['confirmed', 'confirmed']);
  const invites = network.trace.sent('a').filter((entry) => textOf(entry).startsWith('INVITE'));
  assert.equal(invites.length, 1);
});

test('RFC 3261 §13.3.1: an INVITE whose Expires has passed is 487', () => {
  const { a, b, clock } = twoPhones();
  b.onCall = (session) => void session.progress(180);
  a.call(b, { headers: [['Expires', '20']] });
  clock.advance(19_000);
  assert.equal(a.ends, 0);
  clock.advance(2000);
  assert.deepEqual([a.end?.why, a.end?.status, b.end?.why], ['rejected', 487, 'cancelled']);
});

test('RFC 3261 §13.3.1.1: a provisional is repeated each minute, so that no proxy gives up', () => {
  const { a, b, clock, network } = twoPhones();
  b.onCall = (session) => void session.progress(180);
  a.call(b);
  clock.advance(150_000);
  assert.deepEqual(
    network.trace.timesOf('b', '180').map((at) => Math.round(at / 1000)),
    [0, 60, 120],
  );
  b.session?.accept(textBody('answer'));
  clock.advance(120_000);
  assert.equal(network.trace.timesOf('b', '180').length, 3);
});

test('RFC 3261 §12.2.1.2: 481 and silence in a dialog end it with a BYE, for INFO as for a change', () => {
  for (const lost of [false, true]) {
    const { a, b, clock, network } = connectedPhones();
    if (lost) network.oneWay(a.host, b.host, { up: false });
    else b.forget();
    const finals: (number | undefined)[] = [];
    a.session?.request('INFO', { onFinal: (response) => finals.push(response?.status) });
    clock.advance(70_000);
    assert.deepEqual(finals, [lost ? undefined : 481]);
    assert.equal(a.end?.why, 'gone');
  }
});

test('a verb that does not fit the state does nothing', () => {
  const { a, b, clock } = twoPhones();
  b.onCall = (session) => void session.progress(180);
  a.call(b);
  clock.advance(100);
  const [mine, theirs] = [a.session ?? assert.fail(), b.session ?? assert.fail()];
  const body = textBody('x');
  assert.deepEqual(
    [mine.ack(null), mine.accept(body), mine.progress(180), mine.reinvite(body), mine.update(body), mine.reject(486)],
    [false, false, false, false, false, false],
  );
  assert.deepEqual([theirs.ack(null), theirs.reinvite(body), theirs.acceptReoffer(body)], [false, false, false]);
  assert.deepEqual(
    [theirs.refuseReoffer(488), theirs.request('INFO', {}), theirs.progress(200)],
    [false, false, false],
  );
  assert.equal(mine.snapshot(), null);
  theirs.reject(486);
  clock.advance(100);
  assert.deepEqual([theirs.accept(body), theirs.progress(180), theirs.reject(603)], [false, false, false]);
  mine.end();
  theirs.end();
  clock.advance(40_000);
  assert.deepEqual([a.ends, b.ends], [1, 1]);
});

test('a session that was acknowledged has let go of both INVITEs, and acknowledges a 2xx that comes again all the same', () => {
  const { a, b, clock, network } = twoPhones();
  lose(network, 'a', 'ACK', 1);
  a.call(b);
  clock.advance(5_000);
  assert.equal(network.trace.timesOf('a', 'ACK').length, 2);
  for (const { session } of [a, b]) {
    const { ownInvite, peerInvite, phase } = session as unknown as SessionCore;
    assert.deepEqual([ownInvite, peerInvite, phase], [null, null, 'confirmed']);
  }
});
