/** RFC 3665 §3.8 to §3.11: calls that do not come about. Each flow message by message. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, byProxy, hops, places } from './flow-scene.test.ts';

const forth = ['alice', 'p1', 'p2', 'bob'];
const back = [...forth].reverse();
const invited = ['alice>p1 INVITE', 'p1>p2 INVITE', 'p1>alice 100', 'p2>bob INVITE', 'p2>p1 100'];

/** A final above 299: hop by hop, each acknowledged on its own hop. */
function refused(status: number): string[] {
  return [
    `bob>p2 ${status}`,
    'p2>bob ACK',
    `p2>p1 ${status}`,
    'p1>p2 ACK',
    `p1>alice ${status}`,
    'alice>p1 ACK',
  ].sort();
}

test('RFC 3665 §3.8: unsuccessful, no answer: Alice gives up, CANCEL goes hop by hop', () => {
  const { alice, bob, clock, network } = places();
  bob.onCall = (session) => void session.progress(180);
  alice.call(bob, byProxy());
  clock.advance(10_000);
  assert.deepEqual(network.trace.flow(), [...invited, ...hops('180', ...back)]);
  network.trace.clear();
  alice.session?.end();
  clock.advance(1000);
  const cancel = ['alice>p1 CANCEL', 'p1>alice 200', 'p1>p2 CANCEL', 'p2>p1 200', 'p2>bob CANCEL', 'bob>p2 200'];
  assert.deepEqual(network.trace.flow().sort(), [...cancel, ...refused(487)].sort());
  assert.deepEqual([alice.end?.why, alice.end?.status, bob.end?.why], ['cancelled', 487, 'cancelled']);
  clock.advance(60_000);
  assert.deepEqual([alice.layer.counts.client, bob.layer.counts.server], [0, 0]);
});

test('RFC 3665 §3.9: unsuccessful, busy', () => {
  const { alice, bob, clock, network } = places();
  bob.onCall = (session) => void session.reject(486);
  alice.call(bob, byProxy());
  clock.advance(1000);
  const flow = network.trace.flow();
  assert.deepEqual(flow.slice(0, 5), invited);
  assert.deepEqual(flow.slice(5).sort(), refused(486));
  assert.deepEqual([alice.end?.why, alice.end?.status], ['rejected', 486]);
});

test('RFC 3665 §3.10: unsuccessful, no response from the user agent: the proxy repeats its INVITE and gives up', () => {
  const { alice, bob, p2, clock, network } = places();
  network.oneWay(p2.host, bob.host, { up: false });
  alice.call(bob, byProxy());
  clock.advance(40_000);
  assert.equal(network.trace.timesOf('p2', 'INVITE').length, 7);
  assert.deepEqual([alice.end?.why, alice.end?.status], ['rejected', 408]);
  assert.equal(bob.invites.length, 0);
});

test('RFC 3665 §3.11: unsuccessful, temporarily unavailable: Bob has rung and says when to try again', () => {
  const { alice, bob, clock, network } = places();
  bob.onCall = (session) => {
    session.progress(180);
    network.later(2000, () => session.reject(480, { headers: [['Retry-After', '60']] }));
  };
  alice.call(bob, byProxy());
  clock.advance(5000);
  const flow = network.trace.flow();
  assert.deepEqual(flow.slice(0, 8), [...invited, ...hops('180', ...back)]);
  assert.deepEqual(flow.slice(8).sort(), refused(480));
  assert.deepEqual([alice.end?.status, alice.end?.message?.header('Retry-After')], [480, '60']);
  assert.equal(
    network.trace.sent('bob').every(({ toAddress }) => toAddress.address === at.p2),
    true,
  );
});
