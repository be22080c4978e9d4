/** Non-INVITE transactions over the virtual network: RFC 3261 §17.1.2 and §17.2.2 with RFC 4320. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualAgent, type VirtualAgentOptions, VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import { buildResponse } from '../message/build-response.ts';
import { createTransactionTimers } from './timers.ts';

const seconds = (...list: number[]) => list.map((value) => Math.round(value * 1_000));

function twoAgents(options: VirtualAgentOptions = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 0 } });
  const alice = new VirtualAgent(network, 'alice', '192.0.2.1', options);
  const bob = new VirtualAgent(network, 'bob', '192.0.2.2', options);
  const ask = (kind: 'udp' | 'tcp' = 'udp') => alice.send(alice.compose('OPTIONS', 'bob'), bob.target(kind));
  return { clock, network, alice, bob, ask };
}

const everyT2FromTheThird = seconds(0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5);

test('RFC 3261 §17.1.2.2: timer E doubles up to T2, timer F ends it after 64*T1', () => {
  const { clock, network, alice, bob, ask } = twoAgents();
  network.link(alice.host, bob.host, { up: false });
  const request = ask();
  clock.advance(60_000);
  assert.deepEqual(network.trace.timesOf('alice', 'OPTIONS'), everyT2FromTheThird);
  assert.deepEqual([request.timeouts, ...request.timesMs], [1, 32_000]);
  assert.equal(alice.layer.counts.client, 0);
});

test('RFC 3261 §17.1.2.2: in Proceeding it goes out every T2', () => {
  const { clock, network, bob, ask } = twoAgents();
  const request = ask();
  clock.advance(0);
  bob.layer.sendDirect(buildResponse(bob.requests[0]!.request, 100), bob.requests[0]!.flow);
  clock.advance(10_000);
  assert.deepEqual(network.trace.timesOf('alice', 'OPTIONS'), seconds(0, 0.5, 4.5, 8.5));
  assert.deepEqual(request.statuses.slice(0, 1), [100]);
});

test('RFC 3261 §17.1.2.2: a final ends it; timer K absorbs retransmitted finals for T4 over UDP, not over TCP', () => {
  for (const { kind, left } of [
    { kind: 'udp', left: 1 },
    { kind: 'tcp', left: 0 },
  ] as const) {
    const { clock, alice, bob, ask } = twoAgents();
    bob.answer = (transaction) => {
      bob.respond(transaction, 200);
      bob.layer.sendDirect(buildResponse(transaction.request, 200, { toTag: 'again' }), transaction.flow);
    };
    const request = ask(kind);
    clock.advance(4_999);
    assert.deepEqual(request.statuses, [200], kind);
    assert.equal(alice.strays.length, 1 - left, kind);
    assert.equal(alice.layer.counts.client, left, kind);
    clock.advance(1);
    assert.equal(alice.layer.counts.client, 0, kind);
  }
});

test('RFC 3261 §17.2.2: a retransmitted request gets the final again until timer J, 64*T1 later', () => {
  const { clock, network, alice, bob, ask } = twoAgents();
  network.oneWay(bob.host, alice.host, { up: false });
  bob.answer = (transaction) => bob.respond(transaction, 404);
  ask();
  clock.advance(31_999);
  assert.deepEqual(network.trace.timesOf('bob', '404'), everyT2FromTheThird);
  assert.equal(bob.requests.length, 1);
  assert.equal(bob.layer.counts.server, 1);
  clock.advance(1);
  assert.deepEqual(bob.terminated, [{ method: 'OPTIONS', why: 'done', atMs: 32_000 }]);
});

test('RFC 3261 §17.2.2: in Trying a retransmission is dropped', () => {
  const { clock, network, bob, ask } = twoAgents();
  ask();
  clock.advance(3_000);
  assert.equal(network.trace.timesOf('alice', 'OPTIONS').length, 3);
  assert.deepEqual(network.trace.sent('bob'), []);
  assert.equal(bob.requests.length, 1);
});

test("RFC 4320 §4.1: 100 goes out once the client's timer E has reached T2, and not before over UDP", () => {
  const { clock, network, bob, ask } = twoAgents();
  ask();
  clock.advance(1_000);
  bob.respond(bob.requests[0]!, 100);
  assert.deepEqual(network.trace.sent('bob'), []);
  clock.advance(9_000);
  // At 3.5 s by itself and to the retransmission of that moment; then to each further one.
  assert.deepEqual([...new Set(network.trace.timesOf('bob', '100'))], seconds(3.5, 7.5));
});

test('RFC 4320 §4.1: over a reliable transport 100 may go at any time, and goes by itself when due', () => {
  const early = twoAgents();
  early.bob.answer = (transaction) => early.bob.respond(transaction, 100);
  early.ask('tcp');
  early.clock.advance(10_000);
  assert.deepEqual(early.network.trace.timesOf('bob', '100'), [0]);
  const silent = twoAgents();
  silent.ask('tcp');
  silent.clock.advance(10_000);
  assert.deepEqual(silent.network.trace.timesOf('bob', '100'), [3_500]);
});

test('RFC 4320 §4.1: no provisional but 100 is ever sent', () => {
  const { clock, network, bob, ask } = twoAgents();
  bob.answer = (transaction) => {
    for (const status of [180, 183, 199]) bob.respond(transaction, status);
  };
  ask('tcp');
  clock.advance(1_000);
  assert.deepEqual(network.trace.sent('bob'), []);
});

test('RFC 4320 §4.2: 408 is never sent, and nothing at all once the client has given up', () => {
  const { clock, network, bob, ask } = twoAgents();
  const request = ask('tcp');
  clock.advance(10);
  bob.respond(bob.requests[0]!, 408);
  assert.equal(bob.requests[0]!.isProceeding, true);
  clock.advance(32_000);
  assert.deepEqual(bob.terminated, [{ method: 'OPTIONS', why: 'timeout', atMs: 32_000 }]);
  bob.respond(bob.requests[0]!, 200);
  clock.advance(10);
  assert.deepEqual(network.trace.sent('bob').length, 1, 'the 100 of 3.5 s');
  assert.equal(request.timeouts, 1);
  assert.equal(bob.layer.counts.server, 0);
});

test('RFC 4320 §4.1: when timer E reaches T2, for several T1 and T2', () => {
  for (const { t1Ms, t2Ms, expected } of [
    { t1Ms: 500, t2Ms: 4_000, expected: 3_500 },
    { t1Ms: 250, t2Ms: 4_000, expected: 3_750 },
    { t1Ms: 500, t2Ms: 500, expected: 0 },
  ]) {
    assert.equal(createTransactionTimers({ t1Ms, t2Ms }).nonInviteTryingMs, expected);
  }
});

test('RFC 3261 §17.1.4: a transport failure is told once and ends the transaction', () => {
  const { clock, alice, bob, ask } = twoAgents();
  bob.host.unlisten('udp');
  const request = ask();
  clock.advance(60_000);
  assert.deepEqual(
    request.failures.map(({ code }) => code),
    ['refused'],
  );
  assert.equal(request.timeouts, 0);
  assert.equal(alice.layer.counts.client, 0);
  assert.equal(clock.armedCount, 0);
});

test('a lossy, jittery, duplicating link: 300 requests all answered, handed up once each', () => {
  const { clock, network, alice, bob } = twoAgents();
  network.link(alice.host, bob.host, { delayMs: 20, jitterMs: 60, loss: 0.25, duplication: 0.1, reorder: 0.1 });
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const requests = Array.from({ length: 300 }, () => alice.send(alice.compose('OPTIONS', 'bob'), bob.target()));
  clock.advance(120_000);
  assert.deepEqual(new Set(requests.map(({ statuses }) => statuses.join())), new Set(['200']));
  assert.equal(bob.requests.length, 300);
  assert.deepEqual([alice.layer.counts.client, bob.layer.counts.server, clock.armedCount], [0, 0, 0]);
});

test('RFC 3261 §8.2.6.2: a final has a To tag whoever made it, one for all responses to a request and another for the next', () => {
  const { clock, bob, ask } = twoAgents();
  bob.answer = (transaction) => transaction.respond(buildResponse(transaction.request, 200));
  const tags = [ask(), ask()].map((record) => {
    clock.advance(100);
    return record.responses[0]?.to.tag;
  });
  assert.match(tags[0] ?? '', /^\w{10}$/);
  assert.notEqual(tags[0], tags[1]);
  const again = bob.requests[0] ?? assert.fail();
  assert.deepEqual(
    [100, 401].map((status) => buildResponse(again.request, status).to.tag),
    [undefined, tags[0]],
  );
});
