/** What a phone sends and takes beside media: MESSAGE (RFC 3428) and INFO (RFC 6086), phone to phone over the virtual network. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildRequest,
  buildResponse,
  type CallInfo,
  type PagerMessage,
  type PhoneCall,
  type SessionBody,
} from '@ringdown/sip';
import { messageScene } from './message-scene.test.ts';

const sdp: SessionBody = { type: 'application/sdp', bytes: new TextEncoder().encode('v=0') };

test('RFC 3428 §4: a message is challenged once, and what became of it is told', async () => {
  const { server, phone, pass } = messageScene();
  server.answer = (transaction) => {
    const { request } = transaction;
    const isKnown = request.header('Proxy-Authorization') !== undefined;
    const challenge: [string, string] = [
      'Proxy-Authenticate',
      'Digest realm="pbx", nonce="n1", qop="auth", algorithm=MD5',
    ];
    transaction.respond(buildResponse(request, isKnown ? 202 : 407, isKnown ? {} : { headers: [challenge] }));
  };
  const sent = phone.message('101', 'hellö', [['Expires', '60']]);
  await pass(100);
  assert.equal(await sent, 202);
  const [first, second] = server.requests.map(({ request }) => request);
  assert.deepEqual([first?.uri, first?.cseq.seq, second?.cseq.seq], ['sip:101@pbx.test', 1, 2]);
  assert.deepEqual([second?.contentType, second?.header('Expires')], ['text/plain;charset=utf-8', '60']);
  assert.equal(new TextDecoder().decode(second?.body), 'hellö');
  assert.equal(second?.header('Contact'), undefined, 'RFC 3428 §4: none');
});

const refusals: readonly [what: string, status: number, code: string][] = [
  ['who is away', 480, 'sip_phone_refused'],
  ['a challenge that is none', 401, 'sip_phone_credentials'],
  ['too large', 513, 'sip_phone_refused'],
];
for (const [what, status, code] of refusals)
  test(`a message that is refused: ${what}: ${status}`, async () => {
    const { server, phone, pass } = messageScene();
    server.answer = (transaction) => transaction.respond(buildResponse(transaction.request, status));
    const refused = assert.rejects(phone.message('101', 'x'), { code, status });
    await pass(100);
    await refused;
  });

test('RFC 3428 §8: more than 1,300 octets do not go by UDP, not even where TCP is refused', async () => {
  const { server, phone, pass } = messageScene();
  server.answer = (transaction) => transaction.respond(buildResponse(transaction.request, 200));
  const long = 'x'.repeat(1_300);
  const sent = phone.message('101', long);
  await pass(100);
  assert.equal(await sent, 200);
  assert.equal(server.requests[0]?.request.topVia.transport, 'TCP');
  const other = messageScene();
  other.server.host.unlisten('tcp');
  const refused = assert.rejects(other.phone.message('101', long), { code: 'sip_phone_unreachable' });
  await other.pass(40_000);
  await refused;
  assert.equal(other.server.requests.length, 0);
});

test('RFC 3428 §7: a message that comes is answered and handed over; without a handler it is 405', async () => {
  const got: PagerMessage[] = [];
  const { server, pass, target } = messageScene({ onMessage: (message) => void got.push(message) });
  const record = server.send(server.compose('MESSAGE', '100'), target);
  const options = server.send(server.compose('OPTIONS', '100'), target);
  await pass(100);
  assert.deepEqual([record.statuses, got.length], [[200], 1]);
  assert.match(options.responses[0]?.header('Allow') ?? '', /MESSAGE/);
  const other = messageScene();
  const refused = other.server.send(other.server.compose('MESSAGE', '100'), other.target);
  await other.pass(100);
  assert.deepEqual(refused.statuses, [405]);
});

test('RFC 6086 §4: INFO of a call, both ways; a package that is not welcome is 469', async () => {
  const infos: [PhoneCall, CallInfo][] = [];
  const { server, phone, pass, target } = messageScene({
    infoPackages: ['g.x'],
    onInfo: (call, info) => void infos.push([call, info]),
  });
  server.answer = (transaction) => {
    const { request } = transaction;
    const contact: [string, string] = ['Contact', '<sip:far@192.0.2.1>'];
    const body =
      request.method === 'INVITE'
        ? { headers: [contact, ['Content-Type', 'application/sdp'] as const], body: 'v=0' }
        : {};
    transaction.respond(
      buildResponse(request, request.header('Info-Package') === 'g.y' ? 469 : 200, { toTag: 'far', ...body }),
    );
  };
  const dialled = phone.call('600', { body: sdp });
  await pass(100);
  const call = await dialled;
  const [invite] = server.requests.map(({ request }) => request);
  assert.equal(invite?.header('Recv-Info'), 'g.x');
  const keys = { type: 'application/dtmf-relay', bytes: new TextEncoder().encode('Signal=1') };
  const told = call.info({ body: keys });
  const refused = assert.rejects(call.info({ package: 'g.y' }), { code: 'sip_phone_refused', status: 469 });
  await pass(100);
  await told;
  await refused;
  const sent = server.requests.map(({ request }) => request).find(({ method }) => method === 'INFO');
  assert.deepEqual([sent?.contentType, new TextDecoder().decode(sent?.body)], [keys.type, 'Signal=1']);
  const comes = (seq: number, headers: readonly (readonly [string, string])[]) => {
    const inDialog = [
      ['From', '<sip:600@pbx.test>;tag=far'],
      ['To', invite?.header('From') ?? ''],
      ['Call-ID', invite?.callId ?? ''],
      ['CSeq', `${seq} INFO`],
    ] as const;
    return server.send(
      buildRequest({ method: 'INFO', uri: 'sip:100@192.0.2.9', headers: [...inDialog, ...headers], body: 'b' }),
      target,
    );
  };
  const welcome = comes(1, [
    ['Info-Package', 'G.x'],
    ['Content-Type', 'text/plain'],
  ]);
  const other = comes(2, [['Info-Package', 'g.z']]);
  await pass(100);
  assert.deepEqual([welcome.statuses, other.statuses, other.responses[0]?.header('Recv-Info')], [[200], [469], 'g.x']);
  assert.deepEqual(
    infos.map(([by, { package: name, body }]) => [by === call, name, body?.type]),
    [[true, 'G.x', 'text/plain']],
  );
});
