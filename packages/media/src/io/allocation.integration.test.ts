/**
 * What a relayed packet costs the collector of garbage: nothing. A process of its own (node:ffi may take one along) relays hundreds of thousands of packets through a
 * packet thread, and says how many octets V8 has allocated meanwhile.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { probeIo } from '../program/probe-io.ts';
import { Region } from '../region/layout.ts';
import { CommandRing } from '../thread/command-ring.ts';
import { PacketThread } from '../thread/packet-thread.ts';
import type { ThreadCommand } from '../thread/thread-message.ts';
import { addressWords, parseAddress } from './address.ts';
import { type BlockingKind, blockingKinds } from './blocking-io.ts';
import type { OpenOutcome, OutgoingPacket, PacketSink } from './packet-io.ts';

const packetsPerTick = 1000;
const warmUp = 100_000;
const measured = 600_000;
const firstPort = 20_000 + (process.pid % 150) * 250;

async function run(kind: BlockingKind): Promise<void> {
  const { createBlockingIo } = await import('./ffi/create-blocking-io.ts');
  const io = createBlockingIo(kind, { maxSockets: 64, gatherUs: 1000 });
  const region = Region.create(4);
  const ring = CommandRing.create();
  const perform = (command: ThreadCommand): void => thread.perform(command);
  const thread = new PacketThread({
    region,
    io,
    sounds: { prompts: new Map() } as never,
    index: 0,
    tell(event) {
      if (event.type !== 'opened') return;
      assert.ok(event.ok);
      thread.perform({ type: 'take', record: event.id, rtp: event.rtp, rtcp: event.rtcp });
    },
    fetch: () => ring.drain(perform),
  });
  const phones: number[] = [];
  const openPhone = (port: number): void =>
    io.open({ address: '127.0.0.1', port, dscp: 0 }, (outcome: OpenOutcome) => {
      assert.ok(outcome.ok, JSON.stringify(outcome));
      phones.push(outcome.socket);
    });
  const words = (port: number): Int32Array => {
    const both = new Int32Array(2 * addressWords);
    parseAddress('127.0.0.1', port, both, 0);
    parseAddress('127.0.0.1', port + 1, both, addressWords);
    return both;
  };
  const [streamA, streamB, phoneA, phoneB] = [firstPort, firstPort + 2, firstPort + 4, firstPort + 6];
  const commands: ThreadCommand[] = [];
  for (const [record, rtpPort, phone] of [
    [0, streamA, phoneA],
    [1, streamB, phoneB],
  ] as const) {
    region.begin(record);
    const settings = { maySend: true, mayReceive: true, timeoutMs: 0, clockRate: 8000 };
    const types = { dtmfPayloadType: -1, comfortNoisePayloadType: -1, playPayloadType: -1, playLaw: 0 };
    commands.push(
      { type: 'begin', record, cname: 1 },
      { type: 'open', id: record, address: '127.0.0.1', rtpPort, dscp: 46 },
      { type: 'settings', record, settings: { ...settings, ...types } },
      { type: 'remote', record, remote: { words: words(phone), mux: false }, relock: true },
    );
  }
  commands.push({ type: 'join', a: 0, b: 1, mapAtoB: [], mapBtoA: [] });

  let heard = 0;
  let sequence = 0;
  let before = 0;
  const buffer = new Uint8Array(172).fill(0xff);
  buffer.fill(0, 0, 12);
  buffer[0] = 0x80;
  buffer[11] = 7;
  const packet: OutgoingPacket = {
    socket: -1,
    buffer,
    offset: 0,
    length: 172,
    destination: words(streamA),
    destinationAt: 0,
  };
  const sendOne = (): void => {
    sequence = (sequence + 1) & 0xffff;
    buffer[2] = sequence >>> 8;
    buffer[3] = sequence;
    io.send(packet);
  };
  const sink: PacketSink = {
    onPacket(socket, bytes, offset, length) {
      if (socket === phones[1]) heard += 1;
      else thread.onPacket(socket, bytes, offset, length);
    },
    onTick(number) {
      thread.onTick(number);
      for (let count = 0; count < packetsPerTick; count++) sendOne();
      if (before === 0 && heard >= warmUp) {
        heard = 0;
        before = getHeapStatistics().total_allocated_bytes;
      } else if (before > 0 && heard >= measured) {
        writeSync(1, JSON.stringify({ heard, octets: getHeapStatistics().total_allocated_bytes - before }));
        process.exit(0);
      }
    },
  };
  thread.start();
  io.start(sink);
  openPhone(phoneA);
  openPhone(phoneB);
  packet.socket = phones[0] ?? assert.fail();
  for (const command of commands) assert.ok(ring.push(command));
  io.run({ onWake: () => undefined, afterBatch: () => undefined });
}

async function testKind(kind: BlockingKind): Promise<void> {
  const probed = await probeIo(kind);
  const skip = probed.verdict === 'refused' ? probed.why : false;
  test(`${kind}: no object is made per relayed packet`, { skip }, (context) => {
    assert.deepEqual(probed, { verdict: 'works' });
    const script = fileURLToPath(import.meta.url);
    const args = ['--disable-warning=ExperimentalWarning', '--conditions=ringdown-source', script, child, kind];
    const said = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
    const { heard, octets } = JSON.parse(said) as { heard: number; octets: number };
    const perPacket = octets / heard;
    context.diagnostic(`${perPacket.toFixed(1)} octets a relayed packet`);
    // What there is belongs to batches and ticks, and to the compiler: the smallest object has 12 octets.
    assert.ok(heard >= measured && perPacket < 12, `${octets} octets for ${heard} packets`);
  });
}

const child = 'relay-and-count';
const [, , task, name] = process.argv;
const chosen = blockingKinds.find((kind) => kind === name);
if (task === child && chosen !== undefined) void run(chosen);
else for (const kind of blockingKinds) await testKind(kind);
