/** CANCEL: RFC 3261 §9. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelOf, VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';

function ringing(delayMs = 0) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs } });
  const alice = new VirtualAgent(network, 'alice', '192.0.2.1');
  const bob = new VirtualAgent(network, 'bob', '192.0.2.2');
  const call = alice.send(alice.compose('INVITE', 'bob', [['Route', '<sip:192.0.2.2;lr>']]), bob.target());
  return { clock, network, alice, bob, call };
}

test('RFC 3261 §9.1, §9.2: CANCEL is answered 200, the INVITE 487, and that is acknowledged', () => {
  const { clock, network, bob, call } = ringing();
  bob.answer = (transaction) => bob.respond(transaction, 180);
  clock.advance(100);
  call.transaction.cancel('SIP;cause=200;text="Call completed elsewhere"');
  clock.advance(0);
  assert.deepEqual(network.trace.flow(), [
    'alice>bob INVITE',
    'bob>alice 180',
    'alice>bob CANCEL',
    'bob>alice 200',
    'bob>alice 487',
    'alice>bob ACK',
  ]);
  assert.deepEqual(call.statuses, [180, 487], "the 200 of the CANCEL is nobody's");
  const cancel = bob.cancels[0]!;
  const invite = call.transaction.request;
  assert.equal(cancel.topVia.branch, invite.topVia.branch);
  assert.equal(cancel.uri, invite.uri);
  assert.deepEqual(cancel.cseq, { seq: 1, method: 'CANCEL' });
  assert.equal(cancel.to.tag, undefined, 'To of the request, not of the 180');
  assert.deepEqual(cancel.headers('Route'), ['<sip:192.0.2.2;lr>']);
  assert.equal(cancel.header('Reason'), 'SIP;cause=200;text="Call completed elsewhere"');
  const tags = network.trace
    .sent('bob')
    .map((entry) => /^To: .*;tag=(.*)$/m.exec(new TextDecoder().decode(entry.bytes))?.[1]);
  assert.equal(new Set(tags).size, 1, 'one To tag for all answers');
});

test('RFC 3261 §9.1: before a provisional response CANCEL waits for it', () => {
  const { clock, network, bob, call } = ringing();
  clock.advance(100);
  call.transaction.cancel();
  call.transaction.cancel();
  assert.deepEqual(network.trace.timesOf('alice', 'CANCEL'), []);
  clock.advance(100);
  assert.deepEqual(network.trace.timesOf('bob', '100'), [200]);
  assert.deepEqual(network.trace.timesOf('alice', 'CANCEL'), [200], 'once');
  assert.deepEqual(call.statuses, [100, 487]);
  assert.equal(bob.cancels.length, 1);
});

test('RFC 3261 §9.1: a final response that comes first makes CANCEL needless', () => {
  const { clock, network, bob, call } = ringing();
  bob.answer = (transaction) => bob.respond(transaction, 486);
  call.transaction.cancel();
  clock.advance(1_000);
  call.transaction.cancel();
  clock.advance(1_000);
  assert.deepEqual(network.trace.timesOf('alice', 'CANCEL'), []);
  assert.deepEqual(call.statuses, [486]);
});

test('CANCEL crosses the 200: the call is up, CANCEL is answered 200 and changes nothing', () => {
  const { clock, network, bob, call } = ringing(50);
  bob.answer = (transaction) => bob.respond(transaction, 180);
  clock.advance(150);
  bob.respond(bob.requests[0]!, 200);
  call.transaction.cancel();
  clock.advance(200);
  assert.deepEqual(call.statuses, [180, 200]);
  assert.deepEqual(network.trace.sent('bob').map(labelOf), ['180', '200', '200']);
  assert.deepEqual(bob.cancels, [], 'the user is not asked to end what is answered');
});

test('RFC 3261 §9.2: CANCEL of an unknown INVITE is answered 481', () => {
  const { clock, alice, bob } = ringing();
  clock.advance(0);
  const cancel = alice.send(alice.compose('CANCEL', 'bob'), bob.target());
  void cancel;
  clock.advance(10);
  assert.deepEqual(
    alice.strays.map(({ status, cseq }) => `${status} ${cseq.method}`),
    ['481 CANCEL'],
  );
});

test('a retransmitted CANCEL gets its 200 again and is not handed up twice', () => {
  const { clock, network, bob, call } = ringing();
  bob.answer = (transaction) => bob.respond(transaction, 180);
  clock.advance(10);
  let lost = 0;
  network.filter = (from, _to, bytes) =>
    from === 'alice' || !new TextDecoder().decode(bytes).includes('CANCEL') || lost++ > 0;
  call.transaction.cancel();
  clock.advance(2_000);
  assert.equal(network.trace.timesOf('alice', 'CANCEL').length, 2);
  assert.equal(network.trace.timesOf('bob', '200').length, 2);
  assert.equal(bob.cancels.length, 1);
});

test('RFC 3261 §9.1: a peer that answers CANCEL but not the INVITE is given up 64*T1 after the CANCEL', () => {
  const { clock, alice, bob, call } = ringing();
  bob.answer = (transaction) => bob.respond(transaction, 180);
  bob.answerCancel = () => {};
  clock.advance(60_000);
  call.transaction.cancel();
  clock.advance(32_000);
  assert.deepEqual([call.timeouts, ...call.timesMs.slice(1)], [1, 92_000]);
  assert.equal(alice.layer.counts.client, 0);
});
