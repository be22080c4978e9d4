/**
 * A cache in front of a resolver: answers and negative answers by their TTL (RFC 2308), failures for a moment, one query for all that
 * ask the same, and a time-out of its own. When the resolver fails, an answer that has run out serves on for a while (RFC 8767).
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { DnsAnswer, DnsResolver, DnsType } from './dns.ts';

export interface DnsCacheSettings {
  /** After this without an answer a query counts as failed. */
  readonly queryTimeoutMs?: number;
  /** When the resolver does not tell a TTL. */
  readonly defaultTtlSec?: number;
  /** Bounds for what it tells. */
  readonly minTtlSec?: number;
  readonly maxTtlSec?: number;
  /** How long "no such record" holds when the resolver does not tell. */
  readonly negativeTtlSec?: number;
  /** How long a failure is not asked again. */
  readonly failureTtlSec?: number;
  /** How long beyond its TTL an answer serves while the resolver fails. */
  readonly staleSec?: number;
  readonly maxEntries?: number;
}

const DEFAULTS: Required<DnsCacheSettings> = {
  queryTimeoutMs: 2_500,
  defaultTtlSec: 60,
  minTtlSec: 1,
  maxTtlSec: 86_400,
  negativeTtlSec: 30,
  failureTtlSec: 5,
  staleSec: 3_600,
  maxEntries: 10_000,
};

/** Who waits for an answer. */
export interface DnsAsker {
  onDnsAnswer(answer: DnsAnswer, type: DnsType, name: string): void;
}

class Entry implements TimerOwner {
  readonly cache: DnsCache;
  readonly type: DnsType;
  readonly name: string;
  answer: DnsAnswer | null = null;
  expiresMs = 0;
  /** The last good answer, and until when it may serve in need. */
  good: DnsAnswer | null = null;
  goodUntilMs = 0;
  askers: DnsAsker[] = [];
  isAsking = false;
  timer: TimerId = 0;

  constructor(cache: DnsCache, type: DnsType, name: string) {
    this.cache = cache;
    this.type = type;
    this.name = name;
  }

  onTimer(): void {
    this.timer = 0;
    this.cache.timedOut(this);
  }
}

export class DnsCache {
  readonly #resolver: DnsResolver;
  readonly #clock: Clock;
  readonly #settings: Required<DnsCacheSettings>;
  /** In order of last query. */
  readonly #entries = new Map<string, Entry>();

  constructor(resolver: DnsResolver, clock: Clock, settings: DnsCacheSettings = {}) {
    this.#resolver = resolver;
    this.#clock = clock;
    this.#settings = { ...DEFAULTS, ...settings };
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The answer when it is known; else null, and the asker is told later. */
  ask(type: DnsType, name: string, asker: DnsAsker): DnsAnswer | null {
    const lower = name.toLowerCase();
    const key = `${type} ${lower}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = new Entry(this, type, lower);
      this.#makeRoom();
    } else {
      if (entry.answer !== null && entry.expiresMs > this.#clock.nowMs()) return entry.answer;
      this.#entries.delete(key);
    }
    this.#entries.set(key, entry);
    entry.askers.push(asker);
    if (!entry.isAsking) this.#query(entry);
    return null;
  }

  /** Forgets everything: after a change of network. */
  clear(): void {
    for (const [key, entry] of this.#entries) if (!entry.isAsking) this.#entries.delete(key);
  }

  timedOut(entry: Entry): void {
    const { queryTimeoutMs } = this.#settings;
    this.#settle(entry, {
      outcome: 'failed',
      detail: `no answer about ${entry.type} ${entry.name} within ${queryTimeoutMs} ms`,
    });
  }

  #query(entry: Entry): void {
    entry.isAsking = true;
    entry.timer = this.#clock.arm(this.#settings.queryTimeoutMs, entry, 0);
    let isDone = false;
    // An answer at once must not be told before `ask` has returned.
    let early: DnsAnswer | null = null;
    let isLater = false;
    this.#resolver.query(entry.type, entry.name, (answer) => {
      if (isDone) return;
      isDone = true;
      if (isLater) this.#settle(entry, answer);
      else early = answer;
    });
    isLater = true;
    if (early !== null) {
      const answer: DnsAnswer = early;
      this.#clock.arm(0, { onTimer: () => this.#settle(entry, answer) }, 0);
    }
  }

  /** Also takes an answer that comes after the time-out: the next one to ask profits. */
  #settle(entry: Entry, answer: DnsAnswer): void {
    this.#clock.disarm(entry.timer);
    entry.timer = 0;
    entry.isAsking = false;
    const nowMs = this.#clock.nowMs();
    let told = answer;
    let ttlSec: number;
    if (answer.outcome === 'failed') {
      ttlSec = this.#settings.failureTtlSec;
      if (entry.good !== null && entry.goodUntilMs > nowMs) told = entry.good;
    } else {
      ttlSec = this.#ttlOf(answer);
      entry.good = answer;
      entry.goodUntilMs = nowMs + (ttlSec + this.#settings.staleSec) * 1_000;
    }
    entry.answer = told;
    entry.expiresMs = nowMs + ttlSec * 1_000;
    const { askers } = entry;
    entry.askers = [];
    for (const asker of askers) asker.onDnsAnswer(told, entry.type, entry.name);
  }

  #ttlOf(answer: { readonly outcome: 'found' | 'none'; readonly ttlSec?: number }): number {
    const { defaultTtlSec, negativeTtlSec, minTtlSec, maxTtlSec } = this.#settings;
    const told = answer.ttlSec ?? (answer.outcome === 'found' ? defaultTtlSec : negativeTtlSec);
    return Math.min(Math.max(told, minTtlSec), maxTtlSec);
  }

  #makeRoom(): void {
    if (this.#entries.size < this.#settings.maxEntries) return;
    for (const [key, entry] of this.#entries) {
      if (entry.isAsking) continue;
      this.#entries.delete(key);
      return;
    }
  }
}
