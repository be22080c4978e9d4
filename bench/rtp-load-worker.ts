/**
 * The thread of the RTP load generator. It sends and receives by the media engine's own packet I/O (io_uring, or epoll where there is none), since
 * `node:dgram` carries no more than 700 calls on a core, which is less than what is measured. A metronome wakes it every millisecond; what is due by
 * then leaves at once.
 *
 *    payload, from octet 12 of the packet: time of sending f64 (ms, this thread's clock), generation of the line u8, counted u8
 */
import { receiveMessageOnPort, Worker, workerData } from 'node:worker_threads';
import { addressWords, parseAddress } from '../packages/media/src/io/address.ts';
import type { BlockingPacketIo } from '../packages/media/src/io/blocking-io.ts';
import { createBlockingIo } from '../packages/media/src/io/ffi/create-blocking-io.ts';
import { IoRefused } from '../packages/media/src/io/ffi/io-failure.ts';
import type { OutgoingPacket, PacketSink } from '../packages/media/src/io/packet-io.ts';
import { DelayHistogram } from './delay-histogram.ts';
import type { LoadAnswer, LoadOrder, LoadReport, Phone, RtpLoadInput } from './rtp-load.ts';

const packetMs = 20;
const packetBytes = 172;
const timestampStep = 160;
/** Between two looks at what has come. */
const mostAtOnce = 256;
/** After its last packet left, a line's packets may still be on the way for so long. */
const underwayMs = 500;
const at = { SEQUENCE: 2, TIMESTAMP: 4, SSRC: 8, SENT: 12, GENERATION: 20, COUNTED: 21 } as const;

class Generator implements PacketSink {
  readonly #io: BlockingPacketIo;
  readonly #senders: number;
  readonly #tell: (answer: LoadAnswer) => void;
  /** Line n's phones are senders 2n and 2n + 1. */
  readonly #socketOf: Int32Array;
  readonly #senderOf: Int32Array;
  readonly #ports: Int32Array;
  readonly #talks: Uint8Array;
  readonly #sequences: Uint16Array;
  readonly #generations: Uint8Array;
  readonly #countedFromMs: Float64Array;
  readonly #sent: Uint32Array;
  readonly #received: Uint32Array;
  readonly #destinations: Int32Array;
  readonly #bytes = new Uint8Array(packetBytes).fill(0xff);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #outgoing: OutgoingPacket;
  readonly #delays = new DelayHistogram();
  readonly #late = new DelayHistogram();
  /** Lines that have fallen silent, and when they are reported. */
  readonly #hushed: { line: number; untilMs: number }[] = [];
  #sinceMs = performance.now();
  #sinceCpu = process.threadCpuUsage();
  #nextDue = 0;
  #startMs = performance.now();

  constructor(io: BlockingPacketIo, lines: number, tell: (answer: LoadAnswer) => void) {
    this.#io = io;
    this.#tell = tell;
    const senders = 2 * lines;
    this.#senders = senders;
    this.#socketOf = new Int32Array(senders);
    this.#senderOf = new Int32Array(senders).fill(-1);
    this.#ports = new Int32Array(senders);
    this.#talks = new Uint8Array(senders);
    this.#sequences = new Uint16Array(senders);
    this.#generations = new Uint8Array(senders);
    this.#countedFromMs = new Float64Array(senders);
    this.#sent = new Uint32Array(senders);
    this.#received = new Uint32Array(senders);
    this.#destinations = new Int32Array(senders * addressWords);
    const destination = this.#destinations;
    this.#outgoing = {
      socket: 0,
      buffer: this.#bytes,
      offset: 0,
      length: packetBytes,
      destination,
      destinationAt: 0,
    };
    this.#bytes.fill(0, 0, 12);
    this.#bytes[0] = 0x80;
  }

  open(firstPort: number): void {
    let port = firstPort;
    for (let sender = 0; sender < this.#senders; sender += 1) port = this.#openSender(sender, port) + 1;
    const phones: Phone[] = [];
    for (let line = 0; 2 * line < this.#senders; line += 1)
      phones.push({ a: this.#ports[2 * line] as number, b: this.#ports[2 * line + 1] as number });
    this.#tell({ answer: 'phones', phones });
  }

  take(order: LoadOrder): void {
    switch (order.order) {
      case 'talk':
        this.#talk(2 * order.line, order.target.forA, order.uncountedMs);
        this.#talk(2 * order.line + 1, order.target.forB, order.uncountedMs);
        return;
      case 'hush':
        this.#talks[2 * order.line] = 0;
        this.#talks[2 * order.line + 1] = 0;
        this.#hushed.push({ line: order.line, untilMs: performance.now() + underwayMs });
        return;
      case 'reset':
        this.#delays.reset();
        this.#late.reset();
        this.#sinceMs = performance.now();
        this.#sinceCpu = process.threadCpuUsage();
        return;
      case 'report':
        this.#tell({ answer: 'report', report: this.#report() });
    }
  }

  onPacket(socket: number, buffer: Uint8Array, offset: number, length: number): void {
    const sender = this.#senderOf[socket] as number;
    if (length !== packetBytes || sender < 0) return;
    const view = viewOf(buffer);
    this.#delays.add(performance.now() - view.getFloat64(offset + at.SENT));
    if (buffer[offset + at.COUNTED] !== 1 || buffer[offset + at.GENERATION] !== this.#generations[sender]) return;
    this.#received[sender] = (this.#received[sender] as number) + 1;
  }

  onTick(): void {
    // The metronome is finer.
  }

  /** Sends what is due, and reports the lines that have fallen silent. */
  step(): void {
    const nowMs = performance.now();
    for (let packets = 0; packets < mostAtOnce; ) {
      const dueMs = this.#startMs + (this.#nextDue / this.#senders) * packetMs;
      if (dueMs > nowMs) break;
      const sender = this.#nextDue % this.#senders;
      this.#nextDue += 1;
      if (this.#talks[sender] !== 1) continue;
      this.#late.add(nowMs - dueMs);
      this.#send(sender);
      packets += 1;
    }
    while (this.#hushed.length > 0 && (this.#hushed[0]?.untilMs ?? 0) <= nowMs) this.#endHush();
  }

  #endHush(): void {
    const { line = 0 } = this.#hushed.shift() ?? {};
    const [a, b] = [2 * line, 2 * line + 1];
    const sent = (this.#sent[a] as number) + (this.#sent[b] as number);
    const received = (this.#received[a] as number) + (this.#received[b] as number);
    this.#tell({ answer: 'hushed', line: { line, sent, received } });
  }

  #talk(sender: number, port: number, uncountedMs: number): void {
    parseAddress('127.0.0.1', port, this.#destinations, sender * addressWords);
    this.#generations[sender] = (this.#generations[sender] as number) + 1;
    this.#countedFromMs[sender] = performance.now() + uncountedMs;
    this.#sent[sender] = 0;
    this.#received[sender] = 0;
    this.#talks[sender] = 1;
  }

  #send(sender: number): void {
    const sequence = (this.#sequences[sender] as number) + 1;
    this.#sequences[sender] = sequence;
    const nowMs = performance.now();
    const counted = nowMs >= (this.#countedFromMs[sender] as number);
    const view = this.#view;
    view.setUint16(at.SEQUENCE, sequence & 0xffff);
    view.setUint32(at.TIMESTAMP, (sequence * timestampStep) >>> 0);
    view.setUint32(at.SSRC, sender + 1);
    view.setFloat64(at.SENT, nowMs);
    this.#bytes[at.GENERATION] = this.#generations[sender] as number;
    this.#bytes[at.COUNTED] = counted ? 1 : 0;
    this.#outgoing.socket = this.#socketOf[sender] as number;
    this.#outgoing.destinationAt = sender * addressWords;
    this.#io.send(this.#outgoing);
    if (counted) this.#sent[sender] = (this.#sent[sender] as number) + 1;
  }

  #report(): LoadReport {
    const busy = process.threadCpuUsage(this.#sinceCpu);
    return {
      sent: 0,
      received: 0,
      lostShare: 0,
      delayP50Ms: this.#delays.quantile(0.5),
      delayP99Ms: this.#delays.quantile(0.99),
      lateP99Ms: this.#late.quantile(0.99),
      busyShare: (busy.user + busy.system) / 1000 / (performance.now() - this.#sinceMs),
    };
  }

  /** @returns the port that was free. */
  #openSender(sender: number, from: number): number {
    for (let port = from; port < 65_536; port += 1) {
      let opened = -1;
      this.#io.open({ address: '127.0.0.1', port, dscp: 0 }, (outcome) => {
        if (outcome.ok) opened = outcome.socket;
        else if (outcome.reason !== 'in-use') throw new TypeError(`a generator's socket: ${outcome.detail}`);
      });
      if (opened < 0) continue;
      this.#socketOf[sender] = opened;
      this.#senderOf[opened] = sender;
      this.#ports[sender] = port;
      return port;
    }
    throw new TypeError(`no free port from ${from} up for the generator`);
  }
}

let seen: { readonly buffer: Uint8Array; readonly view: DataView } | null = null;
/** All packets come in the same memory. */
function viewOf(buffer: Uint8Array): DataView {
  if (seen?.buffer !== buffer)
    seen = { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength) };
  return seen.view;
}

function openIo(maxSockets: number): BlockingPacketIo {
  try {
    return createBlockingIo('io_uring', { maxSockets, gatherUs: 0 });
  } catch (error) {
    if (!(error instanceof IoRefused)) throw error;
    return createBlockingIo('epoll', { maxSockets, gatherUs: 0 });
  }
}

const { lines, firstPort, port } = workerData as RtpLoadInput;
const io = openIo(2 * lines);
const generator = new Generator(io, lines, (answer) => port.postMessage(answer));
io.start(generator);
generator.open(firstPort);
new Worker(new URL('./metronome-worker.ts', import.meta.url), { workerData: { descriptor: io.wakeDescriptor } });
io.run({
  onWake() {
    for (;;) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) return;
      generator.take(received.message as LoadOrder);
    }
  },
  afterBatch: () => generator.step(),
});
