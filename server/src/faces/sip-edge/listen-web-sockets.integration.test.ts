/** RFC 7118 with real sockets: who gets a WebSocket, by which name and certificate, and who does not. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildResponse } from '@ringdown/sip';
import { createSipStack } from '@ringdown/sip/node';
import { until } from '@ringdown/testkit';
import { WebSocket } from 'ws';
import { ensureCertificates } from '#base/certificates';
import { createSeededRandom } from '#base/ids';
import { listenWebSockets, type WebSocketPlace } from './listen-web-sockets.ts';

const root = mkdtempSync(join(tmpdir(), 'ringdown-ws-'));
const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
  rmSync(root, { recursive: true });
});
const made = (folder: string, seed: number) =>
  ensureCertificates({
    folder: join(root, folder),
    names: ['localhost', '127.0.0.1'],
    nowUtcMs: Date.now(),
    random: createSeededRandom(seed),
  });

async function serve(place: Partial<WebSocketPlace> = {}, pingMs = 30_000) {
  const stack = createSipStack({
    user: {
      onRequest: (transaction) => transaction.respond(buildResponse(transaction.request, 200, { toTag: 'x' })),
      onAck: () => undefined,
      onStrayResponse: () => undefined,
    },
    onError: (error) => assert.fail(String(error)),
    onFlowClosed: (_flow, { detail }) => closed.push(detail),
    transportLimits: { webSocketPingMs: pingMs, pongTimeoutMs: 100, messageTimeoutMs: 200 },
  });
  const closed: string[] = [];
  const listener = await listenWebSockets({
    address: '127.0.0.1',
    port: 0,
    origins: [],
    maxMessageBytes: 10_000,
    maxConnections: 10,
    handshakeMs: 2_000,
    ...place,
  });
  const kind = place.tls === undefined ? 'ws' : 'wss';
  stack.transport.listenWs(listener.server, kind, { family: 4, address: '127.0.0.1', port: listener.port });
  closers.push(
    () => listener.close(),
    () => stack.close(),
  );
  return { stack, listener, closed, url: `${kind}://127.0.0.1:${listener.port}` };
}

const options = (via: string) =>
  `OPTIONS sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/${via} a.invalid;branch=z9hG4bK${Math.random()}\r\nFrom: <sip:a@b>;tag=1\r\n` +
  'To: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';

/** What comes of a connection: the first answer to OPTIONS, or the status of the refusal. */
function outcome(url: string, protocols: string | string[], more: object = {}): Promise<string> {
  const socket = new WebSocket(url, protocols, more);
  closers.push(() => socket.terminate());
  return new Promise((resolve) => {
    socket.on('error', (error) => resolve(error.message));
    socket.on('open', () => socket.send(options(url.startsWith('wss') ? 'WSS' : 'WS')));
    socket.on('message', (content: Buffer) => resolve(String(content).split('\r\n')[0] ?? ''));
  });
}

test('RFC 7118 §4.1: the sub-protocol "sip" is wanted, among others or alone', async () => {
  const { url } = await serve();
  assert.equal(await outcome(url, 'sip'), 'SIP/2.0 200 OK');
  assert.equal(await outcome(url, ['msrp', 'sip']), 'SIP/2.0 200 OK');
  assert.match(await outcome(url, 'msrp'), /400/);
  assert.match(await outcome(url, []), /400/);
});

test('RFC 6455 §10.2: a page of another origin is refused; who is no browser names none', async () => {
  const { url } = await serve({ origins: ['https://phone.example.com'] });
  assert.equal(await outcome(url, 'sip', { origin: 'https://phone.example.com' }), 'SIP/2.0 200 OK');
  assert.match(await outcome(url, 'sip', { origin: 'https://evil.example.com' }), /403/);
  assert.equal(await outcome(url, 'sip'), 'SIP/2.0 200 OK');
});

test('RFC 7118 §5: over TLS, with a certificate that is renewed while it runs; HTTP alone is told to upgrade', async () => {
  const [first, second] = [made('first', 1), made('second', 2)];
  const tlsOf = ({ certPem, keyPem }: typeof first) => ({ certificate: certPem, key: keyPem });
  const { url, listener } = await serve({ tls: tlsOf(first) });
  assert.equal(await outcome(url, 'sip', { ca: first.caPem }), 'SIP/2.0 200 OK');
  assert.notEqual(await outcome(url, 'sip', { ca: second.caPem }), 'SIP/2.0 200 OK');
  listener.renew(tlsOf(second));
  assert.equal(await outcome(url, 'sip', { ca: second.caPem }), 'SIP/2.0 200 OK');
  const status = await new Promise((resolve) => {
    const request = httpsRequest(
      { host: '127.0.0.1', port: listener.port, ca: second.caPem, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.end();
  });
  assert.equal(status, 426);
});

test('a message beyond the limit closes the connection', async () => {
  const { url, closed } = await serve();
  const socket = new WebSocket(url, 'sip');
  socket.on('error', () => undefined);
  socket.on('open', () => socket.send('x'.repeat(10_001)));
  await until(() => closed.length === 1, 'the end of it');
});

test('RFC 6455 §5.5.2: one that does not answer pings is closed, one that says nothing as well', async () => {
  const { url, closed } = await serve({}, 50);
  const deaf = new WebSocket(url, 'sip', { autoPong: false });
  closers.push(() => deaf.terminate());
  deaf.on('open', () => deaf.send(options('WS')));
  await until(() => closed.length === 1, 'the end of the deaf one');
  assert.match(closed[0] ?? '', /ping was not answered/);
  const mute = new WebSocket(url, 'sip');
  closers.push(() => mute.terminate());
  await until(() => closed.length === 2, 'the end of the mute one');
  assert.match(closed[1] ?? '', /said nothing/);
});

test('RFC 6455 §10.4: a message in fragments that never ends is given up, though pings are answered between them', async () => {
  const { url, closed } = await serve({}, 20);
  const slow = new WebSocket(url, 'sip');
  closers.push(() => slow.terminate());
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  slow.on('error', () => undefined);
  slow.on('open', () => {
    slow.send(options('WS'));
    timer = setInterval(() => slow.send(`Subject: ${sent++}`, { fin: false }), 15);
  });
  await until(() => closed.length === 1, 'the end of it');
  clearInterval(timer);
  assert.ok(sent > 3);
  assert.match(closed[0] ?? '', /no whole message within 200 ms/);
});

test('whole messages one after the other, and pings between them, go on as long as they like', async () => {
  const { url, closed } = await serve({}, 20);
  const busy = new WebSocket(url, 'sip');
  closers.push(() => busy.terminate());
  let answers = 0;
  busy.on('message', () => answers++);
  busy.on('open', () => {
    const timer = setInterval(() => busy.send(options('WS')), 25);
    closers.push(() => clearInterval(timer));
  });
  await until(() => answers > 20, 'more than the time of one message');
  assert.deepEqual(closed, []);
});

test('what is no WebSocket yet counts by its address, and not for long', async () => {
  let running = 0;
  const admitsHandshake = (): (() => void) | undefined => {
    if (running >= 3) return undefined;
    running += 1;
    return () => {
      running -= 1;
    };
  };
  const { url, listener } = await serve({ admitsHandshake, handshakeMs: 300 });
  const halves = Array.from({ length: 5 }, () => {
    const socket = connect(listener.port, '127.0.0.1');
    const half = { socket, isClosed: false };
    socket.on('error', () => undefined);
    socket.on('close', () => {
      half.isClosed = true;
    });
    socket.resume();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Never-Ending: ');
    closers.push(() => socket.destroy());
    return half;
  });
  await until(() => halves.filter(({ isClosed }) => isClosed).length === 2, 'two to be undone');
  await until(() => halves.every(({ isClosed }) => isClosed), 'the end of the other three');
  await until(() => running === 0, 'all to be counted out');
  assert.equal(await outcome(url, 'sip'), 'SIP/2.0 200 OK');
  assert.equal(running, 0, 'an upgrade is no handshake any more');
});
