/** RFC 5626 §5, §7: a proxy that is the first hop of user agents whom nothing but their flow reaches; and one that knows several flows of an instance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNodeHasher } from '@ringdown/sip/node';
import { type RecordedRequest, textBody, VirtualAgent, VirtualPhone } from '@ringdown/testkit';
import { parseNameAddr } from '../message/name-addr.ts';
import { FlowTokens } from './flow-tokens.ts';
import { newNetwork, ProxyHost } from './proxy-scene.test.ts';

const flowTokens = new FlowTokens({ hasher: createNodeHasher(), key: 'of the edge' });
const nowhere = (name: string) => `sip:${name}@${name}.invalid;transport=tcp;ob`;

/** Phones whose Contact leads nowhere, each with a connection to the edge that a request of its own has made. */
function places() {
  const { clock, network } = newNetwork();
  const edge = new ProxyHost(network, 'edge', '192.0.2.111', { flowTokens });
  const alice = new VirtualPhone(network, 'alice', '192.0.2.101', { contact: () => nowhere('alice') });
  const bob = new VirtualAgent(network, 'bob', '192.0.2.201');
  const registrar = new VirtualAgent(network, 'registrar', '192.0.2.5');
  registrar.answer = (transaction) => registrar.respond(transaction, 200);
  edge.decide = (proxied) => proxied.forward([{ uri: 'sip:example.com', targets: [registrar.target()] }]);
  const register = (agent: VirtualAgent): RecordedRequest => {
    const request = agent.compose('REGISTER', agent.name, [['Contact', `<${nowhere(agent.name)}>`]]);
    const record = agent.send(request, edge.target('tcp'));
    clock.advance(200);
    return record;
  };
  const pathOf = () => registrar.requests.at(-1)?.request.headers('Path') ?? [];
  return { clock, network, edge, alice, bob, registrar, register, pathOf };
}

test('RFC 5626 §5.1: the first hop puts a Path with a flow token and ob into REGISTER, and what comes by that Path goes by the flow', () => {
  const { clock, edge, bob, registrar, register, pathOf } = places();
  assert.deepEqual(register(bob).statuses, [200]);
  const [path, ...more] = pathOf();
  assert.match(path ?? '', /^<sip:flow_[^@]+@192\.0\.2\.111:5060;lr;ob>$/);
  assert.equal(more.length, 0);
  edge.decide = (proxied) => proxied.forward();
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const asked = registrar.send(registrar.compose('OPTIONS', 'bob', [['Route', path ?? '']]), edge.target());
  clock.advance(200);
  assert.deepEqual(asked.statuses, [200]);
  assert.deepEqual([bob.requests.at(-1)?.flow.kind, bob.requests.at(-1)?.request.headers('Route')], ['tcp', []]);
});

test('RFC 5626 §5.1: a REGISTER that another proxy has brought has its Path from that one', () => {
  const { clock, edge, bob, pathOf } = places();
  const via = 'SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKbehind';
  bob.send(bob.compose('REGISTER', 'bob', [['Via', via]]), edge.target());
  clock.advance(200);
  assert.deepEqual(pathOf(), []);
});

test('RFC 5626 §5.3: 430 when the flow of a token is closed, 403 when the token is not ours', () => {
  const { clock, edge, bob, registrar, register, pathOf } = places();
  register(bob);
  edge.decide = (proxied) => proxied.forward();
  const [path = ''] = pathOf();
  const ask = (route: string) => {
    const asked = registrar.send(registrar.compose('OPTIONS', 'bob', [['Route', route]]), edge.target());
    clock.advance(200);
    return asked.statuses;
  };
  const user = parseNameAddr(path)?.uri;
  assert.ok(user?.kind === 'sip' && user.user !== undefined);
  assert.deepEqual(ask(path.replace('192.0.2.201', '192.0.2.202')), [403], 'another address under the same MAC');
  assert.deepEqual(ask(path.replace(/flow_[0-9a-f]{4}/, 'flow_0000')), [403], 'another MAC');
  for (const connection of bob.host.connections()) bob.host.close(connection.flowOf(bob.host));
  clock.advance(200);
  assert.deepEqual(ask(path), [430]);
});

test('RFC 5626 §5.3: a whole call between two who are reached by their flows alone, with requests in the dialog both ways', () => {
  const { clock, network, edge } = places();
  const dora = new VirtualPhone(network, 'dora', '192.0.2.103', { contact: () => nowhere('dora') });
  const carl = new VirtualPhone(network, 'carl', '192.0.2.104', { contact: () => nowhere('carl') });
  edge.decide = (proxied) => proxied.respond(200);
  carl.call('192.0.2.111', { target: edge.target('tcp'), uri: 'sip:hello@example.com' });
  clock.advance(200);
  const flow = edge.asked[0]?.transaction.flow;
  assert.ok(flow);
  edge.decide = (proxied) =>
    proxied.request.to.tag === undefined ? proxied.forward([{ uri: nowhere('carl'), flow }]) : proxied.forward();
  dora.call(carl, { target: edge.target('tcp'), uri: 'sip:carl@example.com' });
  clock.advance(500);
  assert.deepEqual([dora.session?.phase, carl.session?.phase], ['confirmed', 'confirmed'], network.trace.ladder());
  const routes = carl.invites[0]?.headers('Record-Route') ?? [];
  assert.deepEqual(
    routes.map((route) => /^<sip:flow_[^@]+@192\.0\.2\.111:5060;transport=tcp;lr>$/.test(route)),
    [true, true],
    'a token for each side',
  );
  dora.session?.reinvite(textBody('by dora'));
  clock.advance(500);
  carl.session?.reinvite(textBody('by carl'));
  clock.advance(500);
  assert.ok(carl.seen.includes('reoffer INVITE by dora'), 'reached by its flow');
  assert.ok(dora.seen.includes('reoffer INVITE by carl'));
  carl.session?.end();
  clock.advance(500);
  assert.equal(dora.end?.why, 'hung-up');
});

/** A proxy that knows two flows of one instance, each by an edge of its own. */
function twoFlows(first: number, second: number) {
  const { clock, network } = newNetwork();
  const home = new ProxyHost(network, 'home', '192.0.2.1');
  const [one, two] = ['192.0.2.11', '192.0.2.12'].map((address) => new VirtualAgent(network, address, address));
  const caller = new VirtualAgent(network, 'caller', '192.0.2.9');
  assert.ok(one && two);
  for (const [edge, status] of [[one, first] as const, [two, second] as const])
    edge.answer = (transaction) => edge.respond(transaction, status);
  const uri = 'sip:bob@192.0.2.201';
  home.decide = (proxied) =>
    proxied.forward([{ uri, targets: [one.target()], instead: [{ uri, targets: [two.target()] }] }]);
  const record = caller.send(caller.compose('INVITE', 'bob'), home.target());
  clock.advance(400);
  return {
    statuses: record.statuses.filter((status) => status >= 200),
    asked: [one.requests.length, two.requests.length],
  };
}

const outcomes: readonly [string, number, number, number[], number[]][] = [
  ['430: the other flow is tried', 430, 200, [200], [1, 1]],
  ['408: the other flow is tried', 408, 200, [200], [1, 1]],
  ['what the instance itself says counts, and no other flow is tried', 486, 200, [486], [1, 0]],
  ['an answer is enough', 200, 200, [200], [1, 0]],
  ['no flow is left: 480 for who knows nothing of flows', 430, 430, [480], [1, 1]],
];
for (const [title, first, second, statuses, asked] of outcomes) {
  test(`RFC 5626 §7: ${title}`, () => {
    assert.deepEqual(twoFlows(first, second), { statuses, asked });
  });
}

test('RFC 5626 §7: a flow that this proxy itself has lost counts as failed', () => {
  const { clock, edge, bob, registrar, register } = places();
  register(bob);
  const flow = edge.asked[0]?.transaction.flow;
  assert.ok(flow);
  for (const connection of bob.host.connections()) bob.host.close(connection.flowOf(bob.host));
  clock.advance(200);
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const uri = nowhere('bob');
  edge.decide = (proxied) => proxied.forward([{ uri, flow, instead: [{ uri, targets: [bob.target()] }] }]);
  const asked = registrar.send(registrar.compose('MESSAGE', 'bob'), edge.target());
  clock.advance(500);
  assert.deepEqual(asked.statuses, [200]);
});
