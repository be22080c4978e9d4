/** Datagrams by system calls on the very socket that Node's event loop owns. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Flow, TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import { descriptorOf } from './descriptor-of.ts';
import { probeDirect } from './probe-direct.ts';
import { SourceMeters } from './source-meters.ts';
import { DEFAULT_TRANSPORT_LIMITS } from './transport-events.ts';
import { UdpListener } from './udp.ts';
import { useDirectDatagrams } from './use-direct-datagrams.ts';

const why = await probeDirect();
// Another Node, or another system: nothing to test. Whatever else is wrong with it is a defect.
const skip = why?.endsWith('is not among the tested versions') ? why : false;

interface Received {
  readonly text: string;
  readonly from: string;
}

async function open() {
  const received: Received[] = [];
  const failures: TransportFailure[] = [];
  let flows = 0;
  const meters = new SourceMeters(0);
  const listener = await UdpListener.open({
    local: { family: 4, address: '127.0.0.1', port: 0 },
    events: {
      onBytes: (bytes: Uint8Array, flow: Flow) =>
        void received.push({
          text: Buffer.from(bytes).toString('latin1'),
          from: `${flow.remote.address}:${flow.remote.port}`,
        }),
      onSendFailed: (_owner: SendOwner, failure: TransportFailure) => void failures.push(failure),
      onMessage: () => undefined,
      onMalformed: () => undefined,
      onFlowOpened: () => undefined,
      onFlowClosed: () => undefined,
    },
    limits: DEFAULT_TRANSPORT_LIMITS,
    advertise: () => ({ host: '127.0.0.1', port: 0 }),
    nextFlowId: () => ++flows,
    meterOf: (address) => meters.of(address),
    takes: () => true,
  });
  assert.equal(await useDirectDatagrams([listener], 40), null);
  return { listener, received, failures, to: listener.local };
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const owner: SendOwner = { onTransportFailure: () => undefined };

test('the probe says that it works, or that this machine is not for it', { skip }, () => assert.equal(why, null));

test('what is sent arrives whole and in order, and is taken in without the event loop', { skip }, async () => {
  const [a, b] = [await open(), await open()];
  const texts = [1, 5, 700, 1400, 9000, 60_000].map((length, index) => String(index).repeat(length).padStart(6, 'x'));
  for (const text of texts) a.listener.send(bytes(text), a.listener.flowTo(b.to), owner);
  b.listener.drain();
  assert.deepEqual(
    b.received,
    texts.map((text) => ({ text, from: `127.0.0.1:${a.to.port}` })),
  );
  b.listener.send(bytes('back again'), b.listener.flowTo(a.to), null);
  a.listener.drain();
  assert.deepEqual(a.received, [{ text: 'back again', from: `127.0.0.1:${b.to.port}` }]);
  assert.deepEqual([a.failures, b.failures], [[], []]);
  a.listener.close();
  b.listener.close();
  a.listener.drain();
});

test('what the event loop finds is as before', { skip }, async () => {
  const a = await open();
  const socket = createSocket('udp4');
  socket.send('by the loop', a.to.port, a.to.address);
  for (let round = 0; a.received.length === 0 && round < 100; round++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(a.received, [{ text: 'by the loop', from: `127.0.0.1:${socket.address().port}` }]);
  socket.close();
  a.listener.close();
});

test('a datagram that cannot be sent is told to its owner, as by Node', { skip }, async () => {
  const a = await open();
  a.listener.send(bytes('to all'), a.listener.flowTo({ family: 4, address: '255.255.255.255', port: 9 }), owner);
  a.listener.send(bytes('to all'), a.listener.flowTo({ family: 4, address: '255.255.255.255', port: 9 }), null);
  await Promise.resolve();
  assert.equal(a.failures.length, 1);
  assert.match(a.failures[0]?.detail ?? '', /^255\.255\.255\.255:9: send E/);
  a.listener.close();
});

test('the descriptor of a socket is found by its address, and none where there is none', { skip }, async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { address, port } = socket.address();
  const descriptor = descriptorOf({ family: 4, address, port });
  assert.match(execFileSync('readlink', [`/proc/${process.pid}/fd/${descriptor}`], { encoding: 'utf8' }), /^socket:/);
  socket.close();
  await once(socket, 'close');
  assert.equal(descriptorOf({ family: 4, address, port }), undefined);
});
