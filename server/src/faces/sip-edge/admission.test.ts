/** Who may register and call (RFC 3261 §10, §22.1), and what else is answered outside of calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipResponse } from '@ringdown/sip';
import { type Asked, bodyOf, edgeAddress, scene, sdpOf, textOf, udpTo } from './edge-scene.test.ts';

const registerRows: readonly [title: string, headers: Asked['headers'], more: Asked, status: number][] = [
  ['RFC 3261 §10.3 step 7: too short is 423', [['Expires', '10']], {}, 423],
  ['RFC 3261 §10.3 step 1: another domain is not ours', [], { to: '<sip:100@elsewhere.test>' }, 404],
  ['RFC 3261 §10.3 step 3: the address of somebody else', [], { to: '<sip:101@a.test>' }, 403],
  ['RFC 3261 §10.3 step 6: a wildcard with Expires above zero', [['Contact', '*']], {}, 400],
  ['RFC 5630 §3.1.2: a SIPS Contact by UDP', [['Contact', '<sips:100@192.0.2.10>']], {}, 403],
  ['RFC 3261 §8.2.2.3: an extension that nobody knows', [['Require', 'foo']], {}, 420],
];

for (const [title, headers, more, status] of registerRows) {
  test(title, async () => {
    const { ada, registrar } = await scene();
    const response = ada.register(headers, more);
    assert.equal(response.status, status);
    if (status === 423) assert.equal(response.header('Min-Expires'), '60');
    assert.equal(registrar.bindingCount, 0);
  });
}

test('RFC 3261 §26.2.2: a call to a SIPS URI that came by UDP is refused, before anybody is asked who they are', async () => {
  const { ada, incoming } = await scene();
  const response = ada.ask({ method: 'INVITE', uri: 'sips:101@a.test' });
  assert.deepEqual([response.status, response.reason], [403, 'SIPS Needs TLS']);
  assert.equal(ada.ask({ method: 'OPTIONS', uri: 'sips:a.test' }).status, 403);
  assert.equal(incoming.length, 0);
});

test('RFC 3261 §22.1: an INVITE without credentials is challenged, by the realm of its domain', async () => {
  const { ada, incoming } = await scene();
  const response = ada.ask({ method: 'INVITE', uri: 'sip:101@a.test' }, false);
  assert.equal(response.status, 401);
  assert.match(response.header('WWW-Authenticate') ?? '', /^Digest .*realm="a\.test".*algorithm=MD5/);
  assert.equal(incoming.length, 0);
});

test('an unknown user is answered exactly like a known one, before and after a wrong password', async () => {
  const { peer, network } = await scene();
  const seen = ['100', 'nobody'].map((user, at) => {
    const stranger = peer(`192.0.2.${30 + at}`, user, 'wrong');
    const plain = stranger.ask({ method: 'INVITE', uri: 'sip:101@a.test' }, false);
    const signed = stranger.ask({ method: 'INVITE', uri: 'sip:101@a.test' });
    return [plain, signed].map((response) => shapeOf(response));
  });
  assert.deepEqual(seen[0], seen[1]);
  assert.deepEqual(
    seen[0]?.map(([status]) => status),
    ['401 Unauthorized', '401 Unauthorized'],
  );
  assert.ok(network.trace.entries.length > 0);
});

/** A response without what is different each time by its nature. */
function shapeOf(response: SipResponse): string[] {
  const challenge = (response.header('WWW-Authenticate') ?? '').replace(/nonce="[^"]*"/, 'nonce');
  return [`${response.status} ${response.reason}`, challenge, response.header('Allow') ?? '', textOf(response)];
}

test('wrong passwords are challenged a few times, then 403; known or not; the right password still works', async () => {
  const { peer, ada, reports } = await scene();
  for (const [user, address] of [
    ['100', '192.0.2.30'],
    ['nobody', '192.0.2.31'],
  ] as const) {
    const stranger = peer(address, user, 'wrong');
    const statuses = Array.from({ length: 7 }, () => stranger.register().status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 403, 403]);
  }
  assert.equal(ada.register().status, 200);
  assert.deepEqual([reports[0]?.why, reports[0]?.username, reports[0]?.method], ['wrong', '100', 'REGISTER']);
  assert.ok(!JSON.stringify(reports).includes('response='), 'no digest in the log');
});

test('a device that is asked for SHA-256 is asked for it by the name it signs with, whatever its From says', async () => {
  const { peer, modern } = await scene();
  const phone = peer('192.0.2.12', modern.username, modern.password);
  const first = phone.ask({ method: 'REGISTER', uri: 'sip:a.test', to: '<sip:102@a.test>' }, false);
  assert.match(first.header('WWW-Authenticate') ?? '', /algorithm=SHA-256/);
  assert.equal(phone.register().status, 200);
  const disguised = phone.register([], { from: '<sip:somebody@a.test>' });
  assert.equal(disguised.status, 401, 'MD5 is not taken of a device that must use SHA-256');
  assert.match(disguised.header('WWW-Authenticate') ?? '', /algorithm=SHA-256/);
});

test('RFC 7616 §3.4.5: a signed request that somebody else sends again is not taken', async () => {
  const { ada, peer, registrar, network, clock } = await scene();
  ada.register();
  const signed = network.trace.entries.findLast(({ from }) => from === ada.host.name);
  const thief = peer('192.0.2.66', '100');
  const flow = thief.host.flowTo(udpTo(edgeAddress));
  const text = new TextDecoder().decode(signed?.bytes);
  assert.ok(flow && text.includes('Authorization: Digest'));
  const changed = text.replace(/branch=[^;\r]*/, 'branch=z9hG4bKx').replace(/Call-ID: .*/, 'Call-ID: another');
  thief.host.send(
    new TextEncoder().encode(changed.replace(/Contact: .*/, 'Contact: <sip:thief@192.0.2.66>')),
    flow,
    null,
  );
  clock.advance(100);
  const answer = new TextDecoder().decode(network.trace.entries.at(-1)?.bytes);
  assert.match(answer, /^SIP\/2\.0 401 [\s\S]*stale=true/);
  assert.equal(registrar.bindingCount, 1);
});

const refusals: readonly [title: string, asked: Asked, status: number][] = [
  ['the From of somebody else', { from: '<sip:101@a.test>' }, 403],
  ['the From of a user of another tenant', { from: '<sip:100@b.test>' }, 401],
  ['a From of no domain of ours', { from: '<sip:100@elsewhere.test>' }, 403],
  ['no relaying to other domains', { uri: 'sip:100@b.test' }, 403],
  ['RFC 3261 §16.3: Max-Forwards at zero', { headers: [['Max-Forwards', '0']] }, 483],
  ['RFC 3261 §21.4.13: a body of another type', { body: bodyOf('hello', 'text/plain') }, 415],
  ['SDP that cannot be read', { body: bodyOf('v=0\r\nhello\r\n') }, 400],
  ['RFC 3261 §8.2.2.3: an extension that nobody knows', { headers: [['Require', '100rel, foo']] }, 420],
];

for (const [title, asked, status] of refusals) {
  test(`an INVITE is refused: ${title}`, async () => {
    const { ada, incoming } = await scene();
    const response = ada.ask({ method: 'INVITE', uri: 'sip:101@a.test', body: bodyOf(sdpOf(4000)), ...asked });
    assert.equal(response.status, status);
    assert.equal(incoming.length, 0);
  });
}

test('a server that is being stopped takes no new call', async () => {
  const { ada, state, incoming } = await scene();
  state.isDraining = true;
  const response = ada.ask({ method: 'INVITE', uri: 'sip:101@a.test' });
  assert.deepEqual([response.status, response.header('Retry-After')], [503, '10']);
  assert.equal(incoming.length, 0);
});

const others: readonly [method: string, status: number][] = [
  ['OPTIONS', 200],
  ['BYE', 481],
  ['INFO', 481],
  ['UPDATE', 481],
  ['NOTIFY', 481],
  ['MESSAGE', 405],
  ['WHATEVER', 501],
];

for (const [method, status] of others) {
  test(`RFC 3261 §8.2.1: ${method} outside of a call`, async () => {
    const { ada } = await scene();
    const response = ada.ask({ method }, false);
    assert.equal(response.status, status);
    if (status !== 481) assert.match(response.header('Allow') ?? '', /^INVITE, ACK, CANCEL, BYE, /);
    if (method === 'OPTIONS') assert.equal(response.header('Accept'), 'application/sdp');
  });
}
