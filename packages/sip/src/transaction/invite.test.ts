/** INVITE transactions over the virtual network: RFC 3261 §17.1.1 and §17.2.1 with RFC 6026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelOf, VirtualAgent, type VirtualAgentOptions, VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import { buildResponse } from '../message/build-response.ts';

const seconds = (...list: number[]) => list.map((value) => Math.round(value * 1_000));

function twoAgents(options: VirtualAgentOptions = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 0 } });
  const alice = new VirtualAgent(network, 'alice', '192.0.2.1', options);
  const bob = new VirtualAgent(network, 'bob', '192.0.2.2', options);
  const invite = (kind: 'udp' | 'tcp' = 'udp') => alice.send(alice.compose('INVITE', 'bob'), bob.target(kind));
  return { clock, network, alice, bob, invite };
}

test('RFC 3261 §17.1.1.2: an unanswered INVITE goes out at 0, T1, 3T1, 7T1 ... and times out after 64*T1', () => {
  const { clock, network, alice, bob, invite } = twoAgents();
  network.link(alice.host, bob.host, { up: false });
  const call = invite();
  clock.advance(40_000);
  assert.deepEqual(network.trace.timesOf('alice', 'INVITE'), seconds(0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5));
  assert.equal(call.timeouts, 1);
  assert.deepEqual(call.timesMs, [32_000]);
  assert.equal(alice.layer.counts.client, 0);
  assert.equal(clock.armedCount, 0);
});

test('RFC 3261 §17.1.1.2: with another T1 the whole schedule scales', () => {
  const { clock, network, alice, bob, invite } = twoAgents({ timers: { t1Ms: 100 } });
  network.link(alice.host, bob.host, { up: false });
  const call = invite();
  clock.advance(40_000);
  assert.deepEqual(network.trace.timesOf('alice', 'INVITE'), seconds(0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3));
  assert.deepEqual(call.timesMs, [6_400]);
});

test('RFC 3261 §17.1.1.2: over a reliable transport nothing is retransmitted, timer B still runs', () => {
  const { clock, network, alice, bob, invite } = twoAgents();
  const call = invite('tcp');
  clock.advance(1);
  network.breakConnections(alice.host, bob.host, 'half-dead');
  clock.advance(100_000);
  assert.deepEqual(network.trace.timesOf('alice', 'INVITE'), [0]);
  assert.deepEqual(call.statuses, []);
  assert.equal(call.timeouts, 1);
});

test('RFC 3261 §17.1.1.2: a provisional ends retransmission and timer B; the call may ring for ever', () => {
  const { clock, network, bob, invite } = twoAgents();
  bob.answer = (transaction) => bob.respond(transaction, 180);
  const call = invite();
  clock.advance(600_000);
  assert.deepEqual(network.trace.timesOf('alice', 'INVITE'), [0]);
  assert.deepEqual(call.statuses, [180]);
  assert.equal(call.timeouts, 0);
});

test('RFC 3261 §17.2.1: 100 goes out by itself after 200 ms, not when the user was faster', () => {
  const silent = twoAgents();
  silent.invite();
  silent.clock.advance(1_000);
  assert.deepEqual(silent.network.trace.timesOf('bob', '100'), [200]);
  const quick = twoAgents();
  quick.bob.answer = (transaction) => quick.bob.respond(transaction, 183);
  quick.invite();
  quick.clock.advance(1_000);
  assert.deepEqual(quick.network.trace.timesOf('bob', '100'), []);
});

test('RFC 3261 §17.2.1: 100 at once by setting, unless the user has answered in the same turn', () => {
  const silent = twoAgents({ timers: { tryingMs: 0 } });
  silent.invite();
  silent.clock.advance(0);
  assert.deepEqual(silent.network.trace.timesOf('bob', '100'), [0]);
  const busy = twoAgents({ timers: { tryingMs: 0 } });
  busy.bob.answer = (transaction) => busy.bob.respond(transaction, 486);
  busy.invite();
  busy.clock.advance(0);
  assert.deepEqual(busy.network.trace.sent('bob').map(labelOf), ['486']);
});

test('RFC 3261 §17.2.1: a retransmitted INVITE is answered with the last provisional and not handed up again', () => {
  const { clock, network, bob, invite } = twoAgents();
  let lost = 0;
  network.filter = (from) => from === 'alice' || lost++ >= 2;
  invite();
  clock.advance(3_000);
  assert.equal(bob.requests.length, 1);
  assert.deepEqual(network.trace.timesOf('alice', 'INVITE'), seconds(0, 0.5, 1.5));
  assert.deepEqual(network.trace.timesOf('bob', '100'), seconds(0.2, 0.5, 1.5));
});

test('RFC 3261 §17.1.1.3: the ACK of a non-2xx has the branch, URI, CSeq number and Route of the INVITE and the To of the response', () => {
  const { clock, network, alice, bob } = twoAgents();
  bob.answer = (transaction) => bob.respond(transaction, 486);
  const request = alice.compose('INVITE', 'bob', [['Route', '<sip:192.0.2.2;lr>']]);
  const call = alice.send(request, bob.target());
  clock.advance(1_000);
  assert.deepEqual(network.trace.flow(), ['alice>bob INVITE', 'bob>alice 486', 'alice>bob ACK']);
  const ack = bob.confirmed[0];
  assert.ok(ack);
  assert.equal(ack.topVia.branch, call.transaction.branch);
  assert.equal(ack.vias().length, 1);
  assert.equal(ack.uri, 'sip:bob@example.com');
  assert.deepEqual(ack.cseq, { seq: 1, method: 'ACK' });
  assert.equal(ack.to.tag, 'bob-tag');
  assert.deepEqual(ack.headers('Route'), ['<sip:192.0.2.2;lr>']);
  assert.equal(ack.callId, request.callId);
});

test('RFC 3261 §17.2.1: without ACK a non-2xx goes out at 0, T1, 3T1, 7T1, then every T2, and is given up after 64*T1', () => {
  const { clock, network, alice, bob, invite } = twoAgents();
  network.filter = (_from, _to, bytes) => !new TextDecoder().decode(bytes).startsWith('ACK');
  bob.answer = (transaction) => bob.respond(transaction, 486);
  const call = invite();
  clock.advance(60_000);
  const schedule = seconds(0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5);
  assert.deepEqual(network.trace.timesOf('bob', '486'), schedule);
  assert.deepEqual(network.trace.timesOf('alice', 'ACK'), schedule, 'each retransmission is acknowledged');
  assert.deepEqual(call.statuses, [486], 'and passed up once');
  assert.deepEqual(bob.terminated, [{ method: 'INVITE', why: 'timeout', atMs: 32_000 }]);
  assert.equal(alice.layer.counts.client + bob.layer.counts.server, 0);
});

test('RFC 3261 §17.2.1: a lost ACK is made good by the next retransmission; timer I then absorbs for T4', () => {
  const { clock, network, bob, invite } = twoAgents();
  let acks = 0;
  network.filter = (_from, _to, bytes) => !new TextDecoder().decode(bytes).startsWith('ACK') || ++acks > 1;
  bob.answer = (transaction) => bob.respond(transaction, 404);
  invite();
  clock.advance(40_000);
  assert.deepEqual(network.trace.timesOf('bob', '404'), seconds(0, 0.5));
  assert.equal(bob.confirmed.length, 1);
  assert.deepEqual(bob.terminated, [{ method: 'INVITE', why: 'acked', atMs: 5_500 }]);
});

test('RFC 3261 §17.2.1: over a reliable transport timer I is 0 and nothing is retransmitted', () => {
  const { clock, network, bob, invite } = twoAgents();
  bob.answer = (transaction) => bob.respond(transaction, 404);
  invite('tcp');
  clock.advance(10);
  assert.deepEqual(network.trace.timesOf('bob', '404'), [0]);
  assert.deepEqual(bob.terminated, [{ method: 'INVITE', why: 'acked', atMs: 0 }]);
  assert.equal(bob.layer.counts.server, 0);
});

test('RFC 3261 §17.1.1.2: timer D keeps the client 32 s over UDP, not at all over TCP', () => {
  for (const { kind, left } of [
    { kind: 'udp', left: 1 },
    { kind: 'tcp', left: 0 },
  ] as const) {
    const { clock, alice, bob, invite } = twoAgents();
    bob.answer = (transaction) => bob.respond(transaction, 600);
    const call = invite(kind);
    clock.advance(31_999);
    assert.deepEqual(call.statuses, [600]);
    assert.equal(alice.layer.counts.client, left, kind);
    clock.advance(1);
    assert.equal(alice.layer.counts.client, 0, kind);
  }
});

test('RFC 6026 §7.1: after a 2xx retransmitted INVITEs are absorbed in silence for 64*T1', () => {
  const { clock, network, alice, bob, invite } = twoAgents();
  network.oneWay(bob.host, alice.host, { up: false });
  bob.answer = (transaction) => bob.respond(transaction, 200);
  invite();
  clock.advance(31_999);
  assert.equal(network.trace.timesOf('alice', 'INVITE').length, 7);
  assert.deepEqual(network.trace.timesOf('bob', '200'), [0], "retransmitting it is the dialog's business");
  assert.equal(bob.requests.length, 1);
  clock.advance(1);
  assert.deepEqual(bob.terminated, [{ method: 'INVITE', why: 'done', atMs: 32_000 }]);
});

test('RFC 6026 §7.2: each retransmitted 2xx passes up while timer M runs, and is a stray afterwards', () => {
  const { clock, alice, bob, invite } = twoAgents();
  const call = invite();
  clock.advance(0);
  const transaction = bob.requests[0]!;
  bob.respond(transaction, 200);
  clock.advance(500);
  bob.respond(transaction, 200);
  clock.advance(31_000);
  assert.deepEqual(call.statuses, [200, 200]);
  clock.advance(500);
  assert.equal(alice.layer.counts.client, 0, '64*T1 from the first 2xx');
  alice.layer.receive(call.responses[0]!, transaction.flow);
  assert.equal(alice.strays.length, 1);
});

test('RFC 6026 §7.2: 2xx of several forks all pass up, a late 1xx or non-2xx does not', () => {
  const { clock, bob, invite } = twoAgents();
  const call = invite();
  clock.advance(0);
  const transaction = bob.requests[0]!;
  bob.respond(transaction, 200);
  clock.advance(0);
  const statusesOf = (...sent: number[]) => {
    for (const status of sent) {
      // As a forking proxy passes them on.
      const response = buildResponse(transaction.request, status, { toTag: `fork-${status}` });
      bob.layer.sendDirect(response, transaction.flow);
    }
    clock.advance(1);
    return call.responses.map((response) => `${response.status} ${response.to.tag}`);
  };
  assert.deepEqual(statusesOf(180, 486), ['200 bob-tag']);
  assert.deepEqual(statusesOf(200), ['200 bob-tag', '200 fork-200']);
});

test('RFC 3261 §13.3.1.4: the ACK of a 2xx belongs to no transaction and is handed up', () => {
  const { clock, alice, bob, invite } = twoAgents();
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const call = invite();
  clock.advance(1);
  alice.layer.sendDirect(alice.compose('ACK', 'bob'), bob.target());
  clock.advance(1);
  assert.equal(bob.acks.length, 1);
  assert.notEqual(bob.acks[0]!.topVia.branch, call.transaction.branch);
  assert.equal(bob.confirmed.length, 0);
});

test("Interop: an ACK of a 2xx that wrongly has the INVITE's branch still reaches the dialog", () => {
  const { clock, alice, bob, invite } = twoAgents();
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const call = invite();
  clock.advance(1);
  const via = call.transaction.request.headers('Via')[0]!;
  const ack = alice.compose('ACK', 'bob', [['Via', via]]);
  bob.layer.receive(ack, call.transaction.flow);
  assert.equal(bob.acks.length, 1);
});

test('RFC 3261 §17.1.4: a refused INVITE is a transport failure at once, not a time-out', () => {
  const { clock, bob, invite, alice } = twoAgents();
  bob.host.unlisten('tcp');
  const call = invite('tcp');
  assert.deepEqual(call.failures, [], 'never from inside request()');
  clock.advance(10);
  assert.deepEqual(
    call.failures.map(({ code }) => code),
    ['refused'],
  );
  clock.advance(60_000);
  assert.equal(call.timeouts, 0);
  assert.equal(alice.layer.counts.client, 0);
});

test('RFC 3261 §17.1.4: a connection that breaks fails the unanswered INVITE at once; one that rings goes on', () => {
  for (const rings of [false, true]) {
    const { clock, network, alice, bob, invite } = twoAgents();
    if (rings) bob.answer = (transaction) => bob.respond(transaction, 180);
    const call = invite('tcp');
    clock.advance(50);
    network.breakConnections(alice.host, bob.host, 'reset');
    assert.deepEqual(
      call.failures.map(({ code }) => code),
      rings ? [] : ['closed'],
    );
    bob.respond(bob.requests[0]!, 200);
    clock.advance(50);
    assert.deepEqual(call.statuses, rings ? [180, 200] : []);
  }
});

test('a target that no listener here can reach fails after request() has returned', () => {
  const { clock, alice } = twoAgents({ kinds: ['udp'] });
  const call = alice.send(alice.compose('INVITE', 'bob'), {
    kind: 'tls',
    remote: { family: 4, address: '192.0.2.2', port: 5061 },
  });
  assert.deepEqual(call.failures, []);
  clock.advance(0);
  assert.deepEqual(
    call.failures.map(({ code }) => code),
    ['no-listener'],
  );
  assert.equal(alice.layer.counts.client, 0);
});

test('RFC 6026 §8.7: a response that cannot be delivered is told, and the server goes on retransmitting', () => {
  const { clock, network, alice, bob, invite } = twoAgents();
  invite();
  clock.advance(0);
  alice.host.unlisten('udp');
  bob.respond(bob.requests[0]!, 486);
  clock.advance(1_000);
  // Timer G and the retransmitted INVITE fall on one moment.
  assert.deepEqual(network.trace.timesOf('bob', '486'), seconds(0, 0.5, 0.5));
  assert.deepEqual(
    bob.failures.map(({ code }) => code),
    ['refused', 'refused', 'refused'],
  );
  assert.equal(bob.layer.counts.server, 1);
});
