/** What a tap sees of real sockets: every message as it was on the wire, what made no sense, and what could not be sent. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { until } from '@ringdown/testkit';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import type { Flow, SocketAddress, TransportKind } from '../transport/flow.ts';
import { createSipStack } from './sip-stack.ts';
import type { WireTap } from './wire-tap.ts';

const local: SocketAddress = { family: 4, address: '127.0.0.1', port: 0 };
const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

function tapped(more: Partial<WireTap> = {}) {
  const seen: string[] = [];
  const errors: unknown[] = [];
  const failures: string[] = [];
  const flows: Flow[] = [];
  const stack = createSipStack({
    user: {
      onRequest: (transaction) => transaction.respond(buildResponse(transaction.request, 200, { toTag: 'x' })),
      onAck: () => undefined,
      onStrayResponse: () => undefined,
    },
    onError: (error) => errors.push(error),
    timers: { t1Ms: 20 },
    tap: {
      received: (bytes, flow, failure) => {
        flows.push(flow);
        seen.push(`${failure === null ? 'in' : `in (${failure.code})`} ${text(bytes)}`);
      },
      sent: (bytes) => seen.push(`out ${text(bytes)}`),
      sendFailed: (bytes, _flow, failure) => failures.push(`${failure.code} ${text(bytes)}`),
      ...more,
    },
  });
  closers.push(() => stack.close());
  return { ...stack, seen, errors, failures, flows };
}

function request(kind: TransportKind, callId: string): string {
  return [
    'OPTIONS sip:b@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/${kind.toUpperCase()} 127.0.0.1:9;rport;branch=z9hG4bK${callId}`,
    'from :   <sip:a@b>;tag=1',
    'To: <sip:b@b>',
    `i: ${callId}`,
    'CSeq: 1 OPTIONS',
    'l: 0\r\n\r\n',
  ].join('\r\n');
}

const optionsTo = (callId: string) =>
  buildRequest({
    method: 'OPTIONS',
    uri: 'sip:b@127.0.0.1',
    headers: [
      ['Max-Forwards', 70],
      ['From', '<sip:a@127.0.0.1>;tag=1'],
      ['To', '<sip:b@127.0.0.1>'],
      ['Call-ID', callId],
      ['CSeq', '1 OPTIONS'],
    ],
  });

test('UDP: what came stands there octet for octet, then its answer; a retransmission is seen each time', async () => {
  const { transport, seen } = tapped();
  const listener = await transport.listenUdp(local);
  const socket = createSocket('udp4');
  closers.push(() => socket.close());
  const sent = request('udp', 'one');
  socket.send(sent, listener.local.port, '127.0.0.1');
  await until(() => seen.length === 2, 'a request and its answer');
  socket.send(sent, listener.local.port, '127.0.0.1');
  await until(() => seen.length === 4, 'both again');
  assert.equal(seen[0], `in ${sent}`);
  assert.match(seen[1] ?? '', /^out SIP\/2\.0 200 OK\r\n/);
  assert.deepEqual(seen.slice(2), seen.slice(0, 2));
});

test('UDP: a message that cannot be parsed is seen with its failure', async () => {
  const { transport, seen } = tapped();
  const listener = await transport.listenUdp(local);
  const socket = createSocket('udp4');
  closers.push(() => socket.close());
  socket.send('this is no SIP at all', listener.local.port, '127.0.0.1');
  await until(() => seen.length === 1, 'the datagram');
  assert.match(seen[0] ?? '', /^in \([a-z-]+\) this is no SIP at all$/);
});

test('TCP: messages are seen one by one, also one that is cut in two and one that makes no sense', async () => {
  const { transport, seen } = tapped();
  const listener = await transport.listenTcp(local);
  const socket = connect(listener.local.port, '127.0.0.1');
  closers.push(() => socket.destroy());
  const [first, second] = [request('tcp', 'one'), request('tcp', 'two')];
  const broken = request('tcp', 'three').replace('CSeq: 1 OPTIONS', 'CSeq: x');
  socket.write(first + second.slice(0, 40));
  await until(() => seen.length === 2, 'the first');
  socket.write(second.slice(40) + broken);
  await until(() => seen.length === 6, 'all of them');
  const received = seen.filter((line) => line.startsWith('in'));
  assert.deepEqual(received, [`in ${first}`, `in ${second}`, `in (malformed-header) ${broken}`]);
});

test('a send that failed is told with what was to be sent, and its owner is told too', async () => {
  const { transport, driver, transactions, failures } = tapped();
  await transport.listenTcp(local);
  const told: string[] = [];
  const target = { kind: 'tcp', remote: { ...local, port: 1 } } as const;
  driver.post(() =>
    transactions.request(optionsTo('gone'), target, {
      onResponse: () => undefined,
      onTimeout: () => undefined,
      onTransportFailure: (failure) => told.push(failure.code),
    }),
  );
  await until(() => told.length > 0, 'the failure');
  assert.deepEqual(told, ['refused']);
  assert.match(failures[0] ?? '', /^refused OPTIONS sip:b@127\.0\.0\.1 SIP\/2\.0\r\n/);
});

test('a tap that throws is reported, and the message goes its way', async () => {
  const broken = () => {
    throw new Error('a defect of the tap');
  };
  const { transport, errors } = tapped({ received: broken, sent: broken });
  const listener = await transport.listenUdp(local);
  const socket = createSocket('udp4');
  closers.push(() => socket.close());
  let answer = '';
  socket.on('message', (bytes) => {
    answer = text(bytes);
  });
  socket.send(request('udp', 'one'), listener.local.port, '127.0.0.1');
  await until(() => answer !== '', 'an answer');
  assert.match(answer, /^SIP\/2\.0 200/);
  assert.equal(errors.length, 2);
});
