/** RFC 5626 §8: STUN on the SIP port, both sides over sockets. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Flow } from '../transport/flow.ts';
import { readStunAnswer, stunRequest } from '../transport/stun-keep-alive.ts';
import { createSipStack } from './sip-stack.ts';

async function open(onFlowClosed: (flow: Flow) => void = () => {}) {
  const stack = createSipStack({
    user: { onRequest: () => undefined, onAck: () => undefined, onStrayResponse: () => undefined },
    onError: (error) => assert.fail(String(error)),
    onFlowClosed,
  });
  const { local } = await stack.transport.listenUdp({ family: 4, address: '127.0.0.1', port: 0 });
  return { stack, local };
}

test('RFC 5626 §8: a keep-alive by STUN is answered on the SIP port with where it came from', async () => {
  const { stack, local } = await open();
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  try {
    const answered = once(socket, 'message') as Promise<[Buffer]>;
    socket.send(stunRequest('abcdefghijkl'), local.port, '127.0.0.1');
    const [bytes] = await answered;
    const { port } = socket.address();
    assert.deepEqual(readStunAnswer(bytes), { id: 'abcdefghijkl', seen: { family: 4, address: '127.0.0.1', port } });
  } finally {
    socket.close();
    stack.close();
  }
});

test('RFC 5626 §4.4.2: our keep-alives are answered, and the far end finds the flow alive', async () => {
  const far = await open();
  const pings: Uint8Array[] = [];
  const near = await open(() => assert.fail('the flow is alive'));
  const relay = createSocket('udp4');
  relay.bind(0, '127.0.0.1');
  await once(relay, 'listening');
  try {
    const flow = near.stack.transport.flowTo({
      kind: 'udp',
      remote: { family: 4, address: '127.0.0.1', port: relay.address().port },
    });
    assert.ok(flow);
    const twice = new Promise<void>((done) => {
      relay.on('message', (bytes, from) => {
        if (from.port === near.local.port) {
          pings.push(bytes);
          relay.send(bytes, far.local.port, '127.0.0.1');
        } else {
          relay.send(bytes, near.local.port, '127.0.0.1');
          if (pings.length === 2) done();
        }
      });
    });
    near.stack.transport.keepAlive(flow, { everyMs: 20, expectPong: true });
    await twice;
    assert.notDeepEqual(pings[0], pings[1], 'an answered one is followed by another, not repeated');
  } finally {
    near.stack.close();
    far.stack.close();
    relay.close();
  }
});
