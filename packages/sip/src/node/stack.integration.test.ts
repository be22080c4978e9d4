/** Driver, transport and transaction layer over real sockets of the loopback interface. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { until } from '@ringdown/testkit';
import { WebSocket, WebSocketServer } from 'ws';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ClientTransactionUser, ServerTransaction } from '../transaction/transaction-port.ts';
import type { Flow, SocketAddress, Target, TransportFailure, TransportKind } from '../transport/flow.ts';
import type { Turn } from './sip-driver.ts';
import { createSipStack, type SipStackOptions } from './sip-stack.ts';

const LOCAL: SocketAddress = { family: 4, address: '127.0.0.1', port: 0 };
const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

/** Resolves once `holds` does; looked at every millisecond. */
function agent(options: Partial<SipStackOptions> = {}) {
  const requests: ServerTransaction[] = [];
  const acks: SipRequest[] = [];
  const opened: Flow[] = [];
  const closed: TransportFailure[] = [];
  const errors: unknown[] = [];
  const received: (SipRequest | SipResponse)[] = [];
  let answer: (transaction: ServerTransaction) => void = (transaction) =>
    transaction.respond(buildResponse(transaction.request, 200, { toTag: 'x' }));
  const stack = createSipStack({
    user: {
      onRequest: (transaction) => {
        requests.push(transaction);
        answer(transaction);
      },
      onAck: (ack) => acks.push(ack),
      onStrayResponse: () => {},
    },
    onError: (error) => errors.push(error),
    onFlowOpened: (flow) => opened.push(flow),
    onFlowClosed: (_flow, failure) => closed.push(failure),
    onReceived: (message) => received.push(message),
    ...options,
  });
  closers.push(() => stack.close());
  const setAnswer = (to: typeof answer) => {
    answer = to;
  };
  return { ...stack, requests, acks, opened, closed, errors, received, setAnswer };
}

function ask(from: ReturnType<typeof agent>, target: Target, method = 'OPTIONS', body?: string) {
  const outcome = { statuses: [] as number[], failures: [] as TransportFailure[], timeouts: 0 };
  const user: ClientTransactionUser = {
    onResponse: (response) => outcome.statuses.push(response.status),
    onTransportFailure: (failure) => outcome.failures.push(failure),
    onTimeout: () => outcome.timeouts++,
  };
  const request = buildRequest({
    method,
    uri: 'sip:b@127.0.0.1',
    headers: [
      ['Max-Forwards', 70],
      ['From', '<sip:a@127.0.0.1>;tag=1'],
      ['To', '<sip:b@127.0.0.1>'],
      ['Call-ID', `${Math.random()}`],
      ['CSeq', `1 ${method}`],
    ],
    body,
  });
  from.driver.post(() => from.transactions.request(request, target, user));
  const done = (count = 1) =>
    until(() => outcome.statuses.length + outcome.failures.length + outcome.timeouts >= count, `an end of ${method}`);
  return { ...outcome, outcome, done };
}

const to = (kind: TransportKind, remote: SocketAddress): Target => ({ kind, remote });
const raw = (method: string, extra = '') =>
  `${method} sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK${Math.random()}\r\nFrom: <sip:a@b>;tag=1\r\n` +
  `To: <sip:b@b>\r\nCall-ID: ${Math.random()}\r\nCSeq: 1 ${method}\r\n${extra}Content-Length: 0\r\n\r\n`;

function rawTcp(remote: SocketAddress) {
  const socket: Socket = connect(remote.port, remote.address);
  const state = { text: '', closed: false };
  socket.on('data', (bytes) => {
    state.text += bytes.toString('latin1');
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    state.closed = true;
  });
  closers.push(() => socket.destroy());
  return { socket, state };
}

for (const kind of ['udp', 'tcp'] as const) {
  for (const address of ['127.0.0.1', '::1']) {
    test(`${kind} on ${address}: requests are answered; a stream is made once and used for all`, async () => {
      const local: SocketAddress = { family: address === '::1' ? 6 : 4, address, port: 0 };
      const [alice, bob] = [agent(), agent()];
      for (const { transport } of [alice, bob]) {
        await (kind === 'udp' ? transport.listenUdp(local) : transport.listenTcp(local));
      }
      const target = to(kind, bob.transport.listeners[0]!.local);
      const asked = Array.from({ length: 20 }, () => ask(alice, target));
      await Promise.all(asked.map(({ done }) => done()));
      assert.deepEqual(new Set(asked.map(({ statuses }) => statuses.join())), new Set(['200']));
      assert.equal(bob.requests.length, 20);
      assert.equal(new Set(bob.requests.map(({ flow }) => flow.id)).size, 1);
      assert.equal(alice.transport.connectionCount, kind === 'udp' ? 0 : 1);
      assert.deepEqual([alice.errors, bob.errors], [[], []]);
      const via = bob.requests[0]!.request.topVia;
      assert.equal(via.host, address === '::1' ? '[::1]' : '127.0.0.1');
      assert.equal(via.port, alice.transport.listeners[0]!.local.port);
    });
  }
}

test('TCP: a message that comes byte by byte, and several in one segment, are each one message', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTcp(LOCAL);
  const { socket, state } = rawTcp(local);
  for (const byte of Buffer.from(raw('OPTIONS'))) socket.write(Buffer.of(byte));
  socket.write(raw('OPTIONS') + raw('INFO') + raw('MESSAGE').slice(0, 30));
  await until(() => state.text.split('SIP/2.0 200').length === 4, 'three answers');
  assert.deepEqual(
    bob.requests.map(({ method }) => method),
    ['OPTIONS', 'OPTIONS', 'INFO'],
  );
});

test('RFC 5626 §3.5.1: CRLFCRLF on a stream is answered CRLF', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTcp(LOCAL);
  const { socket, state } = rawTcp(local);
  socket.write('\r\n\r\n');
  await until(() => state.text === '\r\n', 'the pong');
});

test('RFC 5626 §4.4.1: a ping that is not answered closes the flow, one that is keeps it', async () => {
  for (const answers of [true, false]) {
    const alice = agent({ transportLimits: { pongTimeoutMs: 60 } });
    await alice.transport.listenTcp(LOCAL);
    let pings = 0;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        pings++;
        if (answers) socket.write('\r\n');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const { port } = server.address() as { port: number };
    const flow = alice.transport.flowTo(to('tcp', { ...LOCAL, port }))!;
    alice.transport.keepAlive(flow, { everyMs: 20, expectPong: true });
    await until(() => (answers ? pings >= 6 : alice.closed.length > 0), 'pings');
    assert.deepEqual(
      alice.closed.map(({ code }) => code),
      answers ? [] : ['timeout'],
    );
    assert.equal(alice.transport.isOpen(flow), answers);
    alice.close();
  }
});

test('UDP: keep-alives go out by option until they are stopped, and those that come make no message', async () => {
  const alice = agent();
  const { local } = await alice.transport.listenUdp(LOCAL);
  const peer = createSocket('udp4');
  closers.push(() => peer.close());
  const got: string[] = [];
  peer.on('message', (bytes) => got.push(bytes.toString('latin1')));
  await new Promise<void>((resolve) => peer.bind(0, '127.0.0.1', resolve));
  const flow = alice.transport.flowTo(to('udp', { ...LOCAL, port: peer.address().port }))!;
  alice.transport.keepAlive(flow, { everyMs: 5 });
  await until(() => got.length >= 3, 'three keep-alives');
  alice.transport.stopKeepAlive(flow);
  assert.deepEqual(new Set(got), new Set(['\r\n\r\n']));
  for (const keepAlive of ['\r\n\r\n', '\r\n', '\0', '\0\0\0\0']) peer.send(keepAlive, local.port);
  peer.send(raw('OPTIONS').replace('/TCP', '/UDP').replace('branch', 'rport;branch'), local.port);
  await until(() => got.some((text) => text.startsWith('SIP/2.0 200')), 'the answer to a real message');
  assert.equal(alice.received.length, 1);
  assert.deepEqual(alice.errors, []);
});

test('a flood from many addresses displaces itself, not the flow that is in use', async () => {
  const bob = agent({ transportLimits: { datagramFlows: 16 } });
  await bob.transport.listenUdp(LOCAL);
  const flowOf = (port: number) => bob.transport.flowTo(to('udp', { ...LOCAL, port }))!;
  const phone = flowOf(7_000);
  for (let port = 10_000; port < 10_200; port++) {
    flowOf(port);
    assert.equal(flowOf(7_000), phone);
  }
  const byId = (id: number) => bob.transport.flowTo({ ...to('udp', LOCAL), flowId: id });
  assert.equal(byId(phone.id), phone);
  const first = flowOf(10_200);
  for (let port = 11_000; port < 11_100; port++) flowOf(port);
  assert.equal(byId(first.id), undefined, 'forgotten: gone, not silently another');
});

test('RFC 3261 §18.3: a stream without Content-Length is answered 400 and closed', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTcp(LOCAL);
  const { socket, state } = rawTcp(local);
  socket.write(raw('OPTIONS').replace('Content-Length: 0\r\n', ''));
  await until(() => state.closed, 'the end of the connection');
  assert.match(state.text, /^SIP\/2\.0 400 Missing Content-Length/);
  assert.equal(bob.requests.length, 0);
});

test('slowloris: an unfinished head, and a connection that says nothing, are closed after the message time-out', async () => {
  const bob = agent({ transportLimits: { messageTimeoutMs: 50 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  const [slow, silent] = [rawTcp(local), rawTcp(local)];
  slow.socket.write('OPTIONS sip:b@127.0.0.1 SIP/2.0\r\nVia: ');
  await until(() => slow.state.closed && silent.state.closed, 'both to be closed');
  assert.deepEqual(
    bob.closed.map(({ code }) => code),
    ['timeout', 'timeout'],
  );
  assert.equal(bob.transport.connectionCount, 0);
});

test('an accepted connection that is idle is closed, one in use stays', async () => {
  const bob = agent({ transportLimits: { idleTimeoutMs: 150 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  const [idle, busy] = [rawTcp(local), rawTcp(local)];
  idle.socket.write(raw('OPTIONS'));
  const ticker = setInterval(() => busy.socket.write('\r\n\r\n'), 20);
  closers.push(() => clearInterval(ticker));
  await until(() => idle.state.closed, 'the idle one to be closed');
  assert.equal(busy.state.closed, false);
  clearInterval(ticker);
});

test('connections beyond the limit per source are not taken', async () => {
  const bob = agent({ transportLimits: { connectionsPerSource: 2 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  const first = rawTcp(local);
  first.socket.write(raw('OPTIONS'));
  const second = rawTcp(local);
  second.socket.write(raw('OPTIONS'));
  await until(() => bob.requests.length === 2, 'two requests');
  const third = rawTcp(local);
  await until(() => third.state.closed, 'the third to be closed');
  first.socket.destroy();
  await until(() => bob.transport.connectionCount === 1, 'room again');
  const fourth = rawTcp(local);
  fourth.socket.write(raw('OPTIONS'));
  await until(() => bob.requests.length === 3, 'a request of the fourth');
});

test('a peer that does not read is closed as overloaded, and the senders are told', async () => {
  const bob = agent({ transportLimits: { bufferedBytes: 100_000 } });
  const { local } = await bob.transport.listenTcp(LOCAL);
  bob.setAnswer(() => {});
  const { socket } = rawTcp(local);
  socket.pause();
  socket.write(raw('OPTIONS'));
  await until(() => bob.requests.length === 1, 'the request');
  const { flow } = bob.requests[0]!;
  const told: string[] = [];
  const owner = { onTransportFailure: (failure: TransportFailure) => void told.push(failure.code) };
  await until(() => {
    if (bob.closed.length === 0) bob.driver.send(new Uint8Array(50_000), flow, owner);
    return bob.closed.length > 0;
  }, 'the connection to be given up');
  assert.equal(bob.closed[0]!.code, 'overloaded');
  await until(() => told.length > 0, 'an owner to be told');
  assert.ok(told.includes('overloaded'));
});

test('TCP refused is a transport failure; a large request then goes by UDP (RFC 3261 §18.1.1)', async () => {
  const [alice, bob] = [agent(), agent()];
  await alice.transport.listenUdp(LOCAL);
  await alice.transport.listenTcp(LOCAL);
  const { local } = await bob.transport.listenUdp(LOCAL);
  const refused = ask(alice, to('tcp', local));
  await refused.done();
  assert.deepEqual(
    refused.outcome.failures.map(({ code }) => code),
    ['refused'],
  );
  const large = ask(alice, to('udp', local), 'MESSAGE', 'x'.repeat(2_000));
  await large.done();
  assert.deepEqual(large.outcome.statuses, [200]);
  assert.equal(bob.requests[0]!.request.topVia.transport, 'UDP');
  assert.equal(bob.requests[0]!.request.bodySizeBytes, 2_000);
});

test('a peer that closes: the flow is closed, a request to it by flow id fails, by address opens a new one', async () => {
  const [alice, bob] = [agent(), agent()];
  await alice.transport.listenTcp(LOCAL);
  const { local } = await bob.transport.listenTcp(LOCAL);
  await ask(alice, to('tcp', local)).done();
  const first = alice.opened[0]!;
  bob.transport.closeFlow(bob.requests[0]!.flow);
  await until(() => alice.closed.length === 1, 'the close to be seen');
  const byId = ask(alice, { ...to('tcp', local), flowId: first.id });
  await byId.done();
  assert.deepEqual(
    byId.outcome.failures.map(({ code }) => code),
    ['flow-gone'],
  );
  const byAddress = ask(alice, to('tcp', local));
  await byAddress.done();
  assert.deepEqual(byAddress.outcome.statuses, [200]);
  assert.notEqual(alice.opened[1]!.id, first.id);
});

test('turns: nothing is sent before the hook of its turn has returned; when the hook throws, nothing is, and owners are told', async () => {
  const turns: string[] = [];
  let broken = false;
  const hook = (turn: Turn) => {
    if (turn.outgoing.length === 0) return;
    turns.push(turn.outgoing.map(({ bytes }) => Buffer.from(bytes).toString('latin1').split(' ')[0]).join());
    if (broken) assert.fail('disk full');
  };
  const [alice, bob] = [agent({ beforeSend: hook }), agent()];
  await alice.transport.listenUdp(LOCAL);
  const { local } = await bob.transport.listenUdp(LOCAL);
  const asked = [ask(alice, to('udp', local)), ask(alice, to('udp', local), 'INFO')];
  assert.deepEqual(turns, [], 'posted, not run');
  await Promise.all(asked.map(({ done }) => done()));
  assert.deepEqual(turns, ['OPTIONS,INFO'], 'one turn, one record');
  broken = true;
  const lost = ask(alice, to('udp', local), 'MESSAGE');
  await lost.done();
  assert.deepEqual(
    lost.outcome.failures.map(({ code }) => code),
    ['io'],
  );
  assert.equal(alice.errors.length, 1);
  assert.equal(bob.requests.length, 2);
});

test('a defect in one input is reported, and the others of its turn still run', async () => {
  const alice = agent();
  const ran: number[] = [];
  alice.driver.post(() => assert.fail('a defect'));
  alice.driver.post(() => ran.push(1));
  await until(() => ran.length === 1, 'the second input');
  assert.match(String(alice.errors[0]), /a defect/);
});

test('turns: what an input posts follows in the same turn, what an endless poster posts in the next', async () => {
  const turns: string[][] = [[]];
  const alice = agent({ beforeSend: () => void turns.push([]), inputsPerTurn: 3 });
  const say = (what: string) => turns.at(-1)?.push(what);
  let again = 0;
  const endless = () => {
    say('again');
    again++;
    if (again < 5) alice.driver.post(endless);
  };
  alice.driver.post(() => {
    say('one');
    alice.driver.post(() => {
      say('behind one');
      alice.driver.post(() => say('behind that'));
    });
  });
  alice.driver.post(() => say('two'));
  await until(() => turns.length === 2, 'a turn');
  alice.driver.post(endless);
  await until(() => again === 5, 'the last of the endless');
  await until(() => turns.length === 4, 'its turn to end');
  assert.deepEqual(turns, [
    ['one', 'two', 'behind one', 'behind that'],
    ['again', 'again', 'again', 'again'],
    ['again'],
    [],
  ]);
});

test('turns: what an input posted does not run once the driver is closed', async () => {
  const alice = agent();
  const ran: string[] = [];
  alice.driver.post(() => {
    alice.driver.post(() => ran.push('behind'));
    ran.push('one');
    alice.driver.close();
  });
  alice.driver.post(() => ran.push('two'));
  await until(() => ran.length > 0, 'a turn');
  assert.deepEqual(ran, ['one', 'two']);
});

test('the wheel is driven by a real timer: an unanswered request is retransmitted and times out', async () => {
  const alice = agent({ timers: { t1Ms: 5, t2Ms: 20 } });
  await alice.transport.listenUdp(LOCAL);
  const hole = agent();
  const { local } = await hole.transport.listenUdp(LOCAL);
  hole.setAnswer(() => {});
  const asked = ask(alice, to('udp', local));
  const startMs = performance.now();
  await asked.done();
  assert.equal(asked.outcome.timeouts, 1);
  assert.ok(performance.now() - startMs >= 320, '64*T1');
  assert.ok(hole.received.length > 5, 'retransmitted');
  assert.equal(hole.requests.length, 1);
});

test('RFC 7118: SIP over WebSocket with the ws library, both ways, with pings; another sub-protocol is refused', async () => {
  const bob = agent();
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (protocols) => (protocols.has('sip') ? 'sip' : false),
  });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  closers.push(() => server.close());
  const { port } = server.address() as { port: number };
  bob.transport.listenWs(server, 'ws', { ...LOCAL, port });

  const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'sip');
  closers.push(() => socket.terminate());
  const got: string[] = [];
  socket.on('message', (content: Buffer) => got.push(content.toString('latin1')));
  await new Promise<void>((resolve) => socket.once('open', resolve));
  socket.send(raw('REGISTER').replace('/TCP', '/WS'));
  await until(() => got.length === 1, 'the answer');
  assert.match(got[0]!, /^SIP\/2\.0 200 OK\r\n/);
  socket.send('\r\n\r\n');
  await until(() => got.length === 2, 'the pong');
  assert.equal(got[1], '\r\n');
  const { flow } = bob.requests[0]!;
  assert.deepEqual([flow.kind, flow.reliable, flow.secure], ['ws', true, false]);
  const back = ask(bob, { kind: 'ws', remote: flow.remote, flowId: flow.id });
  await until(() => got.length === 3, 'a request from the server');
  assert.match(got[2]!, /^OPTIONS sip:b@127\.0\.0\.1 SIP\/2\.0\r\nVia: SIP\/2\.0\/WS 127\.0\.0\.1:/);
  const ok = got[2]!.replace(/^OPTIONS.*\r\n/, 'SIP/2.0 200 OK\r\n').replace('To: <sip:b@127.0.0.1>', '$&;tag=9');
  socket.send(ok);
  await back.done();
  assert.deepEqual(back.outcome.statuses, [200]);
  socket.close();
  await until(() => bob.closed.length === 1, 'the close');
  assert.equal(bob.transport.flowTo({ kind: 'ws', remote: flow.remote }), undefined, 'a browser is never called');

  const other = new WebSocket(`ws://127.0.0.1:${port}`);
  closers.push(() => other.terminate());
  const code = await new Promise<number>((resolve) => other.once('close', resolve));
  assert.equal(code, 1002);
});
