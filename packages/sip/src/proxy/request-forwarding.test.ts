/** RFC 3261 §16.3 to §16.6: what a proxy does with a request before and while it sends it on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualAgent } from '@ringdown/testkit';
import { buildResponse } from '../message/build-response.ts';
import { edit } from '../message/edit.ts';
import type { SipRequest } from '../message/request.ts';
import type { Target } from '../transport/flow.ts';
import { newNetwork, ProxyHost, type ProxyHostOptions } from './proxy-scene.test.ts';

type Rows = readonly (readonly [string, string])[];

/** Alice, the proxy and Bob, who answers 200. */
function places(options: ProxyHostOptions = {}) {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const bob = new VirtualAgent(network, 'bob', '192.0.2.201');
  const p = new ProxyHost(network, 'p', '192.0.2.111', options);
  bob.answer = (transaction) => bob.respond(transaction, 200);
  /** The final response, and what Bob has got. */
  const ask = (request: SipRequest, target: Target = p.target()) => {
    const record = alice.send(request, target);
    clock.advance(500);
    return {
      status: record.statuses.find((status) => status >= 200),
      response: record.responses.at(-1),
      got: bob.requests.at(-1)?.request,
    };
  };
  const message = (uri: string, rows: Rows = []) =>
    edit(alice.compose('MESSAGE', 'bob', rows))
      .setUri(uri)
      .done();
  return { clock, network, alice, bob, p, ask, message };
}

const atBob = 'sip:bob@192.0.2.201';

const refusals: readonly [what: string, status: number, change: (request: SipRequest) => SipRequest][] = [
  ['step 1: a malformed Contact', 400, (request) => edit(request).setHeader('Contact', '<sip:').done()],
  ['step 2: a scheme that nobody knows', 416, (request) => edit(request).setUri('nobody:knows.it').done()],
  ['step 3: Max-Forwards 0', 483, (request) => edit(request).setHeader('Max-Forwards', 0).done()],
  [
    'step 5: an extension in Proxy-Require',
    420,
    (request) => edit(request).setHeader('Proxy-Require', 'foo, privacy').done(),
  ],
];
for (const [what, status, change] of refusals)
  test(`RFC 3261 §16.3 ${what} is ${status}`, () => {
    const { ask, message, bob } = places({ extensions: ['privacy'] });
    const answer = ask(change(message(atBob)));
    assert.equal(answer.status, status);
    assert.equal(bob.requests.length, 0);
    if (status === 420) assert.equal(answer.response?.header('Unsupported'), 'foo');
  });

test('RFC 3261 §16.3 step 3: OPTIONS with Max-Forwards 0 is answered by the proxy itself (§11)', () => {
  const { ask, alice, p } = places({ headers: [['Server', 'ours']] });
  const options = edit(alice.compose('OPTIONS', 'bob')).setUri(atBob).setHeader('Max-Forwards', 0).done();
  const { status, response } = ask(options);
  assert.deepEqual([status, response?.header('Server')], [200, 'ours']);
  assert.equal(p.asked.length, 0);
});

test('RFC 3261 §16.3 step 6: who may not pass is not forwarded', () => {
  const { ask, message, p } = places({
    authorize: (transaction) => {
      transaction.respond(buildResponse(transaction.request, 407));
      return false;
    },
  });
  assert.equal(ask(message(atBob)).status, 407);
  assert.equal(p.asked.length, 0);
});

test('RFC 3261 §16.6 steps 1 to 3 and 8: a copy with its Via on top, one hop less, all else untouched', () => {
  const { ask, message } = places();
  const sent = message(atBob, [
    ['X-Odd', 'a  "b,"'],
    ['Subject', 'hi'],
  ]);
  const { status, got } = ask(sent);
  assert.equal(status, 200);
  assert.equal(got?.maxForwards, 69);
  const vias = got?.vias() ?? [];
  assert.deepEqual([vias.length, vias[0]?.host, vias[1]?.host], [2, '192.0.2.111', '192.0.2.101']);
  const untouched = (request: SipRequest | undefined) =>
    request
      ?.rows()
      .filter(({ name }) => !/^(via|max-)/i.test(name))
      .map(({ name, value }) => `${name}: ${value}`);
  assert.deepEqual(untouched(got), untouched(sent));
});

test('RFC 3261 §16.6 step 2: what may not stand in a Request-URI is left out', () => {
  const { ask, message, p } = places();
  p.decide = (proxied) => proxied.forward([{ uri: 'sip:bob@192.0.2.201;method=INVITE?Subject=x' }]);
  assert.equal(ask(message('sip:bob@example.com')).got?.uri, atBob);
});

test('RFC 3261 §16.6 step 3: without Max-Forwards it is 70', () => {
  const { ask, message } = places();
  assert.equal(ask(edit(message(atBob)).removeHeader('Max-Forwards').done()).got?.maxForwards, 70);
});

test('RFC 3261 §16.4: Route headers that name the proxy go, the others stay and say where to', () => {
  const { ask, message, p } = places();
  const rows: Rows = [['Route', '<sip:192.0.2.111;lr>, <sip:192.0.2.111;transport=tcp;lr>, <sip:192.0.2.201;lr>']];
  const { got } = ask(message('sip:bob@nowhere.example', rows));
  assert.deepEqual([got?.uri, got?.headers('Route')], ['sip:bob@nowhere.example', ['<sip:192.0.2.201;lr>']]);
  assert.equal(p.asked[0]?.isRouted, true);
});

test('RFC 3261 §16.4: a strict router before us has put our Record-Route into the Request-URI', () => {
  const { ask, message, p } = places();
  const { got } = ask(message('sip:192.0.2.111;lr', [['Route', '<sip:192.0.2.201;lr>, <sip:bob@far.example>']]));
  assert.deepEqual([got?.uri, got?.headers('Route')], ['sip:bob@far.example', ['<sip:192.0.2.201;lr>']]);
  assert.equal(p.asked[0]?.isRouted, true);
});

test('RFC 3261 §16.6 step 6, §16.12.1: a strict router after us finds itself in the Request-URI', () => {
  const { ask, message } = places();
  const { got } = ask(message('sip:bob@far.example', [['Route', '<sip:192.0.2.201>, <sip:next.example;lr>']]));
  assert.deepEqual(
    [got?.uri, got?.headers('Route')],
    ['sip:192.0.2.201', ['<sip:next.example;lr>', '<sip:bob@far.example>']],
  );
});

test('RFC 3261 §16.4: a maddr that names us goes, with the port and transport it came by', () => {
  const { ask, message, p } = places();
  p.decide = (proxied) => proxied.forward([{ uri: atBob }]);
  ask(message('sip:bob@example.com:5060;maddr=192.0.2.111;user=phone'));
  ask(message('sip:bob@example.com:5070;maddr=192.0.2.111'));
  ask(message('sip:bob@example.com;maddr=192.0.2.99'));
  assert.deepEqual(
    p.asked.map(({ request }) => request.uri),
    [
      'sip:bob@example.com;user=phone',
      'sip:bob@example.com:5070;maddr=192.0.2.111',
      'sip:bob@example.com;maddr=192.0.2.99',
    ],
  );
});

test('RFC 3327 §5.4: the Path of a binding becomes the Route', () => {
  const { ask, message, p } = places();
  p.decide = (proxied) =>
    proxied.forward([{ uri: 'sip:bob@198.51.100.1', route: ['<sip:192.0.2.201;lr>', '<sip:more.example;lr>'] }]);
  const { got } = ask(message('sip:bob@example.com'));
  assert.deepEqual(
    [got?.uri, got?.headers('Route')],
    ['sip:bob@198.51.100.1', ['<sip:192.0.2.201;lr>', '<sip:more.example;lr>']],
  );
});

test('RFC 3261 §16.6 step 7: a binding is reached by its flow, whatever its Contact says', () => {
  const { ask, message, p, bob } = places();
  p.decide = (proxied) => proxied.forward([{ uri: 'sip:bob@10.0.0.1:9', targets: [bob.target()] }]);
  assert.equal(ask(message('sip:bob@example.com')).got?.uri, 'sip:bob@10.0.0.1:9');
});

test('RFC 3263 §4.3: the second server of a target is asked when the first does not answer', () => {
  const { clock, alice, bob, p, message } = places({ attemptMs: 2000 });
  p.dns.srv('_sip._udp.example.com', [1, 1, 5060, 'dead.example.com'], [2, 1, 5060, 'live.example.com']);
  p.dns.a('dead.example.com', '192.0.2.250').a('live.example.com', bob.address);
  const record = alice.send(message('sip:bob@example.com;transport=udp'), p.target());
  clock.advance(5000);
  assert.equal(record.statuses.at(-1), 200);
});

test('RFC 3261 §16.6 step 4: only what opens a dialog is record-routed, always as a loose router', () => {
  const { ask, alice, message } = places();
  assert.equal(ask(message(atBob)).got?.header('Record-Route'), undefined);
  const subscribe = edit(alice.compose('SUBSCRIBE', 'bob', [['Record-Route', '<sip:before.example;lr>']]))
    .setUri(atBob)
    .done();
  assert.deepEqual(ask(subscribe).got?.headers('Record-Route'), [
    '<sip:192.0.2.111:5060;lr>',
    '<sip:before.example;lr>',
  ]);
  const quiet = places({ recordRoute: false });
  assert.equal(
    quiet.ask(edit(quiet.alice.compose('INVITE', 'bob')).setUri(atBob).done()).got?.header('Record-Route'),
    undefined,
  );
});

test('a target that no SIP server can be found for is 500', () => {
  const { ask, message, p } = places();
  p.decide = (proxied) => proxied.forward([{ uri: 'tel:+4930123' }]);
  assert.equal(ask(message('sip:bob@example.com')).status, 500);
  p.decide = (proxied) => proxied.forward([]);
  assert.equal(ask(message('sip:bob@example.com')).status, 480);
});
