/** What the packet thread relies on, of `node:dgram`: for later implementations the same rows. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { untilTrue } from '@ringdown/testkit';
import { addressWords, formatAddress, parseAddress, portOf } from './address.ts';
import { DgramIo } from './dgram.ts';
import type { OpenOutcome } from './packet-io.ts';

async function withIo(
  run: (io: DgramIo, seen: { packets: string[]; ticks: number[] }) => Promise<void>,
): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const clock = new Worker(new URL('./dgram-clock.ts', import.meta.url), {
    workerData: { ports: [port2], stop },
    transferList: [port2],
  });
  const io = new DgramIo(port1);
  const seen = { packets: [] as string[], ticks: [] as number[] };
  io.start({
    onPacket(socket, buffer, offset, length) {
      const text = Buffer.from(buffer.subarray(offset, offset + length)).toString();
      seen.packets.push(`${socket} ${formatAddress(io.source, 0)}:${portOf(io.source, 0)} ${text}`);
    },
    onTick: (number) => seen.ticks.push(number),
  });
  try {
    await run(io, seen);
  } finally {
    io.stop();
    Atomics.store(stop, 0, 1);
    Atomics.notify(stop, 0);
    await clock.terminate();
  }
}

const open = (io: DgramIo, address: string, port: number) =>
  new Promise<OpenOutcome>((resolve) => io.open({ address, port, dscp: 0 }, resolve));

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

test('packets go and come with their addresses, from a buffer that is used again at once', async () => {
  await withIo(async (io, seen) => {
    const port = await freePort();
    const opened = await open(io, '127.0.0.1', port);
    assert.ok(opened.ok);
    const buffer = new TextEncoder().encode('xxfirst');
    const destination = new Int32Array(addressWords);
    parseAddress('127.0.0.1', port, destination, 0);
    const packet = { socket: opened.socket, buffer, offset: 2, length: 5, destination, destinationAt: 0 };
    io.send(packet);
    buffer.set(new TextEncoder().encode('xxother'));
    io.send(packet);
    await untilTrue(() => seen.packets.length === 2);
    assert.deepEqual(seen.packets, [
      `${opened.socket} 127.0.0.1:${port} first`,
      `${opened.socket} 127.0.0.1:${port} other`,
    ]);
  });
});

test('a port in use and an address that is not here are values of their own', async () => {
  await withIo(async (io) => {
    const port = await freePort();
    const first = await open(io, '127.0.0.1', port);
    assert.ok(first.ok);
    const second = await open(io, '127.0.0.1', port);
    assert.ok(!second.ok);
    assert.equal(second.reason, 'in-use');
    const elsewhere = await open(io, '203.0.113.1', port);
    assert.ok(!elsewhere.ok);
    assert.equal(elsewhere.reason, 'unavailable');
    io.close(first.socket);
  });
});

test('the clock loses no tick', async () => {
  await withIo(async (io, seen) => {
    const startMs = io.nowMs();
    await untilTrue(() => seen.ticks.length >= 25);
    assert.deepEqual(
      seen.ticks.slice(0, 25),
      Array.from({ length: 25 }, (_, index) => index + 1),
    );
    const tookMs = io.nowMs() - startMs;
    assert.ok(tookMs > 460, `25 ticks in ${tookMs} ms`);
  });
});
