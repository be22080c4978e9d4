/** Two user agents on the virtual network, and the scenarios of RFC 3261 §13 to §15, RFC 3311 and RFC 4028 between them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InviteOptions } from '@ringdown/sip';
import { textBody as sdp, VirtualClock, VirtualNetwork, VirtualPhone } from '@ringdown/testkit';

function twoPhones() {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const a = new VirtualPhone(network, 'a', '192.0.2.1');
  const b = new VirtualPhone(network, 'b', '192.0.2.2');
  return { clock, network, a, b };
}

function connected(options: Partial<InviteOptions> = {}) {
  const bench = twoPhones();
  bench.a.call(bench.b, options);
  bench.clock.advance(1000);
  assert.equal(bench.a.session?.phase, 'confirmed');
  assert.equal(bench.b.session?.phase, 'confirmed');
  return bench;
}

test('RFC 3665 §3.1: a call is answered, acknowledged and ended by the caller', () => {
  const { a, b, clock, network } = connected();
  assert.deepEqual(b.seen, ['acknowledged']);
  a.session?.end();
  clock.advance(100);
  assert.deepEqual([a.end?.why, a.end?.by], ['hung-up', 'local']);
  assert.deepEqual([b.end?.why, b.end?.by], ['hung-up', 'remote']);
  clock.advance(64_000);
  assert.deepEqual([a.agent.sessionCount, b.agent.sessionCount], [0, 0]);
  assert.ok(network.trace.flow().some((line) => line.includes('BYE')));
});

test('the callee hangs up', () => {
  const { a, b, clock } = connected();
  b.session?.end({ reasonHeader: 'Q.850;cause=16' });
  clock.advance(100);
  assert.equal(a.end?.reasonHeader, 'Q.850;cause=16');
});

test('BYE crosses BYE: each side ends once', () => {
  const { a, b, clock } = connected();
  a.session?.end();
  b.session?.end();
  clock.advance(40_000);
  assert.equal(a.end?.why, 'hung-up');
  assert.equal(b.end?.why, 'hung-up');
});

test('busy: the status comes back, nothing remains', () => {
  const { a, b, clock } = twoPhones();
  b.onCall = (session) => void session.reject(486);
  a.call(b);
  clock.advance(100);
  assert.deepEqual([a.end?.why, a.end?.status], ['rejected', 486]);
});

test('RFC 3261 §9: CANCEL while it rings', () => {
  const { a, b, clock } = twoPhones();
  b.onCall = (session) => void session.progress(180);
  a.call(b);
  clock.advance(500);
  assert.deepEqual(a.seen, ['180']);
  a.session?.end();
  clock.advance(500);
  assert.deepEqual([a.end?.why, a.end?.by], ['cancelled', 'local']);
  assert.deepEqual([b.end?.why, b.end?.by], ['cancelled', 'remote']);
});

test('RFC 3261 §9.1: CANCEL crosses the 200: acknowledged, then hung up', () => {
  const { a, b, clock } = twoPhones();
  b.onCall = (session) => void session.progress(180);
  a.call(b);
  clock.advance(500);
  b.session?.accept(sdp('answer'));
  a.session?.end();
  clock.advance(2000);
  assert.equal(a.end?.why, 'cancelled');
  assert.equal(b.end?.why, 'hung-up');
});

test('RFC 3261 §13.3.1.4: a lost ACK: the 200 is repeated until it comes', () => {
  const { a, b, clock, network } = twoPhones();
  a.call(b);
  clock.advanceUntil(() => b.session?.phase === 'accepted', 1000);
  network.oneWay(a.host, b.host, { up: false });
  clock.advance(1200);
  assert.equal(b.session?.phase, 'accepted');
  network.oneWay(a.host, b.host, { up: true });
  clock.advance(5000);
  assert.equal(b.session?.phase, 'confirmed');
});

test('RFC 3261 §13.3.1.4: no ACK within 64*T1 ends the session with BYE', () => {
  const { a, b, clock, network } = twoPhones();
  a.call(b);
  clock.advanceUntil(() => b.session?.phase === 'accepted', 1000);
  network.oneWay(a.host, b.host, { up: false });
  clock.advance(70_000);
  assert.equal(b.end?.why, 'no-ack');
});

test('an offer in the 200 is answered in the ACK', () => {
  const { a, b, clock } = twoPhones();
  a.onAnswer = (session) => void session.ack(sdp('answer in ACK'));
  a.call(b, { body: null });
  clock.advance(100);
  assert.deepEqual(b.seen, ['acknowledged answer in ACK']);
});

test('RFC 3261 §14: a change is answered, and again in the other direction', () => {
  const { a, b, clock } = connected();
  assert.equal(a.session?.reinvite(sdp('hold')), true);
  clock.advance(200);
  assert.deepEqual(b.seen.slice(1), ['reoffer INVITE hold']);
  assert.deepEqual(a.seen.slice(-1), ['reoffer-accepted changed']);
  assert.equal(b.session?.reinvite(sdp('from b')), true);
  clock.advance(200);
  assert.deepEqual(a.seen.slice(-1), ['reoffer INVITE from b']);
});

test('a refused change leaves the session up', () => {
  const { a, b, clock } = connected();
  b.onChange = (session) => void session.refuseReoffer(488);
  a.session?.reinvite(sdp('video'));
  clock.advance(200);
  assert.deepEqual(a.seen.slice(-1), ['reoffer-refused 488']);
  assert.equal(a.session?.phase, 'confirmed');
});

test('RFC 3261 §14.1: crossing re-INVITEs are both refused with 491 and go through after their pauses', () => {
  const { a, b, clock } = connected();
  a.session?.reinvite(sdp('from a'));
  b.session?.reinvite(sdp('from b'));
  clock.advance(100);
  assert.equal(
    a.seen.some((line) => line.startsWith('reoffer')),
    false,
  );
  clock.advance(10_000);
  assert.ok(a.seen.includes('reoffer INVITE from b'));
  assert.ok(b.seen.includes('reoffer INVITE from a'));
});

test('a re-INVITE without an offer is answered with one, and its answer comes in the ACK', () => {
  const { a, b, clock } = connected();
  a.session?.reinvite(null);
  clock.advance(200);
  assert.deepEqual(b.seen.slice(1), ['reoffer INVITE', 'reoffer-ack late answer']);
});

test('a refresh (the same body again) is answered here and never comes up', () => {
  const { a, b, clock } = connected();
  a.session?.reinvite(sdp('offer'));
  clock.advance(200);
  assert.deepEqual(b.seen, ['acknowledged']);
  assert.deepEqual(a.seen.slice(-1), ['reoffer-accepted answer']);
});

test('RFC 4028 §10: a peer that vanishes ends the session at the timer', () => {
  const { a, b, clock, network } = connected({ sessionExpiresSec: 120 });
  clock.advance(600_000);
  assert.equal(b.session?.phase, 'confirmed', 'refreshes keep it up');
  network.oneWay(a.host, b.host, { up: false });
  clock.advance(200_000);
  assert.equal(b.end?.why, 'expired');
});

test('RFC 3261 §22: a challenge is answered once with credentials, on the same Call-ID', () => {
  const { a, b, clock } = twoPhones();
  let calls = 0;
  b.onCall = (session) => {
    calls += 1;
    if (calls === 1) session.reject(401, { headers: [['WWW-Authenticate', 'Digest realm="x", nonce="y"']] });
    else session.accept(sdp('answer'));
  };
  a.call(b, { authenticate: () => [['Authorization', 'Digest username="a"']] });
  clock.advance(1000);
  assert.equal(a.session?.phase, 'confirmed');
  assert.equal(calls, 2);
});

test('a dialog that the peer no longer knows (481) ends the session (RFC 5057)', () => {
  const { a, b, clock } = connected();
  b.forget();
  a.session?.reinvite(sdp('hold'));
  clock.advance(500);
  assert.equal(a.end?.why, 'gone');
});

test('a session brought back from its plain data answers and sends BYE', () => {
  for (const who of ['remote', 'local'] as const) {
    const { a, b, clock } = connected();
    const snapshot = JSON.parse(JSON.stringify(b.session?.snapshot()));
    b.forget();
    assert.ok(b.flow !== null);
    const restored = b.agent.restore(snapshot, b.flow, b);
    if (who === 'remote') a.session?.end();
    else restored.end();
    clock.advance(500);
    assert.equal(a.end?.why, 'hung-up');
    assert.equal(b.end?.why, 'hung-up');
  }
});

test('RFC 7989 §6: each end names the session, and says in every message what the other has named it', () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const a = new VirtualPhone(network, 'a', '192.0.2.1', { sessionIds: true });
  const b = new VirtualPhone(network, 'b', '192.0.2.2', { sessionIds: true });
  a.call(b);
  clock.advance(1000);
  const [mine, theirs] = [a.session?.sessionId, b.session?.sessionId];
  assert.ok(mine && theirs && mine.local !== theirs.local);
  assert.deepEqual([mine.remote, theirs.remote], [theirs.local, mine.local]);
  assert.equal(b.invites[0]?.header('Session-ID'), `${mine.local};remote=${'0'.repeat(32)}`);
  assert.equal(a.responses.at(-1)?.header('Session-ID'), `${theirs.local};remote=${mine.local}`);
  b.session?.end();
  clock.advance(100);
  assert.equal(a.end?.message?.header('Session-ID'), `${theirs.local};remote=${mine.local}`);
});

test('RFC 7989 §6: CANCEL and the ACK of a refusal have it too', () => {
  const { a, b, clock } = twoPhones();
  const sessionId = 'a'.repeat(32);
  b.onCall = (session) => void session.progress(180);
  a.call(b, { sessionId });
  clock.advance(100);
  a.session?.end();
  clock.advance(100);
  assert.equal(b.end?.message?.header('Session-ID'), `${sessionId};remote=${'0'.repeat(32)}`);
});

test('RFC 7989: a user agent that has no identifiers says none, whatever it is told', () => {
  const { a, b, clock } = twoPhones();
  a.call(b, { sessionId: 'a'.repeat(32) });
  clock.advance(1000);
  assert.equal(b.invites[0]?.header('Session-ID'), `${'a'.repeat(32)};remote=${'0'.repeat(32)}`);
  assert.deepEqual([b.session?.sessionId, a.responses.at(-1)?.header('Session-ID')], [null, undefined]);
});
