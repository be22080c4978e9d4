/** Overload control on real sockets (RFC 6357): who is refused, what is not read meanwhile. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { SeededRandom, until } from '@ringdown/testkit';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipResponse } from '../message/response.ts';
import { OverloadControl } from '../overload/overload-control.ts';
import type { SocketAddress } from '../transport/flow.ts';
import { createSipStack } from './sip-stack.ts';

const LOCAL: SocketAddress = { family: 4, address: '127.0.0.1', port: 0 };
const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

function agent(overload?: OverloadControl) {
  const methods: string[] = [];
  const stack = createSipStack({
    user: {
      onRequest: (transaction) => {
        methods.push(transaction.method);
        transaction.respond(buildResponse(transaction.request, 200, { toTag: 'x' }));
      },
      onAck: () => {},
      onStrayResponse: () => {},
    },
    // The branch decides who is among the hundredth that is let in.
    random: new SeededRandom(1),
    onError: (error) => assert.fail(String(error)),
    ...(overload === undefined ? {} : { overload }),
  });
  closers.push(() => stack.close());
  return { ...stack, methods };
}

async function ask(from: ReturnType<typeof agent>, remote: SocketAddress, method: string): Promise<SipResponse> {
  const responses: SipResponse[] = [];
  const request = buildRequest({
    method,
    uri: 'sip:b@127.0.0.1',
    headers: [
      ['Max-Forwards', 70],
      ['From', '<sip:a@127.0.0.1>;tag=1'],
      ['To', '<sip:b@127.0.0.1>'],
      ['Call-ID', `${performance.now()}`],
      ['CSeq', `1 ${method}`],
    ],
  });
  const user = {
    onResponse: (response: SipResponse) => void responses.push(response),
    onTimeout() {},
    onTransportFailure() {},
  };
  from.driver.post(() => from.transactions.request(request, { kind: 'udp', remote }, user));
  await until(() => responses.length > 0, `an answer to ${method}`);
  return responses[0] as SipResponse;
}

test('RFC 3261 §21.5.4: under overload a REGISTER is told 503 with Retry-After, without state, and OPTIONS is answered', async () => {
  // By its own clock this control has seen the thread busy for a minute.
  const overload = new OverloadControl({ intervalMs: 1e9 });
  for (let nowMs = -60e9; nowMs < 0; nowMs += 1e9) overload.turnBegan(nowMs, 1_000, () => 0);
  const [alice, bob] = [agent(), agent(overload)];
  await alice.transport.listenUdp(LOCAL);
  const { local } = await bob.transport.listenUdp(LOCAL);
  const refused = await ask(alice, local, 'REGISTER');
  assert.equal(refused.status, 503);
  assert.match(refused.header('Retry-After') ?? '', /^\d+$/);
  assert.equal((await ask(alice, local, 'OPTIONS')).status, 200);
  assert.deepEqual(bob.methods, ['OPTIONS']);
  assert.deepEqual([bob.transactions.counts.rejected, overload.rejectedCount], [1, 1]);
});

test('RFC 6357 §5.4: while reading is paused what a stream brings stays with its sender, also on a new connection; then it is taken', async () => {
  const [alice, bob] = [agent(), agent()];
  await alice.transport.listenUdp(LOCAL);
  const udp = await bob.transport.listenUdp(LOCAL);
  const { local } = await bob.transport.listenTcp(LOCAL);
  const sockets = [connect(local.port, local.address), connect(local.port, local.address)] as const;
  closers.push(
    () => sockets[0].destroy(),
    () => sockets[1].destroy(),
  );
  await until(() => bob.transport.connectionCount === 2, 'two connections');
  bob.transport.pauseReading(true);
  const late = connect(local.port, local.address);
  closers.push(() => late.destroy());
  const message = (branch: number) =>
    `INFO sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK${branch}\r\nFrom: <sip:a@b>;tag=1\r\n` +
    `To: <sip:b@b>\r\nCall-ID: ${branch}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n`;
  for (const [at, socket] of [...sockets, late].entries())
    await new Promise((resolve) => socket.write(message(at), resolve));
  for (let times = 0; times < 3; times++) await ask(alice, udp.local, 'OPTIONS');
  assert.deepEqual(new Set(bob.methods), new Set(['OPTIONS']));
  bob.transport.pauseReading(false);
  await until(() => bob.methods.filter((method) => method === 'INFO').length === 3, 'what waited');
});
