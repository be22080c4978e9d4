import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendOwner } from '../transport/transport-port.ts';
import { WriteQueue } from './write-queue.ts';

/** A socket that takes what a test lets it. */
function scene(limitBytes = 300_000) {
  const written: string[] = [];
  const failed: string[] = [];
  let held = 0;
  let overflows = 0;
  const dones: (() => void)[] = [];
  const names = new Map<SendOwner, string>();
  const queue = new WriteQueue({
    write: (bytes, done) => {
      written.push(new TextDecoder().decode(bytes).trim());
      held += bytes.length;
      if (done !== undefined) dones.push(() => done());
    },
    heldBytes: () => held,
    limitBytes,
    onFailed: (owner, { code }) => failed.push(`${names.get(owner)} ${code}`),
    onOverflow: () => {
      overflows++;
    },
    peer: 'peer',
  });
  const send = (text: string, sizeBytes = 100_000) => {
    const owner: SendOwner = { onTransportFailure: () => undefined };
    names.set(owner, text.trim());
    queue.send(new TextEncoder().encode(text.padEnd(sizeBytes)), owner);
  };
  const take = () => {
    held = 0;
    for (const done of dones.splice(0)) done();
    queue.drained();
  };
  return { queue, written, failed, send, take, overflows: () => overflows };
}

test('what the socket takes goes at once; what comes after it waits in order', () => {
  const { written, send, take, queue } = scene();
  for (const text of ['INVITE 1', 'ACK 1', 'SIP/2.0 200']) send(text);
  assert.deepEqual(written, ['INVITE 1']);
  assert.equal(queue.isWaiting, true);
  take();
  assert.deepEqual(written, ['INVITE 1', 'ACK 1']);
  take();
  assert.deepEqual(written, ['INVITE 1', 'ACK 1', 'SIP/2.0 200']);
  assert.equal(queue.isWaiting, false);
});

test('beyond the bound the oldest request that begins something fails as overloaded; calls and responses wait on', () => {
  const { written, failed, send, take, overflows } = scene();
  for (const text of ['INVITE 1', 'BYE 1', 'INVITE 2', 'SIP/2.0 200', 'REGISTER 1']) send(text);
  assert.deepEqual(failed, ['INVITE 2 overloaded']);
  send('BYE 2');
  assert.deepEqual(failed, ['INVITE 2 overloaded', 'REGISTER 1 overloaded']);
  for (let times = 0; times < 4; times++) take();
  assert.deepEqual(written, ['INVITE 1', 'BYE 1', 'SIP/2.0 200', 'BYE 2']);
  assert.equal(overflows(), 0);
});

test('where nothing can be given up the connection is told to be of no use', () => {
  const { send, failed, overflows } = scene();
  for (let at = 0; at < 5; at++) send(`SIP/2.0 200 ${at}`);
  assert.equal(overflows(), 1);
  assert.deepEqual(failed, []);
});

test('when the connection ends all are told: those that wait, and those that the kernel has not taken', () => {
  const { queue, send, take, failed } = scene();
  send('INVITE 1');
  take();
  send('INVITE 2');
  send('BYE 1');
  queue.failAll({ code: 'closed', detail: '' });
  assert.deepEqual(failed, ['INVITE 2 closed', 'BYE 1 closed']);
});
