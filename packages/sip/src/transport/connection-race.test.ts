/** RFC 8305 and RFC 7984 on the virtual network: which address of a server is used, when, and what becomes of the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, VirtualAgent, VirtualClock, VirtualDns, VirtualNetwork } from '@ringdown/testkit';
import { parseSipUri } from '../message/uri.ts';
import { ConnectionRacer } from './connection-race.ts';
import { DnsCache } from './dns-cache.ts';
import { FailedTargets } from './failed-targets.ts';
import { Failover, type FailoverUser } from './failover.ts';
import type { Target } from './flow.ts';
import { ServerLocator } from './locate-server.ts';

const addresses = ['2001:db8::2', '192.0.2.2', '2001:db8::3', '192.0.2.3'] as const;

/** A server of four addresses, each a host of its own, so that each has a link of its own. */
function world(kinds: readonly ('tcp' | 'udp')[] = ['tcp']) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 10 } });
  const dns = new VirtualDns(clock);
  dns.delayMs = 0;
  dns.set('AAAA', 'sip.example.com', [addresses[0], addresses[2]]).a('sip.example.com', addresses[1], addresses[3]);
  const alice = new VirtualAgent(network, 'alice', { addresses: ['192.0.2.1', '2001:db8::1'] });
  for (const kind of kinds) alice.host.listen(kind, 5060, '2001:db8::1');
  const servers = addresses.map((address) => {
    const agent = new VirtualAgent(network, address, address);
    agent.answer = (transaction) => agent.respond(transaction, 200);
    return agent;
  });
  const opened: string[] = [];
  const racer = new ConnectionRacer({
    clock,
    flowTo: (target) => alice.host.flowTo(target),
    abandon: (flow) => alice.host.close(flow),
  });
  alice.host.onFlowOpened = (flow) => {
    opened.push(`${flow.remote.address} @${clock.nowMs()}`);
    racer.onFlowOpened(flow);
  };
  const { onFlowClosed } = alice.host;
  alice.host.onFlowClosed = (flow, failure) => {
    racer.onFlowClosed(flow);
    onFlowClosed(flow, failure);
  };
  const locator = new ServerLocator({
    cache: new DnsCache(dns, clock),
    clock,
    random: new SeededRandom(1),
    families: [6, 4],
  });
  const failover = new Failover({ transactions: alice.layer, locator, failed: new FailedTargets(clock), clock, racer });
  const cut = (...which: number[]) => {
    for (const at of which) network.link(alice.host, servers[at]!.host, { up: false });
  };
  const ask = (transport = 'tcp') => {
    const answered: string[] = [];
    const user: FailoverUser = {
      onResponse: (response, { flow }) =>
        void answered.push(`${response.status} ${flow.remote.address} @${clock.nowMs()}`),
      onTimeout: () => void answered.push(`timeout @${clock.nowMs()}`),
      onTransportFailure: (failure) => void answered.push(`${failure.code} @${clock.nowMs()}`),
      onUnlocated: (failure) => void answered.push(failure.code),
    };
    const uri = parseSipUri(`sip:sip.example.com;transport=${transport}`)!;
    const sending = failover.send(alice.compose('OPTIONS', 'bob'), uri, user);
    return { answered, sending };
  };
  const connections = () => alice.host.connections().filter(({ closed }) => !closed).length;
  return { clock, network, alice, servers, racer, opened, cut, ask, connections };
}

test('RFC 7984 §4.2, RFC 8305 §4: families take turns in the order of liking', () => {
  const { clock } = world();
  let order: readonly Target[] = [];
  const locator = new ServerLocator({
    cache: new DnsCache(
      new VirtualDns(clock).set('AAAA', 'a.test', ['2001:db8::a', '2001:db8::b']).a('a.test', '192.0.2.7'),
      clock,
    ),
    clock,
    random: new SeededRandom(1),
    families: [6, 4],
  });
  locator.locate(parseSipUri('sip:a.test;transport=tcp')!, {
    onLocated: (located) => {
      order = located.ok ? located.targets : [];
    },
  });
  clock.advance(100);
  assert.deepEqual(
    order.map(({ remote }) => remote.address),
    ['2001:db8::a', '192.0.2.7', '2001:db8::b'],
  );
});

test('RFC 8305 §5: the first address is used when it answers within 250 ms, and no other is tried', () => {
  const { clock, ask, opened, connections } = world();
  const { answered } = ask();
  clock.advance(1_000);
  assert.deepEqual(answered, ['200 2001:db8::2 @40']);
  assert.deepEqual(opened, ['2001:db8::2 @20']);
  assert.equal(connections(), 1);
});

test('RFC 8305 §5: a silent address costs 250 ms, the other family is then used, and the silent one given up', () => {
  const { clock, ask, cut, opened, connections } = world();
  cut(0);
  const { answered } = ask();
  clock.advance(10_000);
  assert.deepEqual(answered, ['200 192.0.2.2 @290']);
  assert.deepEqual(opened, ['192.0.2.2 @270']);
  assert.equal(connections(), 1);
});

test('RFC 8305 §5: a refused one costs no more than its refusal', () => {
  const { clock, ask, servers } = world();
  servers[0]!.host.unlisten('tcp');
  const { answered } = ask();
  clock.advance(1_000);
  assert.deepEqual(answered, ['200 192.0.2.2 @60']);
});

test('RFC 8305 §5: three silent ones cost 750 ms', () => {
  const { clock, ask, cut } = world();
  cut(0, 1, 2);
  const { answered } = ask();
  clock.advance(10_000);
  assert.deepEqual(answered, ['200 192.0.2.3 @790']);
});

test('a slow address that stands after the next was begun, but before it, wins; the other is closed', () => {
  const { clock, network, alice, servers, ask, opened, connections } = world();
  network.link(alice.host, servers[0]!.host, { delayMs: 130 });
  network.link(alice.host, servers[1]!.host, { delayMs: 200 });
  const { answered } = ask();
  clock.advance(10_000);
  assert.deepEqual(answered, ['200 2001:db8::2 @520']);
  assert.equal(opened[0], '2001:db8::2 @260');
  assert.equal(connections(), 1);
});

test('a family that this host has no socket of is passed over at once', () => {
  const { clock, ask } = world([]);
  const { answered } = ask();
  clock.advance(1_000);
  assert.deepEqual(answered, ['200 192.0.2.2 @40']);
});

test('the second request uses the connection that stands; two at once share one race', () => {
  const { clock, ask, cut, opened } = world();
  cut(0);
  const [one, two] = [ask(), ask()];
  clock.advance(1_000);
  assert.deepEqual([one.answered, two.answered], [['200 192.0.2.2 @290'], ['200 192.0.2.2 @290']]);
  const third = ask();
  clock.advance(30);
  assert.deepEqual(third.answered, ['200 192.0.2.2 @1020']);
  assert.equal(opened.length, 1);
});

test('RFC 8305 §5: once the connection that won is gone, the next request races anew', () => {
  const { clock, network, alice, servers, ask, cut } = world();
  cut(0);
  ask();
  clock.advance(1_000);
  network.breakConnections(alice.host, servers[1]!.host, 'reset');
  const again = ask();
  clock.advance(1_000);
  assert.deepEqual(again.answered, ['200 192.0.2.2 @1290']);
});

test('when no address can be reached the user learns why', () => {
  const { clock, ask, servers } = world();
  for (const server of servers) server.host.unlisten('tcp');
  const { answered } = ask();
  clock.advance(10_000);
  assert.deepEqual(
    answered.map((text) => text.split(' ')[0]),
    ['refused'],
  );
});

test('cancelled while connections race: nothing is sent', () => {
  const { clock, ask, cut, servers } = world();
  cut(0);
  const { answered, sending } = ask();
  clock.advance(100);
  sending.cancel();
  clock.advance(10_000);
  assert.deepEqual(answered, ['cancelled']);
  assert.ok(servers.every(({ requests }) => requests.length === 0));
});

test('RFC 7984 §4.3: over UDP nothing races; a silent address is left for the next after its attempt', () => {
  const { clock, ask, cut } = world(['udp']);
  cut(0);
  const { answered } = ask('udp');
  clock.advance(40_000);
  assert.deepEqual(answered, ['200 192.0.2.2 @32020']);
});
