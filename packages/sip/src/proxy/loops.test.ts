/** RFC 5393: loops are found, spirals may pass, and however requests fork, their number stays bounded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelOf, udpTarget, VirtualAgent } from '@ringdown/testkit';
import { edit } from '../message/edit.ts';
import { newNetwork, ProxyHost } from './proxy-scene.test.ts';

function twoProxies() {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const bob = new VirtualAgent(network, 'bob', '192.0.2.201', { rejectMerged: false });
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const p1 = new ProxyHost(network, 'p1', '192.0.2.111');
  const p2 = new ProxyHost(network, 'p2', '192.0.2.222');
  const invite = alice.compose('INVITE', 'bob');
  return { clock, network, alice, bob, p1, p2, invite };
}

test('RFC 5393 §4.2: a request that comes back as it was is a loop: 482', () => {
  const { clock, network, alice, p1, p2, invite } = twoProxies();
  p1.decide = (proxied) => proxied.forward([{ uri: 'sip:bob@example.com', targets: [udpTarget('192.0.2.222')] }]);
  p2.decide = (proxied) => proxied.forward([{ uri: 'sip:bob@example.com', targets: [udpTarget('192.0.2.111')] }]);
  const record = alice.send(invite, p1.target());
  clock.advance(1000);
  assert.equal(record.statuses.at(-1), 482);
  assert.equal(network.trace.entries.filter((entry) => labelOf(entry) === 'INVITE').length, 3);
});

test('RFC 3261 §16.3 step 4: a proxy that forwards to itself finds that out', () => {
  const { clock, alice, p1, invite } = twoProxies();
  const record = alice.send(edit(invite).setUri('sip:bob@192.0.2.111').done(), p1.target());
  clock.advance(1000);
  assert.equal(record.statuses.at(-1), 482);
  assert.equal(p1.asked.length, 1);
});

test('RFC 3261 §6: a spiral, that comes back with another Request-URI, passes', () => {
  const { clock, alice, bob, p1, p2, invite } = twoProxies();
  p1.decide = (proxied) =>
    proxied.request.uri.startsWith('sip:bob@example.com')
      ? proxied.forward([{ uri: 'sip:robert@example.net', targets: [udpTarget('192.0.2.222')] }])
      : proxied.forward([{ uri: 'sip:bob@192.0.2.201' }]);
  p2.decide = (proxied) => proxied.forward([{ uri: 'sip:joe@example.org', targets: [udpTarget('192.0.2.111')] }]);
  const record = alice.send(invite, p1.target());
  clock.advance(1000);
  assert.equal(record.statuses.at(-1), 200);
  assert.equal(p1.asked.length, 2);
  assert.equal(bob.requests[0]?.request.vias().length, 4);
  // Back it goes by the same Vias.
  assert.equal(record.responses.at(-1)?.vias().length, 1);
});

test('RFC 5393 §4.2.1: the hash is nobody else’s to make', () => {
  const { clock, alice, bob, p1, p2, invite } = twoProxies();
  alice.send(edit(invite).setUri('sip:bob@192.0.2.201').done(), p1.target());
  clock.advance(1000);
  const branch = bob.requests[0]?.request.topVia.branch ?? '';
  assert.match(branch, /^z9hG4bK[a-z0-9]{16}\.[0-9a-f]{16}$/);
  // The same request with the Via of another proxy on it: not a loop there.
  const again = edit(invite)
    .setUri('sip:bob@192.0.2.201')
    .setHeader('Via', `SIP/2.0/UDP 192.0.2.111;branch=${branch}`)
    .done();
  const record = alice.send(again, p2.target());
  clock.advance(1000);
  assert.equal(record.statuses.at(-1), 200);
});

test('RFC 5393 §5.3: each branch gets its share of Max-Breadth', () => {
  const { clock, network, alice, p1, invite } = twoProxies();
  const phones = [1, 2, 3].map((n) => new VirtualAgent(network, `phone${n}`, `192.0.2.2${n}`));
  p1.decide = (proxied) => proxied.forward(phones.map(({ address }) => ({ uri: `sip:bob@${address}` })));
  alice.send(edit(invite).setHeader('Max-Breadth', 11).done(), p1.target());
  clock.advance(100);
  assert.deepEqual(phones.map((phone) => phone.requests[0]?.request.header('Max-Breadth')).toSorted(), ['3', '4', '4']);
});

test('RFC 5393 §5.3.3: without a share to give, targets are tried one after the other', () => {
  const { clock, network, alice, p1, invite } = twoProxies();
  const phones = [1, 2, 3].map((n) => new VirtualAgent(network, `phone${n}`, `192.0.2.2${n}`));
  for (const phone of phones)
    phone.answer = (transaction) => network.later(1000, () => phone.respond(transaction, 486));
  p1.decide = (proxied) => proxied.forward(phones.map(({ address }) => ({ uri: `sip:bob@${address}` })));
  const record = alice.send(edit(invite).setHeader('Max-Breadth', 1).done(), p1.target());
  clock.advance(500);
  assert.deepEqual(
    phones.map(({ requests }) => requests.length),
    [1, 0, 0],
  );
  clock.advance(1000);
  assert.deepEqual(
    phones.map(({ requests }) => requests.length),
    [1, 1, 0],
  );
  clock.advance(5000);
  assert.equal(record.statuses.at(-1), 486);
});

test('RFC 5393 §5.3.3: Max-Breadth 0 is 440', () => {
  const { clock, alice, p1, invite } = twoProxies();
  const record = alice.send(edit(invite).setHeader('Max-Breadth', 0).setUri('sip:bob@192.0.2.201').done(), p1.target());
  clock.advance(500);
  assert.equal(record.statuses.at(-1), 440);
});

test('RFC 5393 §3: two users who forward to both of each other at two proxies make no storm', () => {
  const { clock, network, alice, p1, p2, invite } = twoProxies();
  // RFC 5393's attack: each request forks to two users of the other proxy, who do the same.
  const both = (other: string) =>
    ['a', 'b'].map((user) => ({ uri: `sip:${user}@${other}`, targets: [udpTarget(other)] }));
  p1.decide = (proxied) => proxied.forward(both('192.0.2.222'));
  p2.decide = (proxied) => proxied.forward(both('192.0.2.111'));
  const record = alice.send(edit(invite).setUri('sip:a@192.0.2.111').done(), p1.target());
  let most = 0;
  for (let step = 0; step < 400; step++) {
    clock.advance(10);
    most = Math.max(most, p1.layer.counts.client + p2.layer.counts.client);
  }
  assert.equal(record.statuses.at(-1), 482);
  const invites = network.trace.entries.filter((entry) => labelOf(entry) === 'INVITE').length;
  assert.ok(invites < 100, `${invites} INVITEs`);
  assert.ok(most < 100, `${most} transactions`);
});
