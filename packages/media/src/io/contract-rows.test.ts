/**
 * What the packet thread relies on, of every implementation, as scripts that are looked at again after each tick: an implementation that blocks its thread has
 * no event loop to wait in. `node contract-rows.test.ts WAY` runs them in a process of its own and prints a line for each.
 */
import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { MessageChannel, Worker } from 'node:worker_threads';
import { addressWords, formatAddress, parseAddress, portOf } from './address.ts';
import type { BlockingKind, BlockingPacketIo } from './blocking-io.ts';
import { DgramIo } from './dgram.ts';
import type { OpenOutcome, PacketIo } from './packet-io.ts';

/** Waits until true. */
type Script = Generator<() => boolean, void>;
type Row = (scene: Scene) => Script;

interface Seen {
  readonly socket: number;
  readonly from: string;
  readonly text: string;
}

const ticksPerWait = 200;
const quietMs = 80;
const encoder = new TextEncoder();
let nextPort = 20_000 + (process.pid % 200) * 200;

class Scene {
  readonly io: PacketIo;
  readonly seen: Seen[] = [];
  readonly ticks: { readonly number: number; readonly atMs: number }[] = [];
  wakes = 0;

  constructor(io: PacketIo) {
    this.io = io;
  }

  /** A port that was free a moment ago, and the socket on it. */
  *socket(address = '127.0.0.1'): Generator<() => boolean, { socket: number; port: number }> {
    for (;;) {
      const port = nextPort++;
      const outcome = yield* this.open(address, port);
      if (outcome.ok) return { socket: outcome.socket, port };
      assert.equal(outcome.reason, 'in-use');
    }
  }

  *open(address: string, port: number): Generator<() => boolean, OpenOutcome> {
    let outcome: OpenOutcome | undefined;
    this.io.open({ address, port, dscp: 46 }, (found) => {
      outcome = found;
    });
    yield () => outcome !== undefined;
    return outcome ?? assert.fail();
  }

  send(socket: number, to: { address?: string; port: number }, text: string): void {
    const destination = new Int32Array(addressWords);
    parseAddress(to.address ?? '127.0.0.1', to.port, destination, 0);
    const buffer = encoder.encode(`xx${text}`);
    this.io.send({ socket, buffer, offset: 2, length: buffer.length - 2, destination, destinationAt: 0 });
    // It may be used again at once.
    buffer.fill(0);
  }
}

export const rows: Readonly<Record<string, Row>> = {
  *'packets come with their source, in order, from buffers that are used again at once'(scene) {
    const [a, b] = [yield* scene.socket(), yield* scene.socket()];
    const texts = Array.from({ length: 100 }, (_, at) => `packet ${at}`);
    for (const text of texts) scene.send(a.socket, b, text);
    yield () => scene.seen.length === 100;
    assert.deepEqual(
      scene.seen,
      texts.map((text) => ({ socket: b.socket, from: `127.0.0.1:${a.port}`, text })),
    );
  },
  *'a port in use and an address that is not here are values of their own'(scene) {
    const a = yield* scene.socket();
    const second = yield* scene.open('127.0.0.1', a.port);
    const elsewhere = yield* scene.open('203.0.113.1', 30_000);
    assert.deepEqual(
      [second, elsewhere].map((one) => !one.ok && one.reason),
      ['in-use', 'unavailable'],
    );
    scene.send(a.socket, a, 'still there');
    yield () => scene.seen.length === 1;
  },
  *'IPv6 as well, and each family for itself'(scene) {
    const [six, four] = [yield* scene.socket('::1'), yield* scene.socket()];
    scene.send(six.socket, four, 'lost');
    scene.send(six.socket, { address: '::1', port: six.port }, 'to itself');
    yield () => scene.seen.length > 0;
    assert.deepEqual(scene.seen, [{ socket: six.socket, from: `::1:${six.port}`, text: 'to itself' }]);
  },
  *'a socket that was closed hears nothing more; its port and its number are free again'(scene) {
    const [a, b] = [yield* scene.socket(), yield* scene.socket()];
    scene.send(a.socket, b, 'too late');
    scene.io.close(b.socket);
    scene.io.close(b.socket);
    scene.send(b.socket, a, 'from nowhere');
    const before = scene.ticks.length;
    yield () => scene.ticks.length > before + 3;
    assert.equal(scene.seen.length, 0);
    const again = yield* scene.open('127.0.0.1', b.port);
    assert.ok(again.ok);
    scene.send(a.socket, b, 'to the next');
    yield () => scene.seen.length === 1;
    assert.deepEqual(
      scene.seen.map(({ socket }) => socket),
      [again.socket],
    );
  },
  *'a datagram that is too long comes whole or not at all'(scene) {
    const [a, b] = [yield* scene.socket(), yield* scene.socket()];
    for (const length of [0, 1, 1472, 2048, 2049, 9000, 60_000]) scene.send(a.socket, b, 'y'.repeat(length));
    scene.send(a.socket, b, 'end');
    yield () => scene.seen.some(({ text }) => text === 'end');
    for (const { text } of scene.seen)
      assert.ok([0, 1, 3, 1472, 2048, 2049, 9000, 60_000].includes(text.length), `${text.length}`);
    assert.deepEqual(
      [1, 1472, 2048].filter((length) => !scene.seen.some(({ text }) => text.length === length)),
      [],
    );
  },
  *'a peer whose port is closed does not disturb'(scene) {
    const [a, b, gone] = [yield* scene.socket(), yield* scene.socket(), yield* scene.socket()];
    scene.io.close(gone.socket);
    const before = scene.ticks.length;
    yield () => scene.ticks.length > before + 1;
    for (let count = 0; count < 20; count++) {
      scene.send(a.socket, gone, 'into the void');
      scene.send(a.socket, b, String(count));
    }
    yield () => scene.seen.length === 20;
  },
  *'as after a stall: four thousand at once to two hundred sockets, and none is lost'(scene) {
    const from = yield* scene.socket();
    const all: { socket: number; port: number }[] = [];
    for (let count = 0; count < 200; count++) all.push(yield* scene.socket());
    for (let count = 0; count < 4_000; count++)
      scene.send(from.socket, all[count % all.length] ?? assert.fail(), 'stalled');
    yield () => scene.seen.length === 4_000;
  },
  *'more at once than there is room for: what is lost is lost, and it goes on'(scene) {
    const [a, b] = [yield* scene.socket(), yield* scene.socket()];
    for (let count = 0; count < 20_000; count++) scene.send(a.socket, b, 'flood');
    let [seen, seenAtMs] = [0, 0];
    // By time, not by ticks: after the flood several are owed, and come in a row.
    yield () => {
      if (scene.seen.length > seen) seenAtMs = performance.now();
      seen = scene.seen.length;
      return seen > 0 && performance.now() > seenAtMs + quietMs;
    };
    scene.send(a.socket, b, 'after it');
    yield () => scene.seen.some(({ text }) => text === 'after it');
  },
  *'two thousand sockets, each sending to the next'(scene) {
    const all: { socket: number; port: number }[] = [];
    for (let count = 0; count < 2_000; count++) all.push(yield* scene.socket());
    for (const [at, { socket }] of all.entries()) {
      const next = all[(at + 1) % all.length] ?? assert.fail();
      scene.send(socket, next, String(at));
      // After a stall several ticks come in a row: they alone are no sign that there is room for more.
      if (at % 100 === 99) yield () => scene.seen.length === at + 1;
    }
    assert.equal(new Set(scene.seen.map(({ socket }) => socket)).size, all.length);
    for (const { socket } of all) scene.io.close(socket);
  },
  *'the clock: each tick once and in order, none early, and no drift'(scene) {
    const first = scene.ticks.length;
    yield () => scene.ticks.length >= first + 100;
    const ticks = scene.ticks.slice(first, first + 100);
    const begin = ticks[0] ?? assert.fail();
    assert.deepEqual(
      ticks.map(({ number }) => number - begin.number),
      ticks.map((_, at) => at),
    );
    // A busy machine makes single ticks late, or many at once; those that are least late show the clock.
    const lateMs = ticks.map(({ atMs }, at) => atMs - begin.atMs - at * 20);
    const drift = Math.min(...lateMs.slice(-40)) - Math.min(...lateMs.slice(0, 40));
    assert.ok(Math.abs(drift) < 30, `in 60 ticks of 20 ms the clock went ${drift.toFixed(1)} ms wrong`);
  },
  *'whoever blocks is woken'(scene) {
    if (!('wakeDescriptor' in scene.io)) return;
    const { wakeDescriptor } = scene.io as BlockingPacketIo;
    for (let count = 1; count <= 3; count++) {
      const before = scene.wakes;
      writeSync(wakeDescriptor, new Uint8Array(new BigUint64Array([1n]).buffer));
      yield () => scene.wakes > before;
    }
  },
};

/** Runs all rows one behind the other, a step after each tick. */
class Runner {
  readonly #scene: Scene;
  readonly #rows = Object.entries(rows)[Symbol.iterator]();
  #title = '';
  #script: Script | undefined;
  #until: () => boolean = () => true;
  #waited = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  look(): void {
    this.#waited += 1;
    try {
      while (this.#until()) {
        this.#waited = 0;
        const step = this.#script?.next();
        if (step === undefined || step.done === true) this.#nextRow();
        else this.#until = step.value;
      }
      const what = `waited for ${this.#until} in vain; seen ${JSON.stringify(this.#scene.seen.slice(-3))}`;
      assert.ok(this.#waited < ticksPerWait, what);
    } catch (error) {
      this.#say('failed', error instanceof Error ? error.message : String(error));
      this.#script = undefined;
      this.#nextRow();
    }
  }

  #nextRow(): void {
    if (this.#script !== undefined) this.#say('passed', '');
    const row = this.#rows.next();
    if (row.done === true) process.exit(0);
    this.#title = row.value[0];
    this.#scene.seen.length = 0;
    this.#script = row.value[1](this.#scene);
    this.#until = () => true;
    this.#waited = 0;
  }

  #say(verdict: string, why: string): void {
    writeSync(1, `${JSON.stringify({ title: this.#title, verdict, why })}\n`);
  }
}

async function blocking(kind: BlockingKind, gatherUs: number): Promise<BlockingPacketIo> {
  const { createBlockingIo } = await import('./ffi/create-blocking-io.ts');
  return createBlockingIo(kind, { maxSockets: 4096, gatherUs });
}

async function epollByPpoll(): Promise<BlockingPacketIo> {
  const { EpollIo } = await import('./ffi/epoll.ts');
  return new EpollIo({ maxSockets: 4096, gatherUs: 0, waitsByPpoll: true });
}

interface Way {
  /** What the machine must give for it. */
  readonly needs: BlockingKind | null;
  make(): PacketIo | Promise<BlockingPacketIo>;
}

/** Each implementation, and where it has several ways to wait, each of them. */
export const ways: Readonly<Record<string, Way>> = {
  dgram: { needs: null, make: dgram },
  'io_uring, gathering': { needs: 'io_uring', make: () => blocking('io_uring', 1000) },
  'io_uring, waking for each': { needs: 'io_uring', make: () => blocking('io_uring', 0) },
  'epoll, gathering': { needs: 'epoll', make: () => blocking('epoll', 1000) },
  'epoll, waking for each': { needs: 'epoll', make: () => blocking('epoll', 0) },
  'epoll without epoll_pwait2': { needs: 'epoll', make: epollByPpoll },
};

async function run(way: Way): Promise<void> {
  const io = await way.make();
  const scene = new Scene(io);
  const runner = new Runner(scene);
  io.start({
    onPacket(socket, buffer, offset, length) {
      const text = Buffer.from(buffer.subarray(offset, offset + length)).toString();
      scene.seen.push({ socket, from: `${formatAddress(io.source, 0)}:${portOf(io.source, 0)}`, text });
    },
    onTick(number) {
      scene.ticks.push({ number, atMs: performance.now() });
      runner.look();
    },
  });
  if ('run' in io) (io as BlockingPacketIo).run({ onWake: () => void scene.wakes++, afterBatch: () => undefined });
}

function dgram(): PacketIo {
  const { port1, port2 } = new MessageChannel();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  new Worker(new URL('./dgram-clock.ts', import.meta.url), {
    workerData: { ports: [port2], stop },
    transferList: [port2],
  });
  return new DgramIo(port1);
}

const [, script, name = ''] = process.argv;
const chosen = ways[name];
if (script?.endsWith('contract-rows.test.ts') && chosen !== undefined) void run(chosen);
