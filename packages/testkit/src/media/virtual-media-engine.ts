/**
 * The media engine in virtual time: the product's own engine and packet thread over packet I/O in memory, driven by a virtual clock. Deterministic; the
 * same client, the same protocol bytes, no socket. For the server's scenario tests.
 */
import {
  connectInProcess,
  Engine,
  type MemoryDatagram,
  MemoryIo,
  PacketThread,
  Region,
  type Sounds,
  type ThreadEvent,
  tickMs,
} from '@ringdown/media';
import {
  type Connect,
  createMediaClient,
  type MediaClient,
  type MediaClientHandlers,
  promptNames,
  type TimeoutSource,
  type VersionRange,
} from '@ringdown/media/protocol';
import { SeededRandom } from '../clock/seeded-random.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';

export interface VirtualMediaEngineOptions {
  readonly clock: VirtualClock;
  /** Packets the engine sends. Default: nobody listens. */
  onSend?(datagram: MemoryDatagram): void;
  /** Default 10.0.0.1. */
  readonly addresses?: readonly string[];
  /** Default 30000-30199: a hundred streams. */
  readonly portMin?: number;
  readonly portMax?: number;
  readonly maxStreams?: number;
  readonly streamTimeoutMs?: number;
  readonly orphanAfterMs?: number;
  readonly idleEndMs?: number;
  readonly engineId?: string;
  onEnd?(why: 'idle' | 'drained'): void;
}

export interface VirtualMediaEngine {
  readonly engine: Engine;
  /** For `createMediaClient`; `createClient` also brings its time-outs into virtual time. */
  readonly connect: Connect;
  createClient(
    options: MediaClientHandlers & {
      readonly epoch: number;
      readonly role?: 'control' | 'supervisor';
      readonly versionRange?: VersionRange;
      readonly timeoutMs?: number;
    },
  ): MediaClient;
  /** A datagram reaches the engine. @returns false where nobody has that port open. */
  receive(datagram: MemoryDatagram): boolean;
  /** Every control connection is lost; sessions and audio go on. */
  dropConnections(): void;
  /** The process dies: connections are lost, sessions and sockets gone, nothing is ever answered. */
  kill(): void;
}

export function createVirtualMediaEngine(options: VirtualMediaEngineOptions): VirtualMediaEngine {
  return new EngineInMemory(options);
}

/** Half a second of quiet for each prompt: names matter in scenarios, words do not. */
function quietSounds(): Sounds {
  return {
    prompts: new Map(promptNames.map((name) => [name, new Int16Array(4000)])),
    music: new Int16Array(16_000).fill(1000),
  };
}

class EngineInMemory implements VirtualMediaEngine {
  readonly engine: Engine;
  readonly connect: Connect;
  readonly #clock: VirtualClock;
  readonly #io: MemoryIo;
  readonly #timeouts: TimeoutSource;
  readonly #random = new SeededRandom(7);
  readonly #queue: (() => void)[] = [];
  readonly #drops = new Set<() => void>();
  #alive = true;
  #ticking = false;
  #clients = 0;

  constructor(options: VirtualMediaEngineOptions) {
    this.#clock = options.clock;
    this.#timeouts = { after: (afterMs, run) => this.#after(afterMs, run) };
    this.#io = new MemoryIo({
      nowMs: () => this.#clock.nowMs(),
      utcMs: () => this.#clock.utcMs(),
      onSend: (datagram) => options.onSend?.(datagram),
    });
    this.engine = this.#createEngine(options);
    const inner = connectInProcess(this.engine, (run) => this.#later(run));
    this.connect = (sink) => {
      let stream: ReturnType<Connect> | null = null;
      const drop = () => {
        this.#drops.delete(drop);
        stream?.close();
        this.#clientLater(() => sink.onClosed('the connection was dropped'));
      };
      this.#drops.add(drop);
      stream = inner({
        onBytes: (bytes) => this.#drops.has(drop) && sink.onBytes(bytes),
        onClosed: (why) => this.#drops.delete(drop) && sink.onClosed(why),
      });
      return stream;
    };
    this.#scheduleTick();
  }

  createClient(options: Parameters<VirtualMediaEngine['createClient']>[0]): MediaClient {
    this.#clients++;
    return createMediaClient({
      ...options,
      connect: this.connect,
      timeouts: this.#timeouts,
      keyPrefix: `client${this.#clients}`,
    });
  }

  receive(datagram: MemoryDatagram): boolean {
    return this.#alive && this.#io.receive(datagram);
  }

  dropConnections(): void {
    for (const drop of [...this.#drops]) drop();
  }

  kill(): void {
    this.#alive = false;
    this.#queue.length = 0;
    this.#io.stop();
    this.dropConnections();
  }

  #createEngine(options: VirtualMediaEngineOptions): Engine {
    const region = Region.create(options.maxStreams ?? 512);
    let onThreadEvent: (event: ThreadEvent) => void = () => {};
    const thread = new PacketThread({
      region,
      io: this.#io,
      sounds: quietSounds(),
      index: 0,
      tell: (event) => this.#later(() => onThreadEvent(event)),
    });
    thread.start();
    return new Engine({
      engineId: options.engineId ?? 'eng_virtual',
      clock: {
        nowMs: () => this.#clock.nowMs(),
        utcMs: () => this.#clock.utcMs(),
        after: (afterMs, run) => this.#after(afterMs, () => this.#alive && run()),
      },
      random: (below) => this.#random.integer(below),
      region,
      threads: [
        {
          post: (command) => this.#later(() => thread.perform(command)),
          listen: (onEvent) => {
            onThreadEvent = onEvent;
          },
        },
      ],
      ioKind: 'memory',
      capabilities: ['relay', 'play', 'echo', 'dtmf', 'dscp', 'video', 'reserve'],
      addresses: options.addresses ?? ['10.0.0.1'],
      portMin: options.portMin ?? 30_000,
      portMax: options.portMax ?? 30_199,
      promptNames: new Set(promptNames),
      pid: 1,
      ...given('streamTimeoutMs', options.streamTimeoutMs),
      ...given('orphanAfterMs', options.orphanAfterMs),
      ...given('idleEndMs', options.idleEndMs),
      onEnd: (why) => options.onEnd?.(why),
    });
  }

  /** After the present call, at the same virtual time, in order; nothing when the process is dead. */
  #later(run: () => void): void {
    this.#queue.push(run);
    this.#clock.arm(0, { onTimer: () => this.#queue.shift()?.() }, 1);
  }

  /** What the client's side learns even though the engine is dead. */
  #clientLater(run: () => void): void {
    this.#clock.arm(0, { onTimer: run }, 1);
  }

  #after(afterMs: number, run: () => void): () => void {
    const timer = this.#clock.arm(afterMs, { onTimer: run }, 1);
    return () => this.#clock.disarm(timer);
  }

  #scheduleTick(): void {
    if (!this.#alive || this.#ticking) return;
    this.#ticking = true;
    this.#clock.arm(tickMs, { onTimer: () => this.#tick() }, 1);
  }

  #tick(): void {
    this.#ticking = false;
    if (!this.#alive) return;
    this.#io.tick();
    this.#scheduleTick();
  }
}

function given<Name extends string>(name: Name, value: number | undefined): { [key in Name]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: number });
}
