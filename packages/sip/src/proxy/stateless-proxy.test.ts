/** RFC 3261 §16.11: a proxy that remembers nothing, between agents that do; retransmissions, CANCEL and ACK take the same way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNodeHasher } from '@ringdown/sip/node';
import {
  labelOf,
  textOf,
  udpTarget,
  VirtualAgent,
  VirtualDns,
  type VirtualNetwork,
  VirtualPhone,
} from '@ringdown/testkit';
import { edit } from '../message/edit.ts';
import type { SipRequest } from '../message/request.ts';
import { DnsCache } from '../transport/dns-cache.ts';
import { newNetwork } from './proxy-scene.test.ts';
import { statelessBranch } from './stateless-branch.ts';
import { createStatelessProxy, type StatelessProxyOptions } from './stateless-proxy.ts';

function proxyAt(network: VirtualNetwork, name: string, address: string, options: Partial<StatelessProxyOptions> = {}) {
  const host = network.host(name, address).listen('udp').listen('tcp');
  const dns = new VirtualDns(network.clock);
  const proxy = createStatelessProxy({
    clock: network.clock,
    transport: host,
    dns: new DnsCache(dns, network.clock),
    hasher: createNodeHasher(),
    loopKey: name,
    isOwn: (one, port = 5060) => one === address && port === 5060,
    route: (request) => ({ uri: request.uri }),
    ...options,
  });
  host.onMessage = (bytes, flow) => proxy.receiveBytes(bytes, flow);
  return { host, dns };
}

function agents(options: Partial<StatelessProxyOptions> = {}) {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const bob = new VirtualAgent(network, 'bob', '192.0.2.201');
  const p = proxyAt(network, 'p', '192.0.2.111', options);
  const compose = (method = 'INVITE') => edit(alice.compose(method, 'bob')).setUri('sip:bob@192.0.2.201').done();
  return { clock, network, alice, bob, p, compose, at: udpTarget('192.0.2.111') };
}

const branchesAt = (network: VirtualNetwork, to: string) =>
  network.trace.sent('p', to).map((entry) => `${labelOf(entry)} ${/branch=([^;\r]*)/.exec(textOf(entry))?.[1]}`);

test('RFC 3261 §16.11: a retransmission, the CANCEL and the ACK of a refusal have the branch of the INVITE', () => {
  const { clock, network, alice, bob, compose, at } = agents();
  network.oneWay(bob.host, network.host('nowhere', '192.0.2.250'), {});
  const record = alice.send(compose(), at);
  // Bob's 100 comes after 200 ms; what he says before 600 ms is lost, so the INVITE comes again.
  network.filter = (from) => from !== 'bob' || clock.nowMs() > 600;
  clock.advance(700);
  bob.respond(bob.requests[0]!, 180);
  clock.advance(100);
  record.transaction.cancel();
  clock.advance(500);
  assert.deepEqual(
    record.statuses.filter((status) => status > 100),
    [180, 487],
  );
  const seen = branchesAt(network, 'bob');
  assert.deepEqual([...new Set(seen.map((line) => line.split(' ')[0]))], ['INVITE', 'CANCEL', 'ACK']);
  assert.equal(new Set(seen.map((line) => line.split(' ')[1])).size, 1);
  assert.equal(bob.requests.length, 1, 'all of it was one transaction to Bob');
});

test('RFC 3261 §16.11: another transaction has another branch', () => {
  const { clock, network, alice, compose, at } = agents();
  for (let n = 0; n < 3; n++) alice.send(compose('OPTIONS'), at);
  clock.advance(10);
  assert.equal(new Set(branchesAt(network, 'bob')).size, 3);
});

test('RFC 3261 §16.11: a whole call, record-routed, over a lossy link, and the proxy keeps nothing', () => {
  const { clock, network } = newNetwork({ link: { loss: 0.2 } });
  const alice = new VirtualPhone(network, 'alice', '192.0.2.101');
  const bob = new VirtualPhone(network, 'bob', '192.0.2.201');
  proxyAt(network, 'p', '192.0.2.111', {
    route: (request) => ({ uri: request.to.tag === undefined ? 'sip:bob@192.0.2.201' : request.uri }),
  });
  alice.call(bob, { uri: 'sip:bob@example.com', target: udpTarget('192.0.2.111') });
  clock.advance(20_000);
  assert.deepEqual([alice.session?.phase, bob.session?.phase], ['confirmed', 'confirmed']);
  bob.session?.end();
  clock.advance(200_000);
  assert.equal(alice.end?.why, 'hung-up');
  assert.deepEqual(
    network.trace.flow().filter((line) => /alice>bob|bob>alice/.test(line)),
    [],
  );
  assert.equal(clock.armedCount, 0);
});

test('RFC 3261 §16.11: refusals have the same tag each time, and no 100 is sent', () => {
  const { clock, network, alice, compose, at } = agents({ route: () => ({ status: 404 }) });
  network.filter = (from) => from !== 'p' || clock.nowMs() > 900;
  const record = alice.send(compose(), at);
  clock.advance(2000);
  assert.deepEqual(record.statuses, [404]);
  const tags = network.trace.sent('p', 'alice').map((entry) => /To: .*tag=(\w+)/.exec(textOf(entry))?.[1]);
  assert.ok(tags.length > 1);
  assert.equal(new Set(tags).size, 1);
});

test('RFC 3263 §4.3: of servers alike the same one for all of a transaction, others for others', () => {
  const { clock, network, alice, p, at } = agents({ route: () => ({ uri: 'sip:bob@example.com;transport=udp' }) });
  p.dns.srv('_sip._udp.example.com', [1, 1, 5060, 'one.example.com'], [1, 1, 5060, 'two.example.com']);
  p.dns.a('one.example.com', '192.0.2.31').a('two.example.com', '192.0.2.32');
  for (let n = 0; n < 12; n++) alice.send(alice.compose('INVITE', 'bob'), at);
  clock.advance(1200);
  const byCall = new Map<string, Set<string>>();
  for (const entry of network.trace.sent('p')) {
    const callId = /Call-ID: (\w+)/.exec(textOf(entry))?.[1] ?? '';
    byCall.set(callId, (byCall.get(callId) ?? new Set()).add(entry.toAddress.address));
  }
  assert.deepEqual(
    [...byCall.values()].map(({ size }) => size),
    Array.from({ length: 12 }, () => 1),
  );
  assert.equal(new Set([...byCall.values()].flatMap((to) => [...to])).size, 2);
});

test('RFC 3261 §16.3, §16.6: loops are 482, Max-Forwards 0 is 483, an ACK is never answered', () => {
  const { clock, network, alice, compose, at } = agents();
  const own = alice.send(edit(compose('OPTIONS')).setUri('sip:bob@192.0.2.111').done(), at);
  const spent = alice.send(edit(compose('MESSAGE')).setHeader('Max-Forwards', 0).done(), at);
  alice.layer.sendDirect(edit(compose('ACK')).setHeader('Max-Forwards', 0).done(), at);
  clock.advance(100);
  assert.deepEqual([own.statuses, spent.statuses], [[482], [483]]);
  assert.equal(network.trace.sent('p', 'alice').length, 2);
});

test('RFC 3261 §18.1.2: a response that did not come by a Via of ours goes nowhere', () => {
  const { clock, network, bob } = agents();
  const text = (top: string) =>
    `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ${top};branch=z9hG4bKa\r\nVia: SIP/2.0/UDP 192.0.2.101;branch=z9hG4bKb\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
  const flow = bob.host.flowTo(udpTarget('192.0.2.111'))!;
  bob.host.send(new TextEncoder().encode(text('192.0.2.99')), flow, null);
  clock.advance(10);
  assert.equal(network.trace.sent('p').length, 0);
  bob.host.send(new TextEncoder().encode(text('192.0.2.111')), flow, null);
  clock.advance(10);
  assert.equal(network.trace.sent('p', 'alice').length, 1);
});

test('RFC 3261 §16.11: the branch of an RFC 2543 peer is no branch: its requests are told apart by what else they have', () => {
  const hasher = createNodeHasher();
  const { compose } = agents();
  const old = (request: SipRequest) => edit(request).setHeader('Via', 'SIP/2.0/UDP 192.0.2.101;branch=1').done();
  const invite = compose();
  const branchOf = (request: SipRequest) => statelessBranch(hasher, 'key', old(request));
  const ack = edit(invite).setHeader('To', '<sip:bob@example.com>;tag=x').setHeader('CSeq', '1 ACK').done();
  assert.equal(branchOf(ack), branchOf(invite));
  assert.notEqual(branchOf(compose()), branchOf(invite));
});
