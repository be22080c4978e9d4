/** The ACK of a 2xx through a proxy (RFC 3261 §16.11, RFC 6026): for each 2xx again, by its route, and never to the proxy itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualAgent } from '@ringdown/testkit';
import { edit } from '../message/edit.ts';
import type { SipRequest } from '../message/request.ts';
import { newNetwork, ProxyHost, type ProxyHostOptions } from './proxy-scene.test.ts';

function places(options: ProxyHostOptions = {}) {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const bob = new VirtualAgent(network, 'bob', '192.0.2.201');
  const p = new ProxyHost(network, 'p', '192.0.2.111', options);
  const ack = (uri: string, rows: readonly (readonly [string, string])[] = []) =>
    edit(alice.compose('ACK', 'bob', rows))
      .setUri(uri)
      .done();
  const send = (request: SipRequest) => {
    alice.layer.sendDirect(request, p.target());
    clock.advance(100);
    return bob.acks.length;
  };
  return { clock, network, alice, bob, p, ack, send };
}

test('RFC 3261 §16.11: it goes on to its Request-URI, each time, with a Via of its own', () => {
  const { ack, send, bob } = places();
  const one = ack('sip:bob@192.0.2.201', [['Route', '<sip:192.0.2.111;lr>']]);
  assert.deepEqual([send(one), send(one)], [1, 2]);
  const [first, second] = bob.acks;
  assert.deepEqual([first?.headers('Route'), first?.maxForwards, first?.vias().length], [[], 69, 2]);
  assert.notEqual(first?.topVia.branch, second?.topVia.branch);
});

test('a name in it is looked up first', () => {
  const { ack, send, p } = places();
  p.dns.a('phone.example', '192.0.2.201');
  assert.equal(send(ack('sip:bob@phone.example')), 1);
});

test('RFC 3261 §16.3: it is dropped without a word where a request would be refused', () => {
  const { ack, send, network, p } = places();
  send(edit(ack('sip:bob@192.0.2.201')).setHeader('Max-Forwards', 0).done());
  send(ack('sip:192.0.2.111'));
  send(ack('tel:+4930123'));
  assert.deepEqual(network.trace.sent('p'), []);
  assert.equal(p.asked.length, 0);
});

test('who decides may keep it', () => {
  const { ack, send } = places({ admitsAck: () => false });
  assert.equal(send(ack('sip:bob@192.0.2.201')), 0);
});
