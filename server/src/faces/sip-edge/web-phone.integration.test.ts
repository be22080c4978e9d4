/** The browser's phone of @ringdown/sip/browser, on Node's own standard WebSocket, against our WebSocket server and SIP edge's neighbours (RFC 7118). */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { buildResponse, type Flow, type SipRequest } from '@ringdown/sip';
import { createWebPhone, type WebPhoneOptions } from '@ringdown/sip/browser';
import { createSipStack } from '@ringdown/sip/node';
import { until } from '@ringdown/testkit';
import { listenWebSockets } from './listen-web-sockets.ts';

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

/** Registers everybody, and answers calls with the caller's own body. */
async function serve() {
  const requests: SipRequest[] = [];
  const flows: Flow[] = [];
  const stack = createSipStack({
    user: {
      onRequest: (transaction) => {
        const { request, method } = transaction;
        requests.push(request);
        flows.push(transaction.flow);
        const contact = method === 'INVITE' ? '<sip:b@pbx.invalid;transport=ws>' : (request.header('Contact') ?? '');
        transaction.respond(
          buildResponse(request, 200, {
            toTag: 'b',
            headers: [
              ['Contact', method === 'REGISTER' ? `${contact};expires=300` : contact],
              ...(method === 'INVITE' ? [['Content-Type', 'application/sdp'] as const] : []),
            ],
            body: method === 'INVITE' ? request.body : undefined,
          }),
        );
      },
      onAck: (ack) => requests.push(ack),
      onStrayResponse: () => undefined,
    },
    onError: (error) => assert.fail(String(error)),
  });
  const listener = await listenWebSockets({
    address: '127.0.0.1',
    port: 0,
    origins: [],
    maxMessageBytes: 100_000,
    maxConnections: 10,
    handshakeMs: 2_000,
  });
  stack.transport.listenWs(listener.server, 'ws', { family: 4, address: '127.0.0.1', port: listener.port });
  closers.push(
    () => listener.close(),
    () => stack.close(),
  );
  return { stack, requests, flows, url: `ws://127.0.0.1:${listener.port}` };
}

function phoneOf(url: string, more: Partial<WebPhoneOptions> = {}) {
  const connection: string[] = [];
  const phone = createWebPhone({
    url,
    username: 'a',
    password: 'p',
    onConnection: (isOpen) => connection.push(isOpen ? 'open' : 'closed'),
    onError: (error) => assert.fail(String(error)),
    ...more,
  });
  return { phone, connection };
}

test('RFC 7118 §5: a phone registers and calls by the standard WebSocket; nobody is told an address of it', async () => {
  const { requests, url } = await serve();
  const { phone, connection } = phoneOf(url);
  await phone.register();
  const [register] = requests;
  assert.equal(register?.topVia.transport, 'WS');
  assert.match(register?.topVia.host ?? '', /^[a-z0-9]{12}\.invalid$/);
  assert.match(register?.header('Contact') ?? '', /^<sip:a@[a-z0-9]{12}\.invalid:\d+;transport=ws>/);
  const body = { type: 'application/sdp', bytes: new TextEncoder().encode('v=0\r\n') };
  const call = phone.call('sip:b@127.0.0.1', { body });
  await until(() => requests.some(({ method }) => method === 'ACK'), 'the ACK');
  assert.ok(call);
  await phone.close();
  assert.ok(requests.some(({ method }) => method === 'BYE'));
  await until(() => connection.length === 2, 'the end');
  assert.deepEqual(connection, ['open', 'closed']);
});

test('a connection that was lost is made anew for the next request', async () => {
  const { stack, requests, flows, url } = await serve();
  const { phone, connection } = phoneOf(url);
  await phone.register();
  stack.transport.closeFlow(flows[0] as Flow);
  await until(() => connection.length === 2, 'the loss');
  await phone.register();
  assert.equal(requests.length, 2);
  assert.notEqual(flows[1]?.id, flows[0]?.id);
  await phone.close();
});

test('RFC 5626 §3.5.1: a server that answers no pings is left; one that does is kept', async () => {
  const { url } = await serve();
  const kept = phoneOf(url, { pingEveryMs: 10, answerWithinMs: 5_000 });
  await kept.phone.register();
  const { WebSocketServer } = await import('ws');
  const silent = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'sip' });
  closers.push(() => silent.close());
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  const left = phoneOf(`ws://127.0.0.1:${port}`, { pingEveryMs: 20, answerWithinMs: 60 });
  await assert.rejects(left.phone.register());
  assert.deepEqual(left.connection, ['open', 'closed']);
  assert.deepEqual(kept.connection, ['open']);
  await kept.phone.close();
});

test('nobody there, or nobody who speaks SIP: the registration fails, and says so', async () => {
  await assert.rejects(phoneOf('ws://127.0.0.1:1').phone.register());
});
