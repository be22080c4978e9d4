/** RFC 5658, RFC 3261 §16.6 step 4: a proxy between two transports, two address families, two interfaces; whole calls, with requests in the dialog both ways. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody, udpTarget, VirtualPhone, type VirtualPhoneOptions } from '@ringdown/testkit';
import type { Flow, TransportKind } from '../transport/flow.ts';
import { newNetwork, ProxyHost, type ProxyHostOptions, towards } from './proxy-scene.test.ts';

const overTcp: VirtualPhoneOptions = {
  contact: (flow: Flow) => `sip:phone@${flow.advertised.host}:5060;transport=tcp`,
};

interface Sides {
  readonly alice: string;
  readonly bob: string;
  readonly proxy: ProxyHostOptions;
  /** Where Bob is asked for. */
  readonly place: string;
  readonly a?: VirtualPhoneOptions;
  readonly b?: VirtualPhoneOptions;
  readonly by?: TransportKind;
}

function call({ alice: a, bob: b, proxy, place, by = 'udp', ...phones }: Sides) {
  const { clock, network } = newNetwork();
  const alice = new VirtualPhone(network, 'alice', a, phones.a);
  const bob = new VirtualPhone(network, 'bob', b, phones.b);
  const [first = '192.0.2.111'] = proxy.addresses ?? [];
  const p = new ProxyHost(network, 'p', first, proxy);
  p.decide = towards(place);
  alice.call(bob, { uri: 'sip:bob@example.com', to: '<sip:bob@example.com>', target: p.target(by) });
  clock.advance(1000);
  return { clock, network, alice, bob, p };
}

/** Changes by both, then the end by Bob, all through the proxy. */
function goOn({ clock, network, alice, bob }: ReturnType<typeof call>): void {
  assert.deepEqual([alice.session?.phase, bob.session?.phase], ['confirmed', 'confirmed'], network.trace.ladder());
  alice.session?.reinvite(textBody('by alice'));
  clock.advance(500);
  bob.session?.reinvite(textBody('by bob'));
  clock.advance(500);
  assert.ok(bob.seen.includes('reoffer INVITE by alice'));
  assert.ok(alice.seen.includes('reoffer INVITE by bob'));
  bob.session?.end();
  clock.advance(500);
  assert.deepEqual([alice.end?.why, bob.end?.why], ['hung-up', 'hung-up']);
  assert.deepEqual(
    network.trace.flow().filter((line) => /alice>bob|bob>alice/.test(line)),
    [],
    'nothing goes past the proxy',
  );
}

test('RFC 5658 §4: UDP to TCP: a Record-Route for each side', () => {
  const scene = call({
    ...{ alice: '192.0.2.101', bob: '192.0.2.201', proxy: {} },
    ...{ place: 'sip:bob@192.0.2.201;transport=tcp', b: overTcp },
  });
  assert.deepEqual(scene.bob.invites[0]?.headers('Record-Route'), [
    '<sip:192.0.2.111:5060;transport=tcp;lr>',
    '<sip:192.0.2.111:5060;lr>',
  ]);
  goOn(scene);
  const kinds = new Set(
    scene.network.trace.entries.map(({ from, to, kind }) => `${[from, to].toSorted().join()} ${kind}`),
  );
  assert.deepEqual([...kinds].toSorted(), ['alice,p udp', 'bob,p tcp']);
});

test('RFC 5658 §4: TCP to UDP', () => {
  const scene = call({
    ...{ alice: '192.0.2.101', bob: '192.0.2.201', proxy: {} },
    ...{ place: 'sip:bob@192.0.2.201', a: overTcp, by: 'tcp' as const },
  });
  assert.deepEqual(scene.bob.invites[0]?.headers('Record-Route'), [
    '<sip:192.0.2.111:5060;lr>',
    '<sip:192.0.2.111:5060;transport=tcp;lr>',
  ]);
  goOn(scene);
});

test('RFC 5658 §4: UDP to TLS', () => {
  const { clock, network } = newNetwork();
  const alice = new VirtualPhone(network, 'alice', '192.0.2.101');
  const bob = new VirtualPhone(network, 'bob', '192.0.2.201', { contact: () => 'sip:bob@192.0.2.201;transport=tls' });
  bob.host.listen('tls', 5061);
  const p = new ProxyHost(network, 'p', '192.0.2.111', { kinds: ['udp', 'tls'] });
  p.decide = towards('sip:bob@192.0.2.201;transport=tls');
  alice.call(bob, { uri: 'sip:bob@example.com', target: p.target() });
  clock.advance(1000);
  assert.deepEqual(bob.invites[0]?.headers('Record-Route'), [
    '<sip:192.0.2.111:5061;transport=tls;lr>',
    '<sip:192.0.2.111:5060;lr>',
  ]);
  alice.session?.end();
  clock.advance(500);
  assert.equal(bob.end?.why, 'hung-up');
});

test('RFC 5658 §4: IPv4 to IPv6', () => {
  const scene = call({
    ...{ alice: '192.0.2.101', bob: '2001:db8::201' },
    proxy: { addresses: ['192.0.2.111', '2001:db8::111'] },
    place: 'sip:bob@[2001:db8::201]',
    b: { contact: () => 'sip:bob@[2001:db8::201]' },
  });
  assert.deepEqual(scene.bob.invites[0]?.headers('Record-Route'), [
    '<sip:[2001:db8::111]:5060;lr>',
    '<sip:192.0.2.111:5060;lr>',
  ]);
  goOn(scene);
});

test('RFC 5658 §4: two interfaces: what follows leaves by the one it was record-routed at', () => {
  const { clock, network } = newNetwork();
  const alice = new VirtualPhone(network, 'alice', '192.0.2.101');
  const bob = new VirtualPhone(network, 'bob', '10.0.0.201');
  const p = new ProxyHost(network, 'p', '192.0.2.111', { addresses: ['192.0.2.111', '10.0.0.1'] });
  const inside = { ...udpTarget('10.0.0.201'), local: { family: 4, address: '10.0.0.1', port: 5060 } as const };
  p.decide = (proxied) =>
    proxied.request.to.tag === undefined
      ? proxied.forward([{ uri: 'sip:bob@10.0.0.201', targets: [inside] }])
      : proxied.forward();
  alice.call(bob, { uri: 'sip:bob@example.com', target: p.target() });
  clock.advance(1000);
  assert.deepEqual(bob.invites[0]?.headers('Record-Route'), ['<sip:10.0.0.1:5060;lr>', '<sip:192.0.2.111:5060;lr>']);
  network.trace.clear();
  alice.session?.reinvite(textBody('again'));
  clock.advance(500);
  bob.session?.reinvite(textBody('back'));
  clock.advance(500);
  const from = (to: string) => new Set(network.trace.sent('p', to).map(({ fromAddress }) => fromAddress.address));
  assert.deepEqual([[...from('bob')], [...from('alice')]], [['10.0.0.1'], ['192.0.2.111']]);
  assert.ok(alice.seen.includes('reoffer INVITE back'));
});

test('RFC 3261 §16.6 step 4: sips begets sips', () => {
  const { clock, network } = newNetwork();
  const alice = new VirtualPhone(network, 'alice', '192.0.2.101');
  const bob = new VirtualPhone(network, 'bob', '192.0.2.201');
  bob.host.listen('tls', 5061);
  alice.host.listen('tls', 5061);
  const p = new ProxyHost(network, 'p', '192.0.2.111', { kinds: ['tls'] });
  p.decide = towards('sips:bob@192.0.2.201');
  alice.call(bob, { uri: 'sips:bob@example.com', target: p.target('tls') });
  clock.advance(1000);
  assert.deepEqual(bob.invites[0]?.headers('Record-Route'), ['<sips:192.0.2.111:5061;lr>']);
});
