import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flow, SocketAddress, Target, TransportFailure, TransportKind } from '@ringdown/sip';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { labelOf } from './network-trace.ts';
import type { VirtualHost } from './virtual-host.ts';
import { familyOf } from './virtual-host.ts';
import { VirtualNetwork, type VirtualNetworkOptions } from './virtual-network.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const at = (address: string, port = 5060): SocketAddress => ({ family: familyOf(address), address, port });
const target = (kind: TransportKind, address: string, port?: number): Target => ({ kind, remote: at(address, port) });

function inbox(host: VirtualHost, clock: VirtualClock) {
  const got: { text: string; atMs: number; flow: Flow }[] = [];
  host.onMessage = (bytes, flow) => got.push({ text: decode(bytes), atMs: clock.nowMs(), flow });
  return got;
}

function pair(options: Partial<VirtualNetworkOptions> = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, ...options });
  const alice = network.host('alice', '192.0.2.1').listen('udp').listen('tcp');
  const bob = network.host('bob', '192.0.2.2').listen('udp').listen('tcp');
  return { clock, network, alice, bob, aliceGot: inbox(alice, clock), bobGot: inbox(bob, clock) };
}

function failures() {
  const codes: string[] = [];
  return { codes, onTransportFailure: (failure: TransportFailure) => void codes.push(failure.code) };
}

test('a datagram arrives after the delay of its link, on a flow that leads back', () => {
  const { clock, alice, bob, aliceGot, bobGot } = pair({ link: { delayMs: 40 } });
  alice.send(encode('hello'), alice.flowTo(target('udp', '192.0.2.2'))!, null);
  clock.advance(39);
  assert.equal(bobGot.length, 0);
  clock.advance(1);
  assert.deepEqual(
    bobGot.map(({ text, atMs }) => ({ text, atMs })),
    [{ text: 'hello', atMs: 40 }],
  );
  bob.send(encode('back'), bobGot[0]!.flow, null);
  clock.advance(40);
  assert.equal(aliceGot[0]?.text, 'back');
  assert.equal(aliceGot[0]?.flow, alice.flowTo(target('udp', '192.0.2.2')), 'one flow object per pair of addresses');
});

test('the buffer given to send may be used again at once', () => {
  const { clock, alice, bobGot } = pair();
  const bytes = encode('first');
  alice.send(bytes, alice.flowTo(target('udp', '192.0.2.2'))!, null);
  bytes.fill(0x78);
  clock.advance(1);
  assert.equal(bobGot[0]?.text, 'first');
});

const shares: readonly {
  readonly name: string;
  readonly link: object;
  readonly least: number;
  readonly most: number;
}[] = [
  { name: 'nothing lost', link: {}, least: 1_000, most: 1_000 },
  { name: 'a third lost', link: { loss: 1 / 3 }, least: 600, most: 730 },
  { name: 'a tenth twice', link: { duplication: 0.1 }, least: 1_070, most: 1_140 },
  { name: 'link down', link: { up: false }, least: 0, most: 0 },
];
for (const { name, link, least, most } of shares) {
  test(`of 1,000 datagrams, ${name}; the same seed gives the same number`, () => {
    const run = () => {
      const { clock, alice, bobGot } = pair({ link, seed: 5 });
      for (let count = 0; count < 1_000; count++)
        alice.send(encode('x'), alice.flowTo(target('udp', '192.0.2.2'))!, null);
      clock.advance(1_000);
      return bobGot.length;
    };
    const count = run();
    assert.ok(count >= least && count <= most, String(count));
    assert.equal(run(), count);
  });
}

test('datagrams overtake each other by reordering, bytes of a stream never', () => {
  for (const kind of ['udp', 'tcp'] as const) {
    const { clock, alice, bobGot } = pair({ link: { reorder: 0.2, jitterMs: 20 } });
    for (let count = 0; count < 100; count++) {
      alice.send(encode(String(count)), alice.flowTo(target(kind, '192.0.2.2'))!, null);
      clock.advance(1);
    }
    clock.advance(1_000);
    const order = bobGot.map(({ text }) => Number(text));
    const sorted = order.toSorted((one, other) => one - other);
    assert.equal(order.length, 100);
    if (kind === 'udp') assert.notDeepEqual(order, sorted);
    else assert.deepEqual(order, sorted);
  }
});

test('UDP to a port where nobody listens is refused, to an address without a host vanishes', () => {
  const { clock, network, alice } = pair();
  const refused = failures();
  const vanished = failures();
  alice.send(encode('x'), alice.flowTo(target('udp', '192.0.2.2', 9))!, refused);
  alice.send(encode('x'), alice.flowTo(target('udp', '192.0.2.99'))!, vanished);
  assert.deepEqual(refused.codes, [], 'never from inside send');
  clock.advance(10_000);
  assert.deepEqual(refused.codes, ['refused']);
  assert.deepEqual(vanished.codes, []);
  assert.deepEqual(
    network.trace.entries.map(({ outcome }) => outcome),
    ['no-listener', 'no-host'],
  );
});

test('a stream is made once, carries both ways, and what is sent meanwhile waits for it', () => {
  const { clock, alice, bob, aliceGot, bobGot } = pair({ link: { delayMs: 10 } });
  const flow = alice.flowTo(target('tcp', '192.0.2.2'))!;
  assert.equal(alice.flowTo(target('tcp', '192.0.2.2')), flow);
  alice.send(encode('one'), flow, null);
  clock.advance(100);
  assert.deepEqual(
    bobGot.map(({ text, atMs }) => `${text}@${atMs}`),
    ['one@30'],
  );
  const back = bobGot[0]!.flow;
  bob.send(encode('two'), back, null);
  clock.advance(10);
  assert.equal(aliceGot[0]?.flow, flow);
  assert.equal(bob.flowTo({ kind: 'tcp', remote: at('10.9.9.9'), flowId: back.id }), back);
});

test('TCP: refused after a round trip, unreachable after the time-out, closed when reset', () => {
  const { clock, network, alice, bob } = pair({ link: { delayMs: 10 }, connectTimeoutMs: 3_000 });
  const refused = failures();
  const unreachable = failures();
  alice.send(encode('x'), alice.flowTo(target('tcp', '192.0.2.2', 9))!, refused);
  alice.send(encode('x'), alice.flowTo(target('tcp', '192.0.2.99'))!, unreachable);
  clock.advance(20);
  assert.deepEqual(refused.codes, ['refused']);
  clock.advance(2_979);
  assert.deepEqual(unreachable.codes, []);
  clock.advance(1);
  assert.deepEqual(unreachable.codes, ['unreachable']);

  const closed: string[] = [];
  bob.onFlowClosed = (_flow, failure) => closed.push(failure.code);
  const flow = alice.flowTo(target('tcp', '192.0.2.2'))!;
  clock.advance(20);
  assert.equal(network.breakConnections(alice, bob, 'reset'), 1);
  assert.equal(alice.isOpen(flow), false);
  assert.deepEqual(closed, ['closed']);
  const gone = failures();
  alice.send(encode('x'), flow, gone);
  clock.advance(0);
  assert.deepEqual(gone.codes, ['flow-gone']);
  assert.notEqual(alice.flowTo(target('tcp', '192.0.2.2')), flow);
});

test('a half-dead connection looks open, swallows everything and tells nobody', () => {
  const { clock, network, alice, bob, bobGot } = pair();
  const flow = alice.flowTo(target('tcp', '192.0.2.2'))!;
  clock.advance(10);
  network.breakConnections(alice, bob, 'half-dead');
  const told = failures();
  alice.send(encode('x'), flow, told);
  clock.advance(100_000);
  assert.equal(alice.isOpen(flow), true);
  assert.equal(bobGot.length, 0);
  assert.deepEqual(told.codes, []);
  assert.equal(network.trace.entries.at(-1)?.outcome, 'dead-connection');
});

function behindNat(kind: 'full-cone' | 'port-restricted' | 'symmetric') {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock });
  const nat = network.nat('203.0.113.9', { kind, mappingTimeoutMs: 30_000 });
  const phone = network
    .host('phone', { addresses: ['10.0.0.5'], behind: nat })
    .listen('udp')
    .listen('tcp');
  const server = network.host('server', '192.0.2.1').listen('udp').listen('tcp');
  const other = network.host('other', '192.0.2.2').listen('udp');
  return { clock, network, nat, phone, server, other, phoneGot: inbox(phone, clock), serverGot: inbox(server, clock) };
}

test('NAT: the server sees the outer address, and its answer finds the phone until the mapping times out', () => {
  const { clock, network, phone, server, phoneGot, serverGot } = behindNat('port-restricted');
  phone.send(encode('x'), phone.flowTo(target('udp', '192.0.2.1'))!, null);
  clock.advance(10);
  const flow = serverGot[0]!.flow;
  assert.deepEqual(flow.remote, at('203.0.113.9', 40_000));
  server.send(encode('in time'), flow, null);
  clock.advance(29_000);
  server.send(encode('still in time'), flow, null);
  clock.advance(2_000);
  server.send(encode('too late: only what goes out keeps a mapping'), flow, null);
  clock.advance(10);
  assert.deepEqual(
    phoneGot.map(({ text }) => text),
    ['in time', 'still in time'],
  );
  assert.equal(network.trace.entries.at(-1)?.outcome, 'blocked-by-nat');
});

for (const { kind, reaches } of [
  { kind: 'full-cone', reaches: true },
  { kind: 'port-restricted', reaches: false },
  { kind: 'symmetric', reaches: false },
] as const) {
  test(`NAT ${kind}: a third host that knows the outer port ${reaches ? 'reaches' : 'does not reach'} the phone`, () => {
    const { clock, phone, other, phoneGot, serverGot } = behindNat(kind);
    phone.send(encode('x'), phone.flowTo(target('udp', '192.0.2.1'))!, null);
    clock.advance(10);
    other.send(encode('y'), other.flowTo({ kind: 'udp', remote: serverGot[0]!.flow.remote })!, null);
    clock.advance(10);
    assert.equal(phoneGot.length, reaches ? 1 : 0);
  });
}

test('NAT symmetric: another destination gets another outer port; TCP from outside cannot enter', () => {
  const { clock, network, phone, server } = behindNat('symmetric');
  phone.send(encode('x'), phone.flowTo(target('udp', '192.0.2.1'))!, null);
  phone.send(encode('x'), phone.flowTo(target('udp', '192.0.2.2'))!, null);
  assert.deepEqual(
    network.trace.entries.map(({ fromAddress }) => fromAddress.port),
    [40_000, 40_001],
  );
  const told = failures();
  server.send(encode('x'), server.flowTo(target('tcp', '203.0.113.9', 40_000))!, told);
  clock.advance(5_000);
  assert.deepEqual(told.codes, ['unreachable']);
});

test('the trace names messages, times and fates, and prints a ladder', () => {
  const { clock, network, alice, bob } = pair();
  alice.send(encode('OPTIONS sip:bob SIP/2.0\r\n\r\n'), alice.flowTo(target('udp', '192.0.2.2'))!, null);
  clock.advance(5);
  network.link(alice, bob, { up: false });
  bob.send(encode('SIP/2.0 200 OK\r\n\r\n'), bob.flowTo(target('udp', '192.0.2.1'))!, null);
  bob.send(encode('\r\n\r\n'), bob.flowTo(target('udp', '192.0.2.1'))!, null);
  assert.deepEqual(network.trace.flow(), ['alice>bob OPTIONS', 'bob>alice 200', 'bob>alice keep-alive']);
  assert.deepEqual(network.trace.timesOf('bob', '200'), [5]);
  assert.equal(labelOf(network.trace.sent('alice', 'bob')[0]!), 'OPTIONS');
  const lines = network.trace.ladder().split('\n');
  assert.match(lines[0]!, /^ {10}alice {19}bob/);
  assert.match(lines[1]!, /^ {7}0 {2}\|-+ OPTIONS -+>\|$/);
  assert.match(lines[2]!, /^ {7}5 {2}\|x-+ 200 -+\| lost$/);
});

test('a filter loses exactly the datagrams that a test names', () => {
  const { clock, network, alice, bobGot } = pair();
  let seen = 0;
  network.filter = () => ++seen !== 2;
  for (const text of ['a', 'b', 'c']) alice.send(encode(text), alice.flowTo(target('udp', '192.0.2.2'))!, null);
  clock.advance(10);
  assert.deepEqual(
    bobGot.map(({ text }) => text),
    ['a', 'c'],
  );
});
