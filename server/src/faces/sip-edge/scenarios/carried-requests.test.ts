/** MESSAGE and its like between users: who may send, where it goes, what comes back (RFC 3428, RFC 3261 §16). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, formatIsComposing, type ServerTransaction, type SipRequest } from '@ringdown/sip';
import { usualCallerId } from '#services/trunks';
import { type Asked, bodyOf, edgeAddress, type Peer, type Scene, scene, textOf, udpTo } from '../edge-scene.test.ts';

const hello: Asked = { method: 'MESSAGE', uri: 'sip:101@a.test', body: bodyOf('hello', 'text/plain') };

/** Answers what is carried to it, and keeps it. */
function answering(peer: Peer, status = 200): SipRequest[] {
  const got: SipRequest[] = [];
  peer.onOther = (transaction: ServerTransaction) => {
    got.push(transaction.request);
    transaction.respond(buildResponse(transaction.request, status));
  };
  return got;
}

async function registered(status = 200) {
  const made = await scene();
  made.bob.register();
  const got = answering(made.bob, status);
  return { ...made, got };
}

test('RFC 3428 §7: a MESSAGE reaches the phone of the user, as the sender has written it', async () => {
  const { ada, got } = await registered();
  const response = ada.ask({
    ...hello,
    headers: [
      ['X-Thing', 'kept'],
      ['Expires', '60'],
    ],
  });
  assert.equal(response.status, 200);
  const [message] = got;
  assert.deepEqual(
    [message?.method, message && textOf(message), message?.contentType],
    ['MESSAGE', 'hello', 'text/plain'],
  );
  assert.deepEqual([message?.uri, message?.from.uriText], ['sip:101@192.0.2.11', 'sip:100@a.test']);
  assert.deepEqual(
    [message?.header('X-Thing'), message?.header('Record-Route'), message?.maxForwards],
    ['kept', undefined, 69],
  );
});

test('the sender is asked for its password like a caller, known or not, and nothing is carried before', async () => {
  const { ada, peer, got } = await registered();
  assert.equal(ada.ask(hello, false).status, 401);
  const [known, unknown] = [peer('192.0.2.30', '100', 'wrong'), peer('192.0.2.31', 'nobody', 'wrong')];
  assert.deepEqual([known.ask(hello).status, unknown.ask(hello).status], [401, 401]);
  assert.equal(got.length, 0);
});

test('RFC 3261 §22.3, RFC 3325 §5: credentials and what the sender says of itself beside its From stay here', async () => {
  const { ada, got } = await registered();
  ada.ask({
    ...hello,
    headers: [
      ['P-Asserted-Identity', '<sip:boss@a.test>'],
      ['Remote-Party-ID', '<sip:boss@a.test>'],
    ],
  });
  const names = got[0]?.rows().map(({ name }) => name.toLowerCase()) ?? [];
  assert.deepEqual(
    names.filter((name) => /auth|asserted|remote-party/.test(name)),
    [],
  );
});

const refusals: readonly [what: string, asked: Asked, status: number][] = [
  ['a From of somebody else', { ...hello, from: '<sip:101@a.test>' }, 403],
  ['another domain', { ...hello, uri: 'sip:x@elsewhere.test' }, 403],
  ['the domain of another tenant', { ...hello, uri: 'sip:100@b.test' }, 403],
  [
    'a route that leads elsewhere',
    { ...hello, headers: [['Route', `<sip:${edgeAddress};lr>, <sip:192.0.2.66;lr>`]] },
    403,
  ],
  ['nobody of that name', { ...hello, uri: 'sip:ghost@a.test' }, 404],
  ['who is not registered', { ...hello, uri: 'sip:102@a.test' }, 480],
  ['Max-Forwards 0', { ...hello, headers: [['Max-Forwards', '0']] }, 483],
  ['an extension that a proxy must know', { ...hello, headers: [['Proxy-Require', 'foo']] }, 420],
  ['SUBSCRIBE, which is no phone’s to answer', { ...hello, method: 'SUBSCRIBE' }, 489],
  [
    'RFC 6665 §4.1.3: NOTIFY, which could restart a phone',
    { ...hello, method: 'NOTIFY', headers: [['Event', 'check-sync']] },
    481,
  ],
  ['PUBLISH, neither', { ...hello, method: 'PUBLISH' }, 403],
  ['a MESSAGE to the server itself', { ...hello, uri: 'sip:a.test' }, 405],
  ['a method nobody knows, to the server itself', { ...hello, method: 'WHATEVER', uri: 'sip:a.test' }, 501],
];
for (const [what, asked, status] of refusals)
  test(`not carried: ${what}: ${status}`, async () => {
    const { ada, got, network } = await registered();
    assert.equal(ada.ask(asked).status, status);
    assert.equal(got.length, 0);
    assert.equal(network.trace.entries.filter(({ to }) => to === '192.0.2.66').length, 0);
  });

test('no trunk: neither a number that a route names, nor one that is a trunk’s', async () => {
  const { ada, trunks, directory, actor, trunkId, network } = await registered();
  await trunks.addRoute(actor, { trunk: trunkId, prefix: '0' });
  await directory.addNumber(actor, { digits: '+4930999', destination: { to: 'trunk', trunk: trunkId } });
  await directory.addNumber(actor, { digits: '600', destination: { to: 'builtin', builtin: 'echo' } });
  assert.equal(ada.ask({ ...hello, uri: 'sip:0491234@a.test' }).status, 403);
  assert.equal(ada.ask({ ...hello, uri: 'sip:+4930999@a.test' }).status, 403);
  assert.equal(ada.ask({ ...hello, uri: 'sip:600@a.test' }).status, 405, 'the echo does not read');
  assert.deepEqual(
    network.trace.entries.filter(({ to }) => to === '192.0.2.50'),
    [],
  );
});

test('RFC 3261 §16.7: a MESSAGE goes to all phones of the user; one 200 goes back', async () => {
  const { ada, two, got, peer, tenant, registrar } = await registered();
  const second = peer('192.0.2.13', two.username, two.password);
  second.register();
  const also = answering(second, 486);
  assert.equal(registrar.lookup(tenant, '101@a.test').length, 2);
  assert.equal(ada.ask(hello).status, 200);
  assert.deepEqual([got.length, also.length], [1, 1]);
});

for (const [status, asked] of [
  [486, 1],
  [200, 0],
] as const)
  test(`RFC 3261 §16.6: a phone with a lower q is asked only when the others have refused: after ${status}`, async () => {
    const { ada, two, got, peer } = await registered(status);
    const second = peer('192.0.2.13', two.username, two.password);
    second.register([['Contact', '<sip:101@192.0.2.13>;q=0.3']]);
    const also = answering(second);
    assert.equal(ada.ask(hello).status, 200);
    assert.deepEqual([got.length, also.length], [1, asked]);
  });

test('RFC 3327 §5.4: by the Path of the binding', async () => {
  const { ada, two, peer } = await scene();
  const far = peer('192.0.2.13', two.username, two.password);
  far.register([
    ['Contact', '<sip:101@10.1.1.1>'],
    ['Path', '<sip:192.0.2.13;lr>'],
    ['Supported', 'path'],
  ]);
  const got = answering(far);
  assert.equal(ada.ask(hello).status, 200);
  assert.deepEqual([got[0]?.uri, got[0]?.headers('Route')], ['sip:101@10.1.1.1', ['<sip:192.0.2.13;lr>']]);
});

test('RFC 5626 §5.3: over the flow that the phone has registered by, whatever its Contact says', async () => {
  const { ada, bob } = await scene();
  bob.register([['Contact', '<sip:101@10.9.9.9:7777>']], { target: { ...udpTo(edgeAddress), kind: 'tcp' } });
  const got = answering(bob);
  assert.equal(ada.ask(hello).status, 200);
  assert.deepEqual([got[0]?.uri, got[0]?.topVia.transport], ['sip:101@10.9.9.9:7777', 'TCP']);
});

for (const method of ['OPTIONS', 'INFO', 'FANCY'])
  test(`RFC 3261 §16: ${method} to a user goes to its phone`, async () => {
    const { ada, got } = await registered(method === 'FANCY' ? 501 : 200);
    assert.equal(ada.ask({ method, uri: 'sip:101@a.test' }).status, method === 'FANCY' ? 501 : 200);
    assert.equal(got[0]?.method, method);
  });

test('RFC 3261 §11: OPTIONS to the server itself is still the server’s to answer, of anybody', async () => {
  const { ada, got } = await registered();
  assert.equal(ada.ask({ method: 'OPTIONS', uri: `sip:${edgeAddress}` }, false).status, 200);
  assert.equal(got.length, 0);
});

test('OPTIONS of a carrier, whatever name stands in it, is about the server', async () => {
  const { peer, got } = await registered();
  const carrier = peer('192.0.2.50', 'us');
  for (const uri of [`sip:ping@${edgeAddress}`, 'sip:101@a.test']) {
    const response = carrier.ask({ method: 'OPTIONS', uri, from: '<sip:ping@192.0.2.50>' }, false);
    assert.deepEqual([response.status, response.header('Accept')], [200, 'application/sdp']);
  }
  assert.equal(got.length, 0);
});

test('a trunk reaches numbers of its own, and nobody else', async () => {
  const { peer, ada } = await scene();
  ada.register();
  const got = answering(ada);
  const carrier = peer('192.0.2.50', 'us');
  const from = '<sip:+49301111@192.0.2.50>';
  assert.equal(carrier.ask({ ...hello, uri: 'sip:+4930123@a.test', from }, false).status, 200);
  assert.equal(got[0]?.from.uriText, 'sip:+49301111@192.0.2.50');
  assert.equal(carrier.ask({ ...hello, uri: 'sip:101@a.test', from }, false).status, 404);
});

test('a phone that is gone: what it was sent ends as an error of the next hop, and nothing is left', async () => {
  const made: Scene = await scene();
  const { ada, bob, clock, layer } = made;
  bob.register([], { target: { ...udpTo(edgeAddress), kind: 'tcp' } });
  bob.host.unlisten('tcp');
  bob.host.unlisten('udp');
  for (const connection of bob.host.connections()) connection.reset('gone');
  assert.equal(ada.ask(hello).status, 500);
  clock.advance(120_000);
  assert.deepEqual([layer.counts.client, layer.counts.server], [0, 0]);
});

test('RFC 3428 §8: what is too large for UDP goes to a phone on TCP, and to one on UDP it is 513', async () => {
  const { ada, bob, got } = await registered();
  const long = { ...hello, body: bodyOf('x'.repeat(1_300), 'text/plain') };
  const refused = ada.ask(long);
  assert.deepEqual([refused.status, refused.reason, got.length], [513, 'Message Too Large For UDP', 0]);
  bob.register([['Contact', '<sip:101@192.0.2.11;transport=tcp>']], { target: { ...udpTo(edgeAddress), kind: 'tcp' } });
  assert.equal(ada.ask(long).status, 200);
  assert.deepEqual([got.length, got[0]?.bodySizeBytes], [1, 1_300]);
});

test('a sender of more messages than its minute has is told when to come back; others, and other requests, are not', async () => {
  const { ada, got, clock, peer, modern } = await registered();
  // Each takes its time, in which a part of the next comes back.
  const last = Array.from({ length: 300 }, () => ada.ask(hello)).find(({ status }) => status !== 200);
  assert.deepEqual([last?.status, last?.reason], [480, 'Too Many Messages']);
  assert.match(last?.header('Retry-After') ?? '', /^[1-9]$/);
  assert.equal(ada.ask({ method: 'OPTIONS', uri: 'sip:101@a.test' }).status, 200);
  assert.equal(
    peer('192.0.2.14', modern.username, modern.password).ask({ ...hello, from: '<sip:102@a.test>' }).status,
    200,
  );
  const before = got.length;
  clock.advance(2_000);
  assert.equal(ada.ask(hello).status, 200);
  assert.equal(got.length, before + 1);
});

const documents: readonly [what: string, type: string, body: Uint8Array][] = [
  [
    'RFC 3862: CPIM with an IMDN request of RFC 5438',
    'message/cpim',
    new TextEncoder().encode(
      'From: MR SANDERS <im:piglet@100akerwood.test>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 34jk324j\r\nimdn.Disposition-Notification: positive-delivery\r\n\r\nContent-type: text/plain\r\n\r\nHellö \0 World',
    ),
  ],
  [
    'RFC 5438: an IMDN',
    'message/imdn+xml',
    new TextEncoder().encode('<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn"/>\n'),
  ],
  [
    'RFC 3994: somebody is writing',
    'application/im-iscomposing+xml',
    formatIsComposing({ state: 'active', refreshSec: 90 }),
  ],
  [
    'RFC 5365: a list of recipients',
    'multipart/mixed;boundary="b"',
    new TextEncoder().encode('--b\r\nContent-Type: application/resource-lists+xml\r\n\r\n<x/>\r\n--b--'),
  ],
  ['every octet there is', 'application/octet-stream', Uint8Array.from({ length: 256 }, (_, at) => at)],
];
for (const [what, type, body] of documents)
  test(`carried octet for octet, with its headers as they were written: ${what}`, async () => {
    const { ada, got } = await registered();
    const headers = [
      ['Require', 'x-nobody-knows'],
      ['Answer-Mode', 'Auto;require'],
      ['Content-Disposition', 'recipient-list;handling=optional'],
      ['Content-Encoding', 'identity'],
      ['Date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
      ['X-Odd', '"a, \\" b" ;c = d ,e'],
    ] as const;
    assert.equal(ada.ask({ ...hello, headers, body: { type, bytes: body } }).status, 200);
    const [message] = got;
    assert.deepEqual(
      [message?.contentType, ...headers.map(([name]) => message?.header(name))],
      [type, ...headers.map(([, value]) => value)],
    );
    assert.deepEqual(Uint8Array.from(message?.body ?? []), body);
  });

for (const [privacy, from] of [
  ['id', '"Anonymous" <sip:anonymous@anonymous.invalid>'],
  ['none', '<sip:100@a.test>'],
] as const)
  test(`RFC 3323 §5.3: the sender of a message with Privacy: ${privacy} is ${from}`, async () => {
    const { ada, got } = await registered();
    assert.equal(ada.ask({ ...hello, headers: [['Privacy', privacy]] }).status, 200);
    assert.equal(got[0]?.header('From')?.replace(/;tag=.+/, ''), from);
    assert.match(got[0]?.from.tag ?? '', /./);
    assert.equal(ada.ask({ ...hello, headers: [['Privacy', 'cloak;critical']] }).status, 500);
  });

test('RFC 3325 §7: what a trusted trunk asserts goes on, but not of who hides, nor of a trunk that is not trusted', async () => {
  const { peer, ada, trunks, actor, trunkId } = await scene();
  ada.register();
  const got = answering(ada);
  const carrier = peer('192.0.2.50', 'us');
  const asked = { ...hello, uri: 'sip:+4930123@a.test', from: '<sip:x@192.0.2.50>' };
  const asserted = ['P-Asserted-Identity', '<sip:+49177@carrier.test>'] as const;
  carrier.ask({ ...asked, headers: [asserted] }, false);
  await trunks.updateTrunk(actor, { trunk: trunkId, callerId: { ...usualCallerId, trusted: true } });
  carrier.ask({ ...asked, headers: [asserted] }, false);
  carrier.ask({ ...asked, headers: [asserted, ['Privacy', 'id']] }, false);
  assert.deepEqual(
    got.map((message) => message.header('P-Asserted-Identity')),
    [undefined, asserted[1], undefined],
  );
});

test('RFC 5630 §5.3: a SIPS address is not reached without TLS, nor by a Contact that is none', async () => {
  const { ada, got } = await registered();
  assert.equal(ada.ask({ ...hello, uri: 'sips:101@a.test' }).status, 403);
  assert.equal(got.length, 0);
});
