/** A phone that registers, calls and is called. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest, buildResponse, type ServerTransaction, type SessionBody } from '@ringdown/sip';
import { settle } from './phone-on-host.test.ts';
import { challenge, respond, Scene } from './phone-scene.test.ts';

const sdp = (text: string): SessionBody => ({ type: 'application/sdp', bytes: new TextEncoder().encode(text) });
const textOf = (body: SessionBody | null): string => new TextDecoder().decode(body?.bytes ?? new Uint8Array());

const contactOfServer: [string, string] = ['Contact', '<sip:server@192.0.2.1>'];

test('RFC 3261 §10.2: registers with digest, refreshes a minute before the end, and takes the binding back', async () => {
  const scene = new Scene();
  scene.registrar(300);
  const registered = scene.phone.register();
  await scene.pass(100);
  assert.equal(await registered, 300);
  const [first, second] = scene.server.requests.map(({ request }) => request);
  assert.equal(first?.uri, 'sip:pbx.test');
  assert.equal(first?.header('To'), '<sip:100@pbx.test>');
  assert.deepEqual([first?.cseq.seq, second?.cseq.seq], [1, 2]);
  assert.equal(first?.callId, second?.callId);
  assert.match(second?.header('Authorization') ?? '', /username="100".*nc=00000001/);
  await scene.pass(239_000);
  assert.equal(scene.server.requests.length, 2);
  await scene.pass(2_000);
  assert.equal(scene.server.requests.length, 3, 'the known nonce is used ahead of any challenge');
  const gone = scene.phone.unregister();
  await scene.pass(100);
  await gone;
  assert.equal(scene.server.requests.at(-1)?.request.expires, 0);
  await scene.pass(3_600_000);
  assert.equal(scene.server.requests.length, 4, 'nothing is refreshed any more');
  assert.deepEqual(
    scene.states.map(({ isRegistered }) => isRegistered),
    [true, true, false],
  );
});

const refusals: readonly [string, (transaction: ServerTransaction) => void, object][] = [
  ['a wrong password', (tx) => respond(tx, 401, [challenge]), { code: 'sip_phone_credentials', status: 401 }],
  ['403', (tx) => respond(tx, 403), { code: 'sip_phone_credentials', status: 403 }],
  ['503', (tx) => respond(tx, 503), { code: 'sip_phone_refused', status: 503 }],
  ['silence', () => undefined, { code: 'sip_phone_timeout' }],
  ['423 without end', (tx) => respond(tx, 423, [['Min-Expires', '300']]), { code: 'sip_phone_refused', status: 423 }],
];
for (const [what, answer, expected] of refusals)
  test(`registration fails: ${what}`, async () => {
    const scene = new Scene();
    scene.server.answer = answer;
    const refused = assert.rejects(scene.phone.register(), expected);
    await scene.pass(40_000);
    await refused;
    const { length } = scene.server.requests;
    await scene.pass(7_200_000);
    assert.equal(scene.server.requests.length, length, 'what was never registered is not tried again');
  });

test('RFC 3261 §10.2.8: 423 raises what is asked for', async () => {
  const scene = new Scene({ expiresSec: 60 });
  scene.server.answer = (tx) =>
    (tx.request.expires ?? 0) < 1800 ? respond(tx, 423, [['Min-Expires', '1800']]) : respond(tx, 200, []);
  const registered = scene.phone.register();
  await scene.pass(100);
  assert.equal(await registered, 1800);
});

test('RFC 5626 §4.5: a refresh that fails is told and tried again, each time after up to twice as long', async () => {
  const scene = new Scene();
  scene.registrar(120);
  const registered = scene.phone.register();
  await scene.pass(100);
  await registered;
  const askedMs: number[] = [];
  scene.server.answer = (transaction) => {
    askedMs.push(scene.clock.nowMs());
    respond(transaction, 500);
  };
  await scene.pass(60_100);
  assert.deepEqual([scene.states.at(-1)?.isRegistered, askedMs.length], [false, 1]);
  await scene.pass(14_800);
  assert.equal(askedMs.length, 1, 'half of 30 s at the least');
  await scene.pass(15_300);
  assert.equal(askedMs.length, 2);
  scene.registrar(120);
  const last = askedMs.at(-1) ?? 0;
  await scene.pass(last + 29_900 - scene.clock.nowMs());
  assert.equal(scene.states.at(-1)?.isRegistered, false, 'half of 60 s');
  await scene.pass(30_300);
  assert.deepEqual(scene.states.at(-1), { isRegistered: true, expiresSec: 120 });
});

function answering(scene: Scene): void {
  scene.server.answer = (transaction) => {
    const { request } = transaction;
    if (request.method !== 'INVITE') respond(transaction, 200);
    else if (request.header('Authorization') === undefined) respond(transaction, 401, [challenge]);
    else {
      respond(transaction, 180, [contactOfServer]);
      respond(transaction, 200, [contactOfServer], request.to.tag === undefined ? 'their answer' : 'their change');
    }
  };
}

test('a call: challenged, rings, answered, changed, hung up', async () => {
  const scene = new Scene();
  answering(scene);
  const progress: number[] = [];
  const dialled = scene.phone.call('600', {
    body: sdp('our offer'),
    onProgress: ({ status }) => void progress.push(status),
  });
  await scene.pass(300);
  const call = await dialled;
  assert.equal(scene.server.requests[0]?.request.uri, 'sip:600@pbx.test');
  assert.deepEqual([progress, call.isUp, textOf(call.remoteBody)], [[180], true, 'their answer']);
  assert.equal(scene.phone.callCount, 1);
  const changed = call.change(sdp('our change'));
  await scene.pass(300);
  assert.equal(textOf(await changed), 'their change');
  const ended = call.hangUp();
  await scene.pass(300);
  assert.deepEqual([(await ended).why, (await ended).by], ['hung-up', 'local']);
  await assert.rejects(call.change(sdp('too late')), { code: 'sip_phone_state' });
  assert.equal(scene.phone.callCount, 0);
  assert.equal(scene.server.requests.at(-1)?.method, 'BYE');
});

test('a call without an offer: theirs comes in the answer, ours goes into the ACK', async () => {
  const scene = new Scene();
  scene.server.answer = (transaction) => respond(transaction, 200, [contactOfServer], 'their offer');
  const dialled = scene.phone.call('600', { onOffer: (offer) => sdp(`answer to ${textOf(offer)}`) });
  await scene.pass(300);
  await dialled;
  assert.equal(new TextDecoder().decode(scene.server.acks[0]?.body), 'answer to their offer');
});

test('a call that is refused, and one that nobody answers', async () => {
  const scene = new Scene();
  scene.server.answer = (transaction) => respond(transaction, 486);
  const busy = assert.rejects(scene.phone.call('101', { body: sdp('x') }), { code: 'sip_phone_refused', status: 486 });
  await scene.pass(300);
  await busy;
  scene.server.answer = () => undefined;
  scene.server.host.onMessage = () => undefined;
  const lost = assert.rejects(scene.phone.call('101', { body: sdp('x') }), { code: 'sip_phone_timeout' });
  await scene.pass(40_000);
  await lost;
  assert.equal(scene.phone.callCount, 0);
});

test('RFC 3261 §9.1: an aborted call is cancelled while it rings', async () => {
  const scene = new Scene();
  scene.server.answer = (transaction) => respond(transaction, 180, [contactOfServer]);
  const abort = new AbortController();
  const cancelled = assert.rejects(scene.phone.call('101', { body: sdp('x'), signal: abort.signal }), {
    code: 'sip_phone_cancelled',
  });
  await scene.pass(1_000);
  abort.abort();
  await scene.pass(1_000);
  await cancelled;
  assert.equal(scene.server.cancels.length, 1);
});

const targetOfPhone = { kind: 'udp', remote: { family: 4, address: '192.0.2.9', port: 5060 } } as const;

function invitation(scene: Scene) {
  const headers: [string, string][] = [contactOfServer, ['Content-Type', 'application/sdp']];
  const invite = scene.server.compose('INVITE', '100', headers, 'their offer');
  return { invite, record: scene.server.send(invite, targetOfPhone) };
}

test('being called: rings, answers, is told of the end', async () => {
  const scene = new Scene();
  const { record, invite } = invitation(scene);
  await scene.pass(50);
  const [call] = scene.calls;
  assert.equal(call?.caller?.uriText, 'sip:server@example.com');
  assert.equal(textOf(call?.remoteBody ?? null), 'their offer');
  call?.ring();
  const answered = call?.answer(sdp('our answer'));
  await scene.pass(50);
  assert.deepEqual(record.statuses, [180, 200]);
  const inDialog = (method: string, seq: number) =>
    buildRequest({
      method,
      uri: 'sip:100@192.0.2.9',
      headers: [
        ['From', invite.header('From') ?? ''],
        ['To', record.responses.at(-1)?.header('To') ?? ''],
        ['Call-ID', invite.callId],
        ['CSeq', `${seq} ${method}`],
      ],
    });
  scene.server.layer.sendDirect(inDialog('ACK', 1), targetOfPhone);
  await scene.pass(50);
  assert.equal((await answered)?.isUp, true);
  const bye = scene.server.send(inDialog('BYE', 2), targetOfPhone);
  await scene.pass(50);
  assert.deepEqual([bye.statuses, (await call?.ended)?.by], [[200], 'remote']);
});

test('RFC 3261 §13.3.1.4: an answer that nobody acknowledges is a call that ended', async () => {
  const scene = new Scene();
  invitation(scene);
  await scene.pass(50);
  const [call] = scene.calls;
  const lost = assert.rejects(call?.answer(sdp('our answer')) ?? Promise.resolve(), { code: 'sip_phone_ended' });
  await scene.pass(66_000);
  await lost;
  assert.equal((await call?.ended)?.why, 'no-ack');
});

test('being called without a handler, and called away', async () => {
  const scene = new Scene({ onCall: undefined });
  const { record } = invitation(scene);
  await scene.pass(100);
  assert.equal(record.statuses.at(-1), 480);
  const other = new Scene();
  const { record: ringing } = invitation(other);
  await other.pass(100);
  other.calls[0]?.reject(603, 'Not today');
  await other.pass(100);
  assert.equal(ringing.responses.at(-1)?.reason, 'Not today');
  assert.deepEqual((await other.calls[0]?.ended)?.by, 'local');
});

test('RFC 3261 §8.2.1, §11.2: outside of a call OPTIONS is answered, what a phone does not do is 405', async () => {
  const scene = new Scene();
  const options = scene.server.send(scene.server.compose('OPTIONS', '100'), targetOfPhone);
  const subscribe = scene.server.send(scene.server.compose('SUBSCRIBE', '100'), targetOfPhone);
  await scene.pass(100);
  assert.deepEqual([options.statuses.at(-1), subscribe.statuses.at(-1)], [200, 405]);
});

test('RFC 3262 §5: a call without an offer is asked in a reliable provisional and answers in the PRACK, once', async () => {
  const scene = new Scene();
  const asked: string[] = [];
  scene.server.answer = (transaction) => {
    const { request, method } = transaction;
    const tag = { toTag: 'far' };
    if (method !== 'INVITE') transaction.respond(buildResponse(request, 200, tag));
    else
      transaction.respond(
        buildResponse(request, 183, {
          ...tag,
          headers: [
            ['Contact', '<sip:far@192.0.2.1>'],
            ['Require', '100rel'],
            ['RSeq', '1'],
            ['Content-Type', 'application/sdp'],
          ],
          body: 'offer',
        }),
      );
  };
  const dialled = scene.phone.call('600', {
    onOffer: (offer) => {
      asked.push(textOf(offer));
      return sdp(`answer to ${textOf(offer)}`);
    },
  });
  scene.clock.advance(100);
  const prack = scene.server.requests.find(({ method }) => method === 'PRACK')?.request ?? assert.fail();
  assert.equal(textOf({ type: '', bytes: prack.body }), 'answer to offer');
  const invite = scene.server.requests.find(({ method }) => method === 'INVITE') ?? assert.fail();
  const headers: [string, string][] = [['Contact', '<sip:far@192.0.2.1>']];
  invite.respond(buildResponse(invite.request, 200, { toTag: 'far', headers }));
  scene.clock.advance(100);
  await settle();
  const call = await dialled;
  assert.deepEqual([asked, textOf(call.remoteBody), scene.server.acks.at(-1)?.bodySizeBytes], [['offer'], 'offer', 0]);
});

test('RFC 3891 §4: a phone takes a call over by its name, and is told which of its own is taken', async () => {
  const scene = new Scene();
  answering(scene);
  const dialled = scene.phone.call('600', { body: sdp('our offer') });
  await scene.pass(300);
  const call = await dialled;
  const name = call.nameFor({ isEarlyOnly: true });
  assert.deepEqual([name?.toTag, name?.callId, name?.isEarlyOnly], ['server', call.session.callId, true]);
  const second = scene.phone.call('601', { body: sdp('our offer'), ...(name && { replaces: name }) });
  await scene.pass(300);
  await second;
  const invite = scene.server.requests.findLast(({ method }) => method === 'INVITE')?.request;
  assert.deepEqual(
    [invite?.header('Require'), invite?.header('Replaces')],
    ['replaces', `${name?.callId};to-tag=server;from-tag=${name?.fromTag};early-only`],
  );
  const mine = call.session.dialogId;
  const headers: [string, string][] = [
    ['Replaces', `${mine?.callId};to-tag=${mine?.localTag};from-tag=${mine?.remoteTag}`],
    contactOfServer,
    ['Content-Type', 'application/sdp'],
  ];
  scene.server.send(scene.server.compose('INVITE', '100', headers, 'their offer'), scene.phoneTarget);
  await scene.pass(100);
  const third = scene.calls[0];
  assert.equal(third?.replaces, call);
  const answered = third?.answer(sdp('our answer'));
  await scene.pass(100);
  assert.equal((await call.ended).why, 'hung-up');
  answered?.catch(() => undefined);
});
