/** RFC 3665 §3.1 to §3.7: calls that come about. Each flow message by message. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, edit } from '@ringdown/sip';
import { labelOf, textBody, textOf, udpTarget, VirtualAgent, VirtualPhone, VirtualProxy } from '@ringdown/testkit';
import { at, byProxy, challenging, type FlowScene, hops, places } from './flow-scene.test.ts';

/** Bob hangs up; all have said what they had to say. */
function finish({ bob, alice, clock }: FlowScene): void {
  clock.advance(5000);
  assert.deepEqual([alice.session?.phase, bob.session?.phase], ['confirmed', 'confirmed']);
  bob.session?.end();
  clock.advance(1000);
  assert.deepEqual([alice.end?.why, alice.end?.by, bob.end?.by], ['hung-up', 'remote', 'local']);
}

const forth = ['alice', 'p1', 'p2', 'bob'];
const back = [...forth].reverse();

/** From 180 to the answered BYE, over two proxies. */
const established = [
  ...hops('180', ...back),
  ...hops('200', ...back),
  ...hops('ACK', ...forth),
  ...hops('BYE', ...back),
  ...hops('200', ...forth),
];

test('RFC 3665 §3.1: successful session establishment', () => {
  const scene = places();
  const { alice, bob, network } = scene;
  alice.call(bob);
  finish(scene);
  assert.deepEqual(network.trace.flow(), [
    'alice>bob INVITE',
    'bob>alice 180',
    'bob>alice 200',
    'alice>bob ACK',
    'bob>alice BYE',
    'alice>bob 200',
  ]);
  assert.deepEqual(alice.seen, ['180', 'accepted']);
});

test('RFC 3665 §3.2: session establishment through two proxies, the first with digest', () => {
  const scene = places();
  const { alice, bob, p1, network } = scene;
  p1.options = { ...p1.options, intercept: challenging('atlanta.example.com') };
  alice.call(bob, byProxy());
  finish(scene);
  assert.deepEqual(network.trace.flow(), [
    'alice>p1 INVITE',
    'p1>alice 407',
    'alice>p1 ACK',
    'alice>p1 INVITE',
    'p1>p2 INVITE',
    'p1>alice 100',
    'p2>bob INVITE',
    'p2>p1 100',
    ...established,
  ]);
  const [first, second] = p1.passed;
  assert.equal(first?.callId, second?.callId);
  assert.equal(second?.cseq.seq, (first?.cseq.seq ?? 0) + 1);
  assert.equal(bob.invites[0]?.headers('Record-Route').length, 2);
});

test('RFC 3665 §3.3: session with multiple proxy authentication: the credentials of both go along', () => {
  const scene = places();
  const { alice, bob, p1, p2, network } = scene;
  p1.options = { ...p1.options, intercept: challenging('atlanta.example.com') };
  p2.options = { ...p2.options, intercept: challenging('biloxi.example.com') };
  alice.call(bob, byProxy());
  finish(scene);
  assert.deepEqual(network.trace.flow(), [
    'alice>p1 INVITE',
    'p1>alice 407',
    'alice>p1 ACK',
    'alice>p1 INVITE',
    'p1>p2 INVITE',
    'p1>alice 100',
    'p2>p1 407',
    'p1>p2 ACK',
    'p1>alice 407',
    'alice>p1 ACK',
    'alice>p1 INVITE',
    'p1>p2 INVITE',
    'p1>alice 100',
    'p2>bob INVITE',
    'p2>p1 100',
    ...established,
  ]);
  const realms = (bob.invites[0]?.headers('Proxy-Authorization') ?? []).map(
    (value) => /realm="([^"]*)"/.exec(value)?.[1],
  );
  assert.deepEqual(realms.sort(), ['atlanta.example.com', 'biloxi.example.com']);
  const ack = p1.passed.filter(({ method }) => method === 'ACK').at(-1);
  assert.equal(
    ack?.headers('Proxy-Authorization').length,
    2,
    'RFC 3261 §22.1: the ACK has the credentials of its INVITE',
  );
});

test('RFC 3665 §3.4: successful session with proxy failure: the first is silent, the second is asked', () => {
  const scene = places();
  const { alice, bob, p1, clock, network } = scene;
  const second = new VirtualProxy(network, 'p2b', at.p3, {
    intercept: challenging('atlanta.example.com'),
    route: () => [{ uri: `sip:bob@${at.bob}`, target: udpTarget(at.bob) }],
  });
  network.link(alice.host, p1.host, { up: false });
  alice.call(bob, { ...byProxy(), alternatives: [udpTarget(at.p3)] });
  clock.advance(33_000);
  finish(scene);
  const flow = network.trace.flow();
  assert.deepEqual(
    flow.filter((line) => line.endsWith('p1 INVITE')),
    Array.from({ length: 7 }, () => 'alice>p1 INVITE'),
    'timer A until timer B',
  );
  assert.deepEqual(flow.slice(7), [
    'alice>p2b INVITE',
    'p2b>alice 407',
    'alice>p2b ACK',
    'alice>p2b INVITE',
    'p2b>bob INVITE',
    'p2b>alice 100',
    ...hops('180', 'bob', 'p2b', 'alice'),
    ...hops('200', 'bob', 'p2b', 'alice'),
    ...hops('ACK', 'alice', 'p2b', 'bob'),
    ...hops('BYE', 'bob', 'p2b', 'alice'),
    ...hops('200', 'alice', 'p2b', 'bob'),
  ]);
  assert.equal(second.passed.length, 4);
});

test('RFC 3665 §3.5: session through a SIP ALG that rewrites descriptions on the way', () => {
  const scene = places();
  const { alice, bob, p1, network } = scene;
  p1.options = {
    ...p1.options,
    change: (message) =>
      message.bodySizeBytes === 0
        ? message
        : edit(message)
            .setBody(`${String.fromCharCode(...message.body)} through the ALG`, 'application/sdp')
            .done(),
  };
  // The ALG is Alice's outbound proxy: a preloaded route (RFC 3261 §8.1.2).
  alice.call(bob, { ...byProxy(), route: [`<sip:${at.p1};lr>`], uri: `sip:bob@${at.p2}` });
  finish(scene);
  assert.deepEqual(network.trace.flow(), [
    'alice>p1 INVITE',
    'p1>p2 INVITE',
    'p1>alice 100',
    'p2>bob INVITE',
    'p2>p1 100',
    ...established,
  ]);
  const said = (bytes: Uint8Array | undefined) => String.fromCharCode(...(bytes ?? []));
  assert.equal(said(bob.session?.remoteBody?.bytes), 'alice through the ALG');
  assert.equal(said(alice.session?.remoteBody?.bytes), 'bob through the ALG');
});

test('RFC 3665 §3.6: session by a redirect and a proxy, with the answer in the ACK', () => {
  const scene = places();
  const { alice, bob, clock, network } = scene;
  const redirect = new VirtualAgent(network, 'redirect', '192.0.2.9');
  redirect.answer = (transaction) =>
    transaction.respond(
      buildResponse(transaction.request, 302, {
        toTag: 'moved',
        headers: [['Contact', `<sip:bob@${at.p2}>`]],
      }),
    );
  alice.call('192.0.2.9', { uri: 'sip:bob@biloxi.example.com', body: null });
  clock.advance(100);
  assert.deepEqual([alice.end?.why, alice.end?.status], ['rejected', 302]);
  const [contact] = alice.end?.message?.contacts() ?? [];
  assert.ok(contact);
  // Following it is the user's matter: a call of its own (RFC 3261 §8.1.3.4 leaves the Call-ID free).
  alice.call(bob, { ...byProxy(at.p2), uri: contact.uriText, body: null });
  finish(scene);
  assert.deepEqual(network.trace.flow(), [
    'alice>redirect INVITE',
    'redirect>alice 302',
    'alice>redirect ACK',
    'alice>p2 INVITE',
    'p2>bob INVITE',
    'p2>alice 100',
    ...hops('180', 'bob', 'p2', 'alice'),
    ...hops('200', 'bob', 'p2', 'alice'),
    ...hops('ACK', 'alice', 'p2', 'bob'),
    ...hops('BYE', 'bob', 'p2', 'alice'),
    ...hops('200', 'alice', 'p2', 'bob'),
  ]);
  const bodies = network.trace.entries
    .filter((entry) => entry.to === 'bob' || entry.from === 'bob')
    .map((entry) => `${labelOf(entry)} ${textOf(entry).split('\r\n\r\n')[1] ?? ''}`.trim());
  assert.deepEqual(bodies, ['INVITE', '180', '200 bob', 'ACK late answer', 'BYE', '200']);
});

test('RFC 3665 §3.7: session with re-INVITE: Bob’s address has changed', () => {
  const { alice, clock, network } = places();
  const mobile = new VirtualPhone(network, 'mobile', { addresses: ['192.0.2.31', '192.0.2.32'] });
  mobile.onCall = (session) => {
    session.followsContact = true;
    session.progress(180);
    network.later(500, () => session.accept(textBody('from the old address')));
  };
  alice.call('192.0.2.31', { followsContact: true });
  clock.advance(2000);
  assert.equal(alice.session?.phase, 'confirmed');
  mobile.host.unlisten('udp');
  mobile.host.listen('udp', 5060, '192.0.2.32');
  network.trace.clear();
  assert.equal(mobile.session?.reinvite(textBody('from the new address')), true);
  clock.advance(1000);
  assert.deepEqual(alice.seen.at(-1), 'reoffer INVITE from the new address');
  alice.session?.end();
  clock.advance(1000);
  assert.deepEqual(network.trace.flow(), [
    'mobile>alice INVITE',
    'alice>mobile 200',
    'mobile>alice ACK',
    'alice>mobile BYE',
    'mobile>alice 200',
  ]);
  const contacts = network.trace.sent('mobile').map((entry) => /^Contact: (.*)$/m.exec(textOf(entry))?.[1]?.trim());
  assert.equal(contacts[0], '<sip:mobile@192.0.2.32:5060>');
  assert.ok(network.trace.sent('alice').every(({ toAddress }) => toAddress.address === '192.0.2.32'));
});
