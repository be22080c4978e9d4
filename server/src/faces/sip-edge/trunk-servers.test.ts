/** Trunks given by a host name: found by DNS, given up when DNS or a server does not answer (RFC 3263). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LegId } from '#base/ids';
import { endCause } from '#engine/calls';
import { dial, type Peer, type Scene, scene } from './edge-scene.test.ts';

async function named(options: { readonly kind?: 'udp' | 'tcp' } = {}) {
  const made = await scene();
  const trunkId = await made.trunks.addTrunk(made.actor, {
    name: 'named',
    host: 'carrier.test',
    transport: options.kind ?? 'udp',
  });
  made.dns
    .srv('_sip._udp.carrier.test', [10, 1, 5060, 'one.carrier.test'], [20, 1, 5060, 'two.carrier.test'])
    .a('one.carrier.test', '192.0.2.61')
    .a('two.carrier.test', '192.0.2.62');
  const call = (): LegId => dial(made, { kind: 'trunk', trunkId, user: '+49891' });
  const ended = () => made.events.flatMap((event) => (event.type === 'ended' ? [event] : []));
  return { ...made, trunkId, call, ended };
}

const server = (made: Scene, address: string): Peer => made.peer(address, 'carrier');

test('RFC 3263 §4.2: the servers of the SRV records are called in their order, with the name in the URIs', async () => {
  const made = await named();
  const [one, two] = [server(made, '192.0.2.61'), server(made, '192.0.2.62')];
  made.call();
  made.clock.advance(1000);
  assert.equal(one.invited?.uri, 'sip:+49891@carrier.test');
  assert.equal(two.invited, null);
  assert.equal(made.dns.queries.length > 0, true);
});

test('RFC 3263 §4.3: 503 leads to the next server; with Retry-After the next call goes there at once', async () => {
  const made = await named();
  const [one, two] = [server(made, '192.0.2.61'), server(made, '192.0.2.62')];
  one.onCall = (session) => void session.reject(503, { headers: [['Retry-After', '60']] });
  made.call();
  made.clock.advance(1000);
  assert.ok(one.invited !== null && two.invited !== null);
  one.invited = null;
  two.invited = null;
  made.call();
  made.clock.advance(1000);
  assert.ok(one.invited === null && two.invited !== null);
  made.clock.advance(60_000);
  made.call();
  made.clock.advance(1000);
  assert.notEqual(one.invited, null, 'and later it is tried again');
});

test('a server that says nothing costs four seconds once, and is avoided by the next call', async () => {
  const made = await named();
  const two = server(made, '192.0.2.62');
  made.call();
  made.clock.advance(3_900);
  assert.equal(two.invited, null);
  made.clock.advance(400);
  assert.notEqual(two.invited, null);
  two.invited = null;
  made.call();
  made.clock.advance(200);
  assert.notEqual(two.invited, null);
});

test('a name that does not exist, and a DNS that does not answer, end the leg and say so', async () => {
  const made = await named();
  made.dns.remove('SRV', '_sip._udp.carrier.test');
  made.call();
  made.clock.advance(1000);
  assert.deepEqual(
    [made.ended()[0]?.cause.code, /named: .*carrier\.test/.test(made.ended()[0]?.cause.detail ?? '')],
    ['unreachable', true],
  );
  const silent = await named();
  silent.dns.mode = 'silent';
  silent.call();
  silent.clock.advance(10_000);
  assert.equal(silent.ended().length, 1);
  assert.match(silent.ended()[0]?.cause.detail ?? '', /DNS/i);
});

test('a caller who gives up while DNS is asked: the leg ends at once and nothing is ever sent', async () => {
  const made = await named();
  const one = server(made, '192.0.2.61');
  made.dns.delayMs = 2_000;
  const legId = made.call();
  made.clock.advance(100);
  made.edge.perform({ type: 'end', legId, cause: endCause('cancelled') });
  made.clock.advance(20_000);
  assert.deepEqual(
    made.ended().map(({ cause }) => cause.code),
    ['cancelled'],
  );
  assert.equal(one.invited, null);
  assert.equal(made.edge.legCount, 0);
});
