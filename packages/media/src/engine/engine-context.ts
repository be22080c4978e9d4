/** What the verbs of the main thread share: the tables, the pools, the way to the packet threads. */
import type { Capability } from '../protocol/command.ts';
import type { EngineEvent, MediaEvent, SessionEventBody } from '../protocol/event.ts';
import type { StreamSpec } from '../protocol/stream-spec.ts';
import type { Region } from '../region/layout.ts';
import type { ThreadCommand, ThreadEvent, ThreadLink } from '../thread/thread-message.ts';
import type { Connection } from './connection.ts';
import type { EngineClock } from './engine-clock.ts';
import { PortPool } from './port-pool.ts';
import { ReservedTransports } from './reserved-transports.ts';
import { type EngineSession, SessionTable } from './session-table.ts';
import { type Pair, StandingPairs } from './standing-pairs.ts';
import type { StatisticsContext } from './stream-statistics.ts';

export interface EngineOptions {
  readonly engineId: string;
  readonly clock: EngineClock;
  /** An integer in [0, below), unguessable: SSRCs, first sequence numbers and ports come from here. */
  random(below: number): number;
  readonly region: Region;
  readonly threads: readonly ThreadLink[];
  readonly ioKind: string;
  readonly capabilities: readonly Capability[];
  /** Local addresses that streams may bind; the first is the default. */
  readonly addresses: readonly string[];
  readonly portMin: number;
  readonly portMax: number;
  readonly promptNames: ReadonlySet<string>;
  readonly pid: number;
  /** Default 10,000. */
  readonly portQuarantineMs?: number;
  /** Default 30,000. */
  readonly streamTimeoutMs?: number;
  /** Nobody in control for so long, and a session without media for as long: it is orphaned. Default 60,000. */
  readonly orphanAfterMs?: number;
  /** Nobody connected and no session for so long: `onEnd('idle')`. Default 60,000. */
  readonly idleEndMs?: number;
  /** The process has nothing more to do. */
  onEnd?(why: 'idle' | 'drained'): void;
  log?(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** The connections of who is in control. `except`: who needs not hear. */
export interface EventListeners {
  publish(event: MediaEvent, except: Connection | null): void;
  isHeard(except: Connection): boolean;
}

/** Two sockets each. */
const mostStandingPairs = 4096;

export class EngineContext {
  readonly options: EngineOptions;
  readonly table: SessionTable = new SessionTable();
  readonly region: Region;
  readonly clock: EngineClock;
  readonly pairs: StandingPairs;
  readonly reserved: ReservedTransports = new ReservedTransports();
  draining = false;
  #ended = false;
  readonly #pools = new Map<string, PortPool>();
  readonly #freeRecords: number[] = [];
  readonly #asked = new Map<number, (event: ThreadEvent) => void>();
  readonly #listeners: EventListeners;
  #asks = 0;

  constructor(options: EngineOptions, listeners: EventListeners) {
    this.options = options;
    this.region = options.region;
    this.clock = options.clock;
    this.#listeners = listeners;
    this.pairs = new StandingPairs({ most: mostStandingPairs, random: options.random });
    for (let record = options.region.capacity - 1; record >= 0; record--) this.#freeRecords.push(record);
    for (const address of options.addresses) {
      const pool = new PortPool({
        min: options.portMin,
        max: options.portMax,
        quarantineMs: options.portQuarantineMs ?? 10_000,
        random: options.random,
      });
      this.#pools.set(address, pool);
    }
  }

  /** Null: no stream may bind this address. */
  pool(address: string): PortPool | null {
    return this.#pools.get(address) ?? null;
  }

  get freePortPairs(): number {
    let free = this.pairs.count + this.reserved.count;
    for (const pool of this.#pools.values()) free += pool.unused;
    return free;
  }

  takeRecord(): number | null {
    return this.#freeRecords.pop() ?? null;
  }

  giveRecord(record: number): void {
    this.#freeRecords.push(record);
  }

  post(thread: number, command: ThreadCommand): void {
    this.options.threads[thread]?.post(command);
  }

  /** Posts a command that will be answered. */
  ask(thread: number, make: (id: number) => ThreadCommand, onAnswer: (event: ThreadEvent) => void): void {
    const id = ++this.#asks;
    this.#asked.set(id, onAnswer);
    this.post(thread, make(id));
  }

  answer(id: number, event: ThreadEvent): void {
    const onAnswer = this.#asked.get(id);
    this.#asked.delete(id);
    onAnswer?.(event);
  }

  /** A stream has let go of it: it stands open for the next one, or is shut. */
  rest(pair: Pair): void {
    if (!this.pairs.rest(pair, this.clock.nowMs())) this.shut(pair, () => {});
  }

  /** What streams were to have that did not come to be: whoever named it has given it up. */
  giveBack(specs: readonly StreamSpec[]): void {
    for (const { transportId } of specs) {
      const reserved = transportId === undefined ? undefined : this.reserved.find(transportId);
      if (transportId === undefined || reserved === undefined) continue;
      this.reserved.remove(transportId);
      this.shut(reserved.pair, () => {});
    }
  }

  /** Its port is free for binding then. */
  shut(pair: Pair, onShut: () => void): void {
    const { thread, rtp, rtcp, address, rtpPort } = pair;
    this.ask(
      thread,
      (id) => ({ type: 'shut', id, rtp, rtcp }),
      () => {
        this.pool(address)?.release(rtpPort, this.clock.nowMs());
        onShut();
      },
    );
  }

  /** Numbers, keeps and tells an event of a session. `except`: who knows of it already. */
  tell(session: EngineSession, body: SessionEventBody, except: Connection | null = null): void {
    this.#listeners.publish(session.events.add(body, Math.round(this.clock.utcMs())), except);
  }

  /** Whether somebody in control hears of events, other than this one. */
  isHeard(except: Connection): boolean {
    return this.#listeners.isHeard(except);
  }

  tellEngine(event: EngineEvent): void {
    this.#listeners.publish(event, null);
  }

  get statisticsContext(): StatisticsContext {
    return { region: this.region, utcOffsetMs: this.clock.utcMs() - this.clock.nowMs() };
  }

  /** Once. */
  end(why: 'idle' | 'drained'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.options.onEnd?.(why);
  }

  log(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.options.log?.(level, message, fields);
  }
}
