/**
 * Keeps all enabled trunks registered and watched: one tick a second drives every state, answers come in from the SIP edge.
 * Counts the calls on each trunk against its limit. A trunk that was changed starts anew; a removed one is unregistered.
 */
import type { TimeSource } from '#base/clock';
import { type EventBus, type EventSource, eventType } from '#base/events';
import type { TrunkId } from '#base/ids';
import type { TrunkSignalling } from './ports.ts';
import {
  isChanging,
  type ProbeResult,
  stepHealth,
  type TrunkHealth,
  type TrunkStatus,
  unknownHealth,
} from './trunk-health.ts';
import {
  idleRegistration,
  type RegistrationNews,
  stepRegistration,
  type TrunkRegistration,
} from './trunk-registration.ts';
import type { TrunkRecord, TrunkViews } from './trunk-views.ts';

export const trunkStatusChanged = eventType<{
  readonly trunk: TrunkId;
  readonly status: TrunkStatus;
  readonly registered: boolean;
  readonly trouble: string;
}>()('trunk.status-changed', 'transient');

export interface TrunkReport {
  readonly status: TrunkStatus;
  readonly sinceUtcMs: number;
  readonly registration: 'none' | TrunkRegistration['phase'];
  readonly trouble: string;
}

export interface TrunkKeeper {
  /** Once a second. */
  tick(): void;
  /** What becomes of our registration with it. */
  registrationNews(trunk: TrunkId, news: RegistrationNews): void;
  statusOf(trunk: TrunkRecord): TrunkStatus;
  report(trunk: TrunkRecord): TrunkReport;
  /** Unregisters everywhere: the server is going down. */
  stop(): void;
}

interface Kept {
  record: TrunkRecord;
  registration: TrunkRegistration;
  health: TrunkHealth;
  probeAtMs: number;
  /** Number of the probe that is under way; 0: none. */
  probing: number;
}

/** Whoever needs longer for an OPTIONS would not be of use for a call. */
const probeAnswerMs = 4_000;
const quickProbeMs = 1_000;

export interface TrunkKeeperOptions {
  readonly views: TrunkViews;
  readonly signalling: TrunkSignalling;
  readonly time: TimeSource;
  readonly bus: EventBus;
  readonly events: EventSource;
}

export function createTrunkKeeper(options: TrunkKeeperOptions): TrunkKeeper {
  return new MemoryTrunkKeeper(options);
}

class MemoryTrunkKeeper implements TrunkKeeper {
  readonly #options: TrunkKeeperOptions;
  readonly #kept = new Map<string, Kept>();
  #probes = 0;

  constructor(options: TrunkKeeperOptions) {
    this.#options = options;
  }

  tick(): void {
    const enabled = this.#options.views.every();
    this.#dropGone(enabled);
    for (const record of enabled) {
      const one = this.#keep(record);
      if (record.body.registration !== null && one.registration.phase === 'idle') this.#register(one);
      this.#probe(one);
    }
  }

  registrationNews(trunk: TrunkId, news: RegistrationNews): void {
    const one = this.#kept.get(trunk);
    if (one === undefined) return;
    const before = one.registration;
    const wasRegistered = this.#isRegistered(before);
    one.registration = stepRegistration(before, news, this.#options.time.nowMs());
    const isNews =
      this.#isRegistered(one.registration) !== wasRegistered || before.trouble !== one.registration.trouble;
    if (isNews) this.#tell(one);
  }

  statusOf(trunk: TrunkRecord): TrunkStatus {
    return this.#kept.get(trunk.id)?.health.status ?? 'unknown';
  }

  report(trunk: TrunkRecord): TrunkReport {
    const one = this.#kept.get(trunk.id);
    const registration = trunk.body.registration === null ? 'none' : (one?.registration.phase ?? 'idle');
    const health = one?.health ?? unknownHealth(this.#options.time.nowUtcMs());
    const silent = health.status === 'unknown' && health.failures > 0 ? 'it has answered no OPTIONS yet' : '';
    const trouble = one?.registration.trouble || silent;
    return { status: health.status, sinceUtcMs: health.sinceUtcMs, registration, trouble };
  }

  stop(): void {
    for (const one of this.#kept.values()) this.#unregister(one);
    this.#kept.clear();
  }

  #register(one: Kept): void {
    one.registration = stepRegistration(one.registration, { kind: 'trying' }, this.#options.time.nowMs());
    this.#options.signalling.register(one.record);
  }

  #unregister(one: Kept): void {
    if (one.registration.phase !== 'idle') this.#options.signalling.unregister(one.record);
  }

  #keep(record: TrunkRecord): Kept {
    const { time } = this.#options;
    const standing = this.#kept.get(record.id);
    if (standing?.record.version === record.version) return standing;
    if (standing !== undefined) this.#unregister(standing);
    const one: Kept = {
      record,
      registration: idleRegistration,
      health: unknownHealth(time.nowUtcMs()),
      probeAtMs: time.nowMs(),
      probing: 0,
    };
    this.#kept.set(record.id, one);
    return one;
  }

  #dropGone(enabled: readonly TrunkRecord[]): void {
    const ids = new Set<string>(enabled.map((record) => record.id));
    for (const [id, one] of this.#kept) {
      if (ids.has(id)) continue;
      this.#unregister(one);
      this.#kept.delete(id);
    }
  }

  #probe(one: Kept): void {
    const { time, signalling } = this.#options;
    const { registersAs } = one.record.body;
    // It says itself where it is, and that it is there.
    const optionsSec = registersAs == null ? one.record.body.optionsSec : 0;
    const nowMs = time.nowMs();
    if (one.probing !== 0 && nowMs >= one.probeAtMs) this.#probed(one, one.probing, { kind: 'no-answer' });
    if (optionsSec === 0 || one.probing !== 0 || one.probeAtMs > nowMs) return;
    this.#probes += 1;
    const probe = this.#probes;
    one.probing = probe;
    one.probeAtMs = nowMs + probeAnswerMs;
    signalling.sendOptions(one.record, (result) => this.#probed(one, probe, result));
  }

  /** An answer that comes too late is none. */
  #probed(one: Kept, probe: number, result: ProbeResult): void {
    if (one.probing !== probe) return;
    one.probing = 0;
    const { time } = this.#options;
    const before = one.health.status;
    one.health = stepHealth(one.health, result, time.nowUtcMs());
    one.probeAtMs = time.nowMs() + (isChanging(one.health) ? quickProbeMs : one.record.body.optionsSec * 1_000);
    if (one.health.status !== before && this.#kept.get(one.record.id) === one) this.#tell(one);
  }

  /** The registrar still keeps us, even while a refresh is under way or has failed. */
  #isRegistered(state: TrunkRegistration): boolean {
    return state.registeredUntilMs > this.#options.time.nowMs();
  }

  #tell(one: Kept): void {
    const { bus, events } = this.#options;
    const { record, registration, health } = one;
    const registered = this.#isRegistered(registration);
    const data = { trunk: record.id as TrunkId, status: health.status, registered, trouble: registration.trouble };
    bus.publish(events.event(trunkStatusChanged, { tenant: record.tenant, data }));
  }
}
