/** A session taken up by another process: from its snapshot alone, as JSON (docs/adr/0001). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, type Session, type SessionSnapshot } from '@ringdown/sip';
import { connectedPhones, type PhoneSceneOptions, textBody, twoPhones, type VirtualPhone } from '@ringdown/testkit';

const asJson = (session: Session | null): SessionSnapshot =>
  JSON.parse(JSON.stringify(session?.snapshot() ?? assert.fail('no snapshot')));

/** The process of this phone dies, and another takes its call up. */
function crash(phone: VirtualPhone, snapshot: SessionSnapshot = asJson(phone.session)): Session {
  phone.restart();
  const { flow } = snapshot;
  assert.ok(flow);
  const way = phone.host.flowTo({ kind: flow.kind, remote: flow.remote, local: flow.local });
  phone.session = phone.agent.restore(snapshot, way ?? assert.fail(), phone);
  return phone.session;
}

function crashed(who: 'a' | 'b', options: PhoneSceneOptions = {}) {
  const scene = connectedPhones(options);
  return { ...scene, session: crash(scene[who]) };
}

for (const who of ['a', 'b'] as const) {
  const other: 'a' | 'b' = who === 'a' ? 'b' : 'a';

  test(`${who === 'a' ? 'the caller' : 'the callee'} is brought back: BYE from either side is answered and ends both`, () => {
    for (const byes of ['a', 'b'] as const) {
      const scene = crashed(who);
      scene[byes].session?.end();
      scene.clock.advance(1000);
      assert.deepEqual([scene.a.end?.why, scene.b.end?.why], ['hung-up', 'hung-up']);
      assert.equal(scene[who].agent.sessionCount, 0);
    }
  });

  test(`${who === 'a' ? 'the caller' : 'the callee'} is brought back: role, bodies and phase are as before, changes go on both ways`, () => {
    const before = connectedPhones();
    const { role, callId, localBody, remoteBody } = before[who].session ?? assert.fail();
    const session = crash(before[who]);
    assert.deepEqual([session.role, session.callId, session.phase], [role, callId, 'confirmed']);
    assert.deepEqual([session.localBody, session.remoteBody], [localBody, remoteBody]);
    assert.equal(session.reinvite(textBody('from the new process')), true);
    before.clock.advance(200);
    assert.equal(before[other].seen.at(-1), 'reoffer INVITE from the new process');
    assert.equal(before[other].session?.reinvite(textBody('to the new process')), true);
    before.clock.advance(200);
    assert.equal(before[who].seen.at(-1), 'reoffer INVITE to the new process');
  });
}

test('requests that the snapshot knows nothing of: the CSeq goes on above them', () => {
  const { a, b, clock, network } = connectedPhones();
  const old = asJson(a.session);
  b.onOther = (transaction) => transaction.respond(buildResponse(transaction.request, 200));
  for (let at = 0; at < 5; at++) {
    a.session?.request('INFO', {});
    clock.advance(40_000);
  }
  const session = crash(a, old);
  network.trace.clear();
  session.end();
  clock.advance(500);
  assert.ok(network.trace.flow().includes('b>a 200'), 'not 500');
  assert.equal(b.end?.why, 'hung-up');
});

test('a refresh of the peer with what it said before is still known as one', () => {
  const { a, b, clock } = crashed('b');
  a.session?.reinvite(textBody('offer'));
  clock.advance(200);
  assert.deepEqual(b.seen, ['acknowledged']);
  assert.equal(a.seen.at(-1), 'reoffer-accepted answer');
});

test('the 200 was sent and not acknowledged: the new process repeats it until the ACK', () => {
  const { a, b, clock, network } = twoPhones();
  network.oneWay(b.host, a.host, { up: false });
  a.call(b);
  clock.advance(100);
  const snapshot = asJson(b.session);
  assert.equal(snapshot.phase, 'accepted');
  const session = crash(b, snapshot);
  network.oneWay(b.host, a.host, { up: true });
  clock.advance(3000);
  assert.deepEqual([a.session?.phase, session.phase], ['confirmed', 'confirmed']);
  assert.deepEqual(b.seen, ['acknowledged']);
});

test('the 200 with our offer: its ACK brings the answer to the new process', () => {
  const { a, b, clock, network } = twoPhones();
  network.oneWay(b.host, a.host, { up: false });
  a.call(b, { body: null });
  clock.advance(100);
  crash(b);
  network.oneWay(b.host, a.host, { up: true });
  clock.advance(3000);
  assert.deepEqual(b.seen, ['acknowledged late answer']);
  assert.equal(String.fromCharCode(...(b.session?.remoteBody?.bytes ?? [])), 'late answer');
});

test('nobody acknowledges: the new process hangs up after 64*T1', () => {
  const { a, b, clock, network } = twoPhones();
  a.call(b);
  network.filter = (from, _to, bytes) => !(from === 'a' && String.fromCharCode(...bytes.subarray(0, 3)) === 'ACK');
  clock.advance(100);
  const session = crash(b);
  clock.advance(31_000);
  assert.equal(session.phase, 'accepted');
  clock.advance(10_000);
  assert.equal(session.phase, 'ended');
});

test('the 200 was received and not acknowledged: the user of the new process owes the ACK', () => {
  const { a, b, clock } = twoPhones();
  a.onAnswer = () => {};
  a.call(b);
  clock.advance(100);
  const session = crash(a);
  assert.equal(session.phase, 'accepted');
  assert.equal(session.ack(null), true);
  clock.advance(100);
  assert.deepEqual([session.phase, b.session?.phase], ['confirmed', 'confirmed']);
});

test('the ACK was lost and the process too: the 200 that comes again gets an ACK', () => {
  const { a, b, clock, network } = twoPhones();
  let lost = 0;
  network.filter = (from, _to, bytes) =>
    !(from === 'a' && String.fromCharCode(...bytes.subarray(0, 3)) === 'ACK' && lost++ === 0);
  a.call(b);
  clock.advance(100);
  crash(a);
  clock.advance(3000);
  assert.deepEqual(b.seen, ['acknowledged']);
});

test('a change of the peer waited for the user when the process died: it is told to try again, and does', () => {
  for (const verb of ['reinvite', 'update'] as const) {
    const updates = { headers: [['Allow', 'INVITE, UPDATE']] } as const;
    const { a, b, clock } = connectedPhones({ a: updates, b: updates });
    b.onChange = () => {};
    assert.equal(a.session?.[verb](textBody('hold')), true);
    clock.advance(300);
    crash(b);
    b.onChange = (session) => void session.acceptReoffer(textBody('now'));
    clock.advance(5000);
    assert.equal(a.seen.at(-1), 'reoffer-accepted now', verb);
    assert.equal(String.fromCharCode(...(b.session?.remoteBody?.bytes ?? [])), 'hold');
  }
});

test('route set and Contact are those of before', () => {
  const { a, b } = connectedPhones();
  const { dialog } = asJson(a.session);
  assert.deepEqual([dialog.remoteTarget, dialog.routes], ['sip:b@192.0.2.2:5060', []]);
  assert.deepEqual(asJson(b.session).flow?.remote, { family: 4, address: '192.0.2.1', port: 5060 });
});

test('RFC 4028 §10: the deadline of the session timer is a wall deadline; the peer’s silence ends the call at it', () => {
  const { a, b, clock, network } = connectedPhones({ call: { sessionExpiresSec: 300 } });
  const snapshot = asJson(b.session);
  assert.equal(snapshot.expiresUtcMs, clock.utcMs() - 1000 + 2 + 268_000);
  clock.advance(100_000);
  const session = crash(b, snapshot);
  network.oneWay(a.host, b.host, { up: false });
  clock.advance(166_000);
  assert.equal(session.phase, 'confirmed');
  clock.advance(4_000);
  assert.notEqual(session.phase, 'confirmed');
});

test('RFC 4028 §10: the refresher refreshes within 10 s of coming back', () => {
  const { a, clock, network } = connectedPhones({ call: { sessionExpiresSec: 300 } });
  clock.advance(50_000);
  crash(a);
  network.trace.clear();
  clock.advance(10_100);
  assert.ok(network.trace.flow().includes('a>b INVITE'));
  clock.advance(1_000_000);
  assert.equal(a.session?.phase, 'confirmed');
});

test('the wall clock was set by an hour, either way: the call lives on', () => {
  for (const byMs of [3_600_000, -3_600_000]) {
    const { b, clock } = connectedPhones({ call: { sessionExpiresSec: 300 } });
    const snapshot = asJson(b.session);
    clock.stepUtc(byMs);
    const session = crash(b, snapshot);
    clock.advance(1_000_000);
    assert.equal(session.phase, 'confirmed', 'refreshed by the peer as ever');
  }
});

test('the user is told when what is stored has grown old', () => {
  const { a, b, clock } = connectedPhones({ call: { sessionExpiresSec: 300 } });
  const told: string[] = [];
  a.onRefreshed = () => void told.push('a');
  b.onRefreshed = () => void told.push('b');
  clock.advance(160_000);
  assert.deepEqual(told.sort(), ['a', 'b']);
});
