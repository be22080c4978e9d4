/** RFC 3665 §3 through the real proxy: whole calls between user agents, over one proxy and two, message by message. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody, textOf, udpTarget, VirtualAgent, VirtualPhone } from '@ringdown/testkit';
import { buildResponse } from '../message/build-response.ts';
import { challenging, credentials } from '../session/rfc3665/flow-scene.test.ts';
import type { InviteOptions } from '../session/session-port.ts';
import { newNetwork, ProxyHost, type ProxyHostOptions, towards } from './proxy-scene.test.ts';

const plain = { extensions: ['timer'] } as const;

function places(first: ProxyHostOptions = {}, second: ProxyHostOptions = {}) {
  const { clock, network } = newNetwork();
  const alice = new VirtualPhone(network, 'alice', '192.0.2.101', plain);
  const bob = new VirtualPhone(network, 'bob', '192.0.2.201', plain);
  const p1 = new ProxyHost(network, 'p1', '192.0.2.111', first);
  const p2 = new ProxyHost(network, 'p2', '192.0.2.222', second);
  // Where the next hop is known, nothing is looked up, and the INVITE goes on before the 100 goes back.
  p1.decide = (proxied) =>
    proxied.request.to.tag === undefined
      ? proxied.forward([{ uri: proxied.request.uri, targets: [udpTarget('192.0.2.222')] }])
      : proxied.forward();
  p2.decide = towards('sip:bob@192.0.2.201');
  bob.onCall = (session) => {
    session.progress(180);
    network.later(1000, () => session.accept(textBody('bob')));
  };
  return { clock, network, alice, bob, p1, p2 };
}
type Places = ReturnType<typeof places>;

const byProxy = (address = '192.0.2.111'): Partial<InviteOptions> => ({
  uri: 'sip:bob@biloxi.example.com',
  from: '<sip:alice@atlanta.example.com>',
  to: '<sip:bob@biloxi.example.com>',
  target: udpTarget(address),
});

function hops(label: string, ...path: readonly string[]): string[] {
  return path.slice(1).map((to, index) => `${path[index]}>${to} ${label}`);
}

function finish({ alice, bob, clock }: Places): void {
  clock.advance(5000);
  assert.deepEqual([alice.session?.phase, bob.session?.phase], ['confirmed', 'confirmed']);
  bob.session?.end();
  clock.advance(1000);
  assert.deepEqual([alice.end?.why, alice.end?.by, bob.end?.by], ['hung-up', 'remote', 'local']);
}

const forth = ['alice', 'p1', 'p2', 'bob'];
const back = forth.toReversed();
const established = [
  ...hops('180', ...back),
  ...hops('200', ...back),
  ...hops('ACK', ...forth),
  ...hops('BYE', ...back),
  ...hops('200', ...forth),
];
const asking = (realm: string): ProxyHostOptions => {
  const isAsked = challenging(realm);
  return { authorize: (transaction) => !isAsked(transaction) };
};

test('RFC 3665 §3.2: session establishment through two proxies', () => {
  const scene = places();
  const { alice, bob, network } = scene;
  alice.call(bob, byProxy());
  finish(scene);
  assert.deepEqual(network.trace.flow(), [
    'alice>p1 INVITE',
    'p1>p2 INVITE',
    'p1>alice 100',
    'p2>bob INVITE',
    'p2>p1 100',
    ...established,
  ]);
  const [invite] = bob.invites;
  assert.deepEqual(invite?.headers('Record-Route'), ['<sip:192.0.2.222:5060;lr>', '<sip:192.0.2.111:5060;lr>']);
  assert.equal(invite?.maxForwards, 68);
  assert.equal(invite?.uri, 'sip:bob@192.0.2.201');
});

test('RFC 3665 §3.3: session with multiple proxy authentication', () => {
  const scene = places(asking('atlanta.example.com'), asking('biloxi.example.com'));
  const { alice, bob, network } = scene;
  alice.call(bob, { ...byProxy(), authenticate: credentials() });
  finish(scene);
  assert.deepEqual(network.trace.flow(), [
    ...['alice>p1 INVITE', 'p1>alice 407', 'alice>p1 ACK', 'alice>p1 INVITE', 'p1>p2 INVITE', 'p1>alice 100'],
    ...['p2>p1 407', 'p1>p2 ACK', 'p1>alice 407', 'alice>p1 ACK'],
    ...['alice>p1 INVITE', 'p1>p2 INVITE', 'p1>alice 100', 'p2>bob INVITE', 'p2>p1 100'],
    ...established,
  ]);
});

test('RFC 3665 §3.6: session via redirect and proxy servers with SDP in ACK', () => {
  const scene = places();
  const { alice, bob, p2, network } = scene;
  const redirect = new VirtualAgent(network, 'redirect', '192.0.2.60');
  redirect.answer = (transaction) =>
    transaction.respond(
      buildResponse(transaction.request, 302, { toTag: 'r', headers: [['Contact', '<sip:bob@192.0.2.222>']] }),
    );
  const { p1 } = scene;
  p1.decide = (proxied) =>
    proxied.request.to.tag === undefined
      ? proxied.forward([{ uri: proxied.request.uri, targets: [udpTarget('192.0.2.60')] }], { followsRedirects: true })
      : proxied.forward();
  alice.call(bob, { ...byProxy(), body: null });
  finish(scene);
  assert.deepEqual(network.trace.flow().slice(0, 8), [
    ...['alice>p1 INVITE', 'p1>redirect INVITE', 'p1>alice 100', 'redirect>p1 302', 'p1>redirect ACK', 'p1>p2 INVITE'],
    ...['p2>bob INVITE', 'p2>p1 100'],
  ]);
  assert.equal(p2.asked[0]?.request.uri, 'sip:bob@192.0.2.222');
  assert.ok(bob.seen.includes('acknowledged late answer'));
});

test('RFC 3665 §3.7: session with re-INVITE: it goes by Record-Route, in both directions', () => {
  const scene = places();
  const { alice, bob, clock, network } = scene;
  alice.call(bob, byProxy());
  clock.advance(5000);
  network.trace.clear();
  bob.session?.reinvite(textBody('moved'));
  clock.advance(1000);
  assert.ok(alice.seen.includes('reoffer INVITE moved'));
  // A hop that says nothing of its own but 100.
  const without100 = network.trace.flow().filter((line) => !line.endsWith(' 100'));
  assert.deepEqual(without100, [...hops('INVITE', ...back), ...hops('200', ...forth), ...hops('ACK', ...back)]);
  network.trace.clear();
  alice.session?.reinvite(textBody('once more'));
  clock.advance(1000);
  assert.ok(bob.seen.includes('reoffer INVITE once more'));
  assert.deepEqual(network.trace.flow().slice(0, 1), ['alice>p1 INVITE']);
  finish(scene);
});

test('RFC 3665 §3.8: unsuccessful no answer: CANCEL goes hop by hop', () => {
  const { alice, bob, clock, network } = places();
  bob.onCall = (session) => void session.progress(180);
  alice.call(bob, byProxy());
  clock.advance(3000);
  network.trace.clear();
  alice.session?.end({ reasonHeader: 'SIP;cause=487;text="gone"' });
  clock.advance(1000);
  const { entries } = network.trace;
  assert.deepEqual(
    network.trace.flow().toSorted(),
    [
      ...hops('CANCEL', ...forth),
      ...hops('200', ...back),
      ...hops('487', ...back),
      ...hops('ACK', ...forth),
    ].toSorted(),
  );
  assert.equal(alice.end?.why, 'cancelled');
  assert.equal(bob.end?.why, 'cancelled');
  const reasons = entries
    .map((entry) => /Reason: (.*)/.exec(textOf(entry))?.[1])
    .filter((reason) => reason !== undefined);
  assert.deepEqual(
    reasons,
    Array.from({ length: 3 }, () => 'SIP;cause=487;text="gone"'),
    'RFC 3326: why, all the way',
  );
});

test('RFC 3665 §3.9: unsuccessful busy', () => {
  const { alice, bob, clock, network } = places();
  bob.onCall = (session) => void session.reject(486);
  alice.call(bob, byProxy());
  clock.advance(3000);
  assert.equal(alice.end?.status, 486);
  const refusal = network.trace.flow().filter((line) => /486|ACK/.test(line));
  assert.deepEqual(refusal.toSorted(), [...hops('486', ...back), ...hops('ACK', ...forth)].toSorted());
});

test('RFC 3665 §3.10: unsuccessful no response from user agent: 408 after timer B', () => {
  const { alice, bob, p2, clock, network } = places();
  network.link(p2.host, bob.host, { up: false });
  alice.call(bob, byProxy());
  clock.advance(31_000);
  assert.equal(alice.ends, 0);
  clock.advance(3000);
  assert.equal(alice.end?.status, 408);
  assert.equal(network.trace.timesOf('p2', 'INVITE').length, 7, 'timer A until timer B');
});

test('RFC 3665 §3.11: unsuccessful temporarily unavailable', () => {
  const { alice, bob, p2, clock } = places();
  p2.decide = (proxied) => proxied.respond(480);
  alice.call(bob, byProxy());
  clock.advance(3000);
  assert.equal(alice.end?.status, 480);
});

test('RFC 3261 §16: a call over links that lose a quarter of all datagrams comes about and ends', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const scene = places();
    const { alice, bob, clock, network, p1, p2 } = scene;
    for (const [one, other] of [
      [alice.host, p1.host],
      [p1.host, p2.host],
      [p2.host, bob.host],
    ] as const) {
      network.link(one, other, { loss: 0.25, duplication: 0.1 });
      network.link(other, one, { loss: 0.25, duplication: 0.1 });
    }
    for (let skip = 0; skip < seed; skip++) network.random.fraction();
    alice.call(bob, byProxy());
    clock.advance(30_000);
    assert.deepEqual([alice.session?.phase, bob.session?.phase], ['confirmed', 'confirmed'], network.trace.ladder());
    alice.session?.end();
    clock.advance(300_000);
    assert.deepEqual([alice.ends, bob.ends], [1, 1]);
    assert.deepEqual(
      [p1.layer.counts.client, p1.layer.counts.server, p2.layer.counts.client],
      [0, 0, 0],
      'nothing is left',
    );
  }
});
