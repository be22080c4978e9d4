/**
 * An RTP load generator in a worker thread: calls of two phones, each sending 160 bytes of PCMU every 20 ms, spread evenly over
 * the 20 ms, at absolute times. Each packet carries its time of sending, so that what arrives gives the delay. Against itself
 * (each phone's target is the other phone) it shows what it can carry without a relay.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

export interface LoadReport {
  readonly sent: number;
  readonly received: number;
  readonly lostShare: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  /** How late the generator itself was, 99th percentile. */
  readonly lateP99Ms: number;
  /** CPU of the worker over the time, 0 to 1. */
  readonly busyShare: number;
}

export interface Phone {
  readonly a: number;
  readonly b: number;
}

/** Where each phone of a call shall send. */
export interface Target {
  readonly forA: number;
  readonly forB: number;
}

type Order =
  | { readonly order: 'run'; readonly targets: readonly Target[]; readonly seconds: number }
  | { readonly order: 'end' };

const packetMs = 20;
const bucketMs = 0.05;
const buckets = 4_000;

/** The handle: sockets are bound when `start` gives their ports. */
export class RtpLoad {
  readonly #worker: Worker;
  readonly phones: readonly Phone[];

  private constructor(worker: Worker, phones: readonly Phone[]) {
    this.#worker = worker;
    this.phones = phones;
  }

  static async start(calls: number): Promise<RtpLoad> {
    const worker = new Worker(new URL(import.meta.url), { workerData: { calls } });
    const phones = await next<readonly Phone[]>(worker);
    return new RtpLoad(worker, phones);
  }

  async run(targets: readonly Target[], seconds: number): Promise<LoadReport> {
    const report = next<LoadReport>(this.#worker);
    this.#worker.postMessage({ order: 'run', targets, seconds } satisfies Order);
    return report;
  }

  /** Against itself: A sends to B and B to A. */
  runDirect(seconds: number): Promise<LoadReport> {
    return this.run(
      this.phones.map(({ a, b }) => ({ forA: b, forB: a })),
      seconds,
    );
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function next<T>(worker: Worker): Promise<T> {
  return new Promise((done, failed) => {
    worker.once('message', (message: T) => done(message));
    worker.once('error', failed);
  });
}

class Histogram {
  readonly #counts = new Uint32Array(buckets);
  #total = 0;

  add(ms: number): void {
    const index = Math.min(buckets - 1, Math.max(0, Math.floor(ms / bucketMs)));
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
  }

  quantile(share: number): number {
    let seen = 0;
    for (let index = 0; index < buckets; index += 1) {
      seen += this.#counts[index] ?? 0;
      if (seen >= share * this.#total) return (index + 1) * bucketMs;
    }
    return buckets * bucketMs;
  }
}

interface Sender {
  readonly socket: Socket;
  readonly packet: Buffer;
  sequence: number;
}

class Generator {
  readonly senders: Sender[] = [];
  #delays = new Histogram();
  #received = 0;
  #ssrc = 1;

  async open(calls: number): Promise<readonly Phone[]> {
    for (let index = 0; index < 2 * calls; index += 1) this.senders.push(await this.#openSender());
    return Array.from({ length: calls }, (_, call) => ({
      a: this.senders[2 * call]?.socket.address().port ?? 0,
      b: this.senders[2 * call + 1]?.socket.address().port ?? 0,
    }));
  }

  run(targets: readonly Target[], seconds: number): Promise<LoadReport> {
    this.#delays = new Histogram();
    this.#received = 0;
    const late = new Histogram();
    const ports = targets.flatMap(({ forA, forB }) => [forA, forB]);
    const count = this.senders.length;
    const rounds = Math.round((seconds * 1000) / packetMs);
    const [startMs, startCpu] = [performance.now() + packetMs, process.threadCpuUsage()];
    let at = 0;
    return new Promise((done) => {
      const step = () => {
        const nowMs = performance.now();
        while (at < rounds * count) {
          const dueMs = startMs + (at / count) * packetMs;
          if (dueMs > nowMs) break;
          late.add(nowMs - dueMs);
          this.#send(at % count, ports[at % count] ?? 0);
          at += 1;
        }
        if (at < rounds * count) return void setTimeout(step, 1);
        const busy = process.threadCpuUsage(startCpu);
        const busyShare = (busy.user + busy.system) / 1000 / (performance.now() - startMs);
        // What is on the way still counts.
        setTimeout(() => done(this.#report(at, late, busyShare)), 500);
      };
      step();
    });
  }

  #report(sent: number, late: Histogram, busyShare: number): LoadReport {
    return {
      sent,
      received: this.#received,
      lostShare: 1 - this.#received / sent,
      delayP50Ms: this.#delays.quantile(0.5),
      delayP99Ms: this.#delays.quantile(0.99),
      lateP99Ms: late.quantile(0.99),
      busyShare,
    };
  }

  #send(index: number, port: number): void {
    const sender = this.senders[index];
    if (sender === undefined || port === 0) return;
    sender.sequence = (sender.sequence + 1) & 0xffff;
    sender.packet.writeUInt16BE(sender.sequence, 2);
    sender.packet.writeUInt32BE((sender.packet.readUInt32BE(4) + 160) >>> 0, 4);
    sender.packet.writeDoubleBE(performance.now(), 12);
    sender.socket.send(sender.packet, port, '127.0.0.1');
  }

  #openSender(): Promise<Sender> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 18 });
    const packet = Buffer.alloc(172, 0xff);
    packet.fill(0, 0, 12);
    packet[0] = 0x80;
    packet.writeUInt32BE(this.#ssrc++, 8);
    socket.on('message', (bytes) => {
      if (bytes.length !== 172) return;
      this.#received += 1;
      this.#delays.add(performance.now() - bytes.readDoubleBE(12));
    });
    socket.on('error', () => undefined);
    return new Promise((done) => socket.bind(0, '127.0.0.1', () => done({ socket, packet, sequence: 0 })));
  }
}

if (!isMainThread && (workerData as { calls?: number } | null)?.calls !== undefined) {
  const generator = new Generator();
  const phones = await generator.open((workerData as { calls: number }).calls);
  parentPort?.on('message', (order: Order) => {
    if (order.order === 'end') return;
    generator.run(order.targets, order.seconds).then(
      (report) => parentPort?.postMessage(report),
      () => undefined,
    );
  });
  parentPort?.postMessage(phones);
}
