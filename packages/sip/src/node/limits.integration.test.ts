/** What one address, one connection may cost (RFC 3261 §26.3.2.4: denial of service), on real sockets. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { until } from '@ringdown/testkit';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SocketAddress, TransportFailure } from '../transport/flow.ts';
import { createSipStack, type SipStackOptions } from './sip-stack.ts';

const LOCAL: SocketAddress = { family: 4, address: '127.0.0.1', port: 0 };
const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

function agent(options: Partial<SipStackOptions> = {}) {
  const methods: string[] = [];
  const closed: TransportFailure[] = [];
  const stack = createSipStack({
    user: {
      onRequest: (transaction) => {
        methods.push(transaction.method);
        transaction.respond(buildResponse(transaction.request, 200, { toTag: 'x' }));
      },
      onAck: () => {},
      onStrayResponse: () => {},
    },
    onError: (error) => assert.fail(String(error)),
    onFlowClosed: (_flow, failure) => closed.push(failure),
    ...options,
  });
  closers.push(() => stack.close());
  return { ...stack, methods, closed };
}

const raw = (branch: string | number, more = '') =>
  `INFO sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK${branch}\r\nFrom: <sip:a@b>;tag=1\r\n` +
  `To: <sip:b@b>\r\nCall-ID: ${branch}\r\nCSeq: 1 INFO\r\n${more}Content-Length: 0\r\n\r\n`;

function rawTcp({ port, address }: SocketAddress): { socket: Socket; closed: () => boolean } {
  const socket = connect(port, address);
  let isClosed = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  socket.resume();
  closers.push(() => socket.destroy());
  return { socket, closed: () => isClosed };
}

test('datagrams above what one address may send in a second are dropped, those of another and of the next second are not', async () => {
  const bob = agent({ transportLimits: { messagesPerSecond: 10 } });
  const { local } = await bob.transport.listenUdp(LOCAL);
  const from = (address: string) => {
    const socket = createSocket('udp4');
    closers.push(() => socket.close());
    return new Promise<(text: string) => void>((resolve) => {
      socket.bind(0, address, () => resolve((text) => socket.send(text, local.port, local.address)));
    });
  };
  const [loud, quiet] = [await from('127.0.0.2'), await from('127.0.0.3')];
  for (let at = 0; at < 30; at++) loud(raw(`loud${at}`));
  await until(() => bob.transport.exceededCount === 20, 'what is too much');
  quiet(raw('quiet'));
  await until(() => bob.methods.length === 11, 'the other one');
  let again = 0;
  await until(() => {
    loud(raw(`again${again++}`));
    return bob.methods.length > 11;
  }, 'the next second');
});

test('a stream above it is not read until the next second, and then nothing of it is lost', async () => {
  const bob = agent({ transportLimits: { messagesPerSecond: 10 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  const { socket } = rawTcp(local);
  for (let at = 0; at < 25; at++) await new Promise((resolve) => socket.write(raw(at), resolve));
  await until(() => bob.methods.length === 25, 'all of them');
  assert.ok(bob.transport.exceededCount > 0);
});

test('unfinished TLS handshakes of one address are bounded, and forgotten when they end', async () => {
  const { execFileSync } = await import('node:child_process');
  const { mkdtempSync, readFileSync, rmSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const folder = mkdtempSync(join(tmpdir(), 'sip-half-'));
  closers.push(() => rmSync(folder, { recursive: true }));
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=x';
  execFileSync('openssl', words.split(' '), { cwd: folder, stdio: 'pipe' });
  const identity = {
    certificate: readFileSync(join(folder, 'c.pem'), 'utf8'),
    key: readFileSync(join(folder, 'k.pem'), 'utf8'),
  };
  const bob = agent({ transportLimits: { handshakesPerSource: 3 } });
  const { local } = await bob.transport.listenTls(LOCAL, identity);
  const halves = Array.from({ length: 5 }, () => rawTcp(local));
  await until(() => halves.filter(({ closed }) => closed()).length === 2, 'two to be undone');
  for (const { socket } of halves) socket.destroy();
  const alice = agent({ tlsPolicy: () => ({ verify: 'none' }) });
  alice.transport.callOutBy('tls', { ...LOCAL, port: 5061 });
  const ask = async (): Promise<string> => {
    let outcome = '';
    const headers: [string, string][] = [
      ['From', '<sip:a@b>;tag=1'],
      ['To', '<sip:b@b>'],
      ['Call-ID', `${performance.now()}`],
      ['CSeq', '1 INFO'],
    ];
    alice.driver.post(() => {
      alice.transactions.request(
        buildRequest({ method: 'INFO', uri: 'sip:b@b', headers }),
        { kind: 'tls', remote: local },
        {
          onResponse: ({ status }) => {
            outcome = String(status);
          },
          onTimeout: () => {
            outcome = 'timeout';
          },
          onTransportFailure: ({ code }) => {
            outcome = code;
          },
        },
      );
    });
    await until(() => outcome !== '', 'an outcome');
    return outcome;
  };
  // The ends of the halves may still be on their way.
  let last = '';
  const endMs = performance.now() + 10_000;
  while (last !== '200' && performance.now() < endMs) last = await ask();
  assert.equal(last, '200');
});

test('a connection by which too much comes that nobody can read is closed, one with a slip now and then is not', async () => {
  const bob = agent({ transportLimits: { malformedPerMinute: 3 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  const [bad, fair] = [rawTcp(local), rawTcp(local)];
  const malformed = (at: number) => raw(at, 'Max-Forwards: many\r\n').replace('CSeq: 1 INFO', 'CSeq: x INFO');
  for (let at = 0; at < 3; at++) fair.socket.write(malformed(at));
  fair.socket.write(raw('good'));
  await until(() => bob.methods.length === 1, 'the good one');
  for (let at = 0; at < 10; at++) bad.socket.write(malformed(at));
  await until(() => bad.closed(), 'the end of the bad one');
  assert.equal(fair.closed(), false);
  assert.match(bob.closed[0]?.detail ?? '', /nobody can read/);
});

const trickles: readonly [title: string, octets: () => string][] = [
  ['a header that never ends', () => 'X'],
  ['folded lines without end', () => '\r\n X'],
  ['headers without end', () => 'X: y\r\n'],
];
for (const [title, octets] of trickles) {
  test(`${title}, an octet now and then: the connection is closed when the time of a message is over`, async () => {
    const bob = agent({ transportLimits: { messageTimeoutMs: 150 } });
    const { local } = await bob.transport.listenTcp(LOCAL);
    const { socket, closed } = rawTcp(local);
    socket.write(`${raw('first')}INFO sip:b@b SIP/2.0\r\nX: `);
    const timer = setInterval(() => socket.write(octets()), 10);
    await until(() => closed(), 'the end');
    clearInterval(timer);
    assert.deepEqual(bob.methods, ['INFO'], 'what was whole before is served');
    assert.match(bob.closed[0]?.detail ?? '', /no whole message within 150 ms/);
  });
}

test('a connection that says nothing, and one that says nothing more, are closed in their time', async () => {
  const bob = agent({ transportLimits: { messageTimeoutMs: 100, idleTimeoutMs: 300 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  const [mute, idle] = [rawTcp(local), rawTcp(local)];
  idle.socket.write(raw('once'));
  await until(() => mute.closed(), 'the end of the mute one');
  assert.equal(idle.closed(), false);
  await until(() => idle.closed(), 'the end of the idle one');
  assert.deepEqual(
    bob.closed.map(({ detail }) => detail.replace(/^\S+ /, '').replace(/[\d.]+/, 'N')),
    ['no whole message within N ms', 'idle for N ms'],
  );
});

test('what many connections of one address leave unfinished is bounded, and others are not the poorer for it', async () => {
  const bob = agent({ transportLimits: { heldBytesPerSource: 300_000 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  const half = raw('half').replace('Content-Length: 0', 'Content-Length: 900000');
  const many = Array.from({ length: 8 }, () => rawTcp(local));
  for (const { socket } of many) socket.write(`${half}${'x'.repeat(60_000)}`);
  await until(() => many.filter(({ closed }) => closed()).length >= 3, 'those that are too much to be closed');
  await until(() => bob.closed.length >= 3, 'the transport to say so');
  assert.match(bob.closed[0]?.detail ?? '', /too much is unfinished/);
  assert.ok(many.filter(({ closed }) => closed()).length <= 5, 'and no others');
  for (const { socket } of many) socket.destroy();
  await until(() => bob.closed.length === 8, 'all to be gone');
  const whole = rawTcp(local);
  whole.socket.write(`${half}${'x'.repeat(900_000)}`.replace('900000', '250000').slice(0, half.length + 250_000));
  await until(() => bob.methods.length === 1, 'room for one that is finished');
});

test('a peer that takes nothing is given up after the stall time, also where what waits is within its bound', async () => {
  const bob = agent({ transportLimits: { stallTimeoutMs: 50, bufferedBytes: 100_000_000 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  const { socket } = rawTcp(local);
  socket.pause();
  socket.write(raw('first'));
  await until(() => bob.methods.length === 1, 'the request');
  const flows: string[] = [];
  const flow = bob.transport.flowTo({ kind: 'tcp', remote: LOCAL, flowId: 1 });
  assert.ok(flow);
  const owner = { onTransportFailure: (failure: TransportFailure) => void flows.push(failure.code) };
  // More than the kernel's buffers of both ends hold.
  for (let times = 0; times < 200; times++) bob.driver.send(new Uint8Array(100_000), flow, owner);
  await until(() => bob.closed.length === 1, 'the end');
  assert.equal(bob.closed[0]?.code, 'timeout');
  await until(() => flows.length > 0, 'the senders to be told');
});

test('RFC 3261 §17.1.2.2 on a half-open connection: after timer F without a sign of life the next request makes a new one', async () => {
  const sockets: Socket[] = [];
  let isDead = true;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    const answers = !isDead;
    socket.on('data', (bytes) => {
      if (!answers) return;
      const head = String(bytes).replace(/^OPTIONS.*\r\n/, 'SIP/2.0 200 OK\r\n');
      socket.write(head.replace('To: <sip:b@b>', '$&;tag=9'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () => server.close(),
    () => {
      for (const socket of sockets) socket.destroy();
    },
  );
  const { port } = server.address() as { port: number };
  const alice = agent({ timers: { t1Ms: 12 } });
  alice.transport.callOutBy('tcp', { ...LOCAL, port: 5060 });
  const ask = async (): Promise<string> => {
    let outcome = '';
    const headers: [string, string][] = [
      ['From', '<sip:a@b>;tag=1'],
      ['To', '<sip:b@b>'],
      ['Call-ID', 'c'],
      ['CSeq', '1 OPTIONS'],
    ];
    alice.driver.post(() => {
      alice.transactions.request(
        buildRequest({ method: 'OPTIONS', uri: 'sip:b@b', headers }),
        { kind: 'tcp', remote: { ...LOCAL, port } },
        {
          onResponse: ({ status }) => {
            outcome = String(status);
          },
          onTimeout: () => {
            outcome = 'timeout';
          },
          onTransportFailure: ({ code }) => {
            outcome = code;
          },
        },
      );
    });
    await until(() => outcome !== '', 'an outcome');
    return outcome;
  };
  assert.equal(await ask(), 'timeout');
  await until(() => alice.closed.length === 1, 'the dead connection to be left');
  isDead = false;
  assert.equal(await ask(), '200');
  assert.equal(sockets.length, 2);
});
